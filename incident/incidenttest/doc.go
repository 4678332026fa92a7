// Package incidenttest plays scenarios, which are readable text files, to an
// incident.Engine and tells what came of each line.
//
// A scenario is a configuration and a history: results, waiting, restarts.
// Behind each line of the history stand, marked with ">", the decisions that
// it led to. Play works them out anew, so that a test can compare, or write
// them into a new file. Memory is a Store for engines that need no disk, and
// Watch shows what any Store is given to keep.
package incidenttest

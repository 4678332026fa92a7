// Command daymark is the whole of Daymark: the server with its status page,
// probe agents, and the commands that look after them. `daymark --help` and
// `daymark COMMAND --help` say what each does, with an example.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	_ "time/tzdata" // time zones, where the system has none
)

// Exit codes, for scripts.
const (
	exitOK      = 0
	exitFailed  = 1 // it was tried and did not go well
	exitUsage   = 2 // the command line or the configuration is wrong
	exitUnknown = 3 // `daymark check`: nothing failed, but this machine could not tell
)

// cli is the command line. Each command has a file of its own.
type cli struct {
	Serve       serveCommand        `cmd:"" help:"Run the server: the page, an agent of its own, and all that tells people."`
	Agent       agentCommands       `cmd:"" help:"Run a probe agent, or make a token for one."`
	Token       tokenCommands       `cmd:"" help:"Look after the tokens by which people and programs use the API."`
	Person      personCommands      `cmd:"" help:"Look after how people sign in to the console."`
	Check       checkCommand        `cmd:"" help:"Run checks now and print what they saw."`
	Heartbeat   heartbeatCommands   `cmd:"" help:"Look after the addresses that jobs call."`
	Evidence    evidenceCommands    `cmd:"" help:"Look at what runs have seen: answers, pages, screenshots."`
	Incident    incidentCommands    `cmd:"" help:"Look at incidents, and act on them."`
	Report      reportCommands      `cmd:"" help:"Look after what users report."`
	Review      reviewCommands      `cmd:"" help:"Look after what is learned from incidents."`
	Component   componentCommands   `cmd:"" help:"Set the status of a component by hand."`
	SLO         sloCommands         `cmd:"" name:"slo" help:"Say how objectives stand, and export them."`
	SLA         slaCommands         `cmd:"" name:"sla" help:"Report SLAs."`
	Silence     silenceCommands     `cmd:"" help:"Let what a check finds call nobody for a while."`
	Strike      strikeCommands      `cmd:"" help:"Strike out what was a false alarm."`
	Maintenance maintenanceCommands `cmd:"" help:"Plan work on components."`
	Rota        rotaCommands        `cmd:"" help:"Say who is on call, for how long, and what they hand over."`
	Publish     publishCommand      `cmd:"" help:"Write a copy of the page, as static files, to a folder."`
	Import      importCommands      `cmd:"" help:"Take what was exported, or make checks of what other programs have."`
	Export      exportCommand       `cmd:"" help:"Write everything to a file that other programs can read."`
	Config      configCommands      `cmd:"" help:"Look at a configuration."`
	Backup      backupCommand       `cmd:"" help:"Make a backup of everything, while the server runs or not."`
	Size        sizeCommand         `cmd:"" help:"Say how large the database is, and how large it becomes."`
	Restore     restoreCommand      `cmd:"" help:"Put a backup in the place of what is there, or look through one."`
	Audit       auditCommands       `cmd:"" help:"Verify or export the trail of what people did."`
	Subscriber  subscriberCommand   `cmd:"" help:"Look after subscribers."`
	Notify      notifyCommands      `cmd:"" help:"Say who was told what, and try and preview messages."`
	Demo        demoCommand         `cmd:"" help:"Run the sample shop, with a mail server and a text message service to look into."`
	Health      healthCommand       `cmd:"" help:"Ask a server whether it is well; for container health checks."`
	Version     versionCommand      `cmd:"" help:"Print the version."`

	Log logOptions `embed:"" prefix:"log-"`
}

// streams are where a command reads and writes, so that tests can look.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run parses the arguments, runs the command and gives the exit code.
func run(ctx context.Context, args []string, std streams) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("daymark"),
		kong.Description("A status page and synthetic uptime checker that keeps its promises.\n\nExample: daymark serve --config daymark.yaml"),
		kong.Writers(std.out, std.err),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		_, _ = fmt.Fprintln(std.err, "daymark:", err) // nowhere else to say it
		return exitUsage
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help was answered
		return exit
	}
	if err == nil {
		err = command.Run(&c.Log)
	}
	return report(std.err, err)
}

// usageError is a fault of the command line or the configuration.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// quietError was told already; only its exit code is left to give.
type quietError struct{ code int }

func (e quietError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// report tells an error and gives its exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if quiet, ok := errors.AsType[quietError](err); ok {
		return quiet.code
	}
	_, _ = fmt.Fprintln(w, "daymark:", err) // nowhere else to say it
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*kong.ParseError](err); ok {
		return exitUsage
	}
	return exitFailed
}

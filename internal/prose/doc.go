// Package prose turns what people write into what a page or a message may
// hold. They write Markdown, a little of it: paragraphs, emphasis, code,
// lists, quotes and links.
//
// HTML gives it for a page and Text for everything that shows plain words: an
// email, a text message, what a screen reader announces. Plain is for words
// of our own, in which a star is a star.
//
// Whatever is given, the HTML holds the elements that Elements names and no
// others, an address begins with http:, https: or mailto:, no script can run
// and nothing is loaded. A tag that somebody writes stays text and is read as
// such, a heading becomes strong words, for it would break the order of the
// page's own, and a picture becomes its description.
package prose

// Package card draws a status as a picture of 1200 by 630 pixels, as sites
// show it beside a link: a shape, a sentence, whose it is, and when it was so.
//
// Draw is pure: the same words give the same bytes. It needs no font of the
// system: Latin, Greek and Cyrillic are drawn in the Go fonts, Arabic in a part
// of Noto Sans Arabic, shaped and ordered as the script wants it. Drawable says
// whether a text can be drawn at all; what cannot is left to who asks to say in
// other words.
package card

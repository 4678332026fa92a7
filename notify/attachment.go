package notify

import (
	"cmp"
	"slices"
)

// Attachment is a file that goes with a message.
type Attachment struct {
	Key       string // by which it is kept
	Name      string // of the file
	MediaType string
	Data      []byte
}

// Attach names the file that goes with an email. It is looked up when the email
// is sent.
type Attach struct {
	Key     string `json:"key"`
	With    string `json:"with"`              // a sentence that says so
	Without string `json:"without"`           // where it is instead, in case that it is not there
	Refused string `json:"refused,omitempty"` // the same, in case that the mail server does not take it; empty: Without
}

// Bare is an email without its files, which says where they are.
type Bare struct{ Text, HTML string }

// attach writes an email with the file of a notice, or says where it is.
func (r *Renderer) attach(m *Message, v *letter, a *Attach) error {
	var file *Attachment
	if r.opts.Attachment != nil {
		// That it cannot be read keeps nobody from the message.
		file, _ = r.opts.Attachment(a.Key)
	}
	if file == nil {
		return r.write(m, v.and(a.Without))
	}
	bare := Message{}
	if err := r.write(&bare, v.and(cmp.Or(a.Refused, a.Without))); err != nil {
		return err
	}
	m.Files, m.Bare = append(m.Files, *file), &Bare{Text: bare.Text, HTML: bare.HTML}
	return r.write(m, v.and(a.With))
}

// and is a letter with one more paragraph.
func (v *letter) and(sentence string) *letter {
	longer := *v
	longer.Paragraphs = append(slices.Clip(v.Paragraphs), oneLine(sentence, maxSentence))
	return &longer
}

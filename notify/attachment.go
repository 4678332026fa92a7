package notify

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
	With    string `json:"with"`    // a sentence that says so
	Without string `json:"without"` // where it is instead, in case that it is not there
}

// attach puts the file of a notice into its email, or says where it is.
func (r *Renderer) attach(m *Message, v *letter, a *Attach) {
	if r.opts.Attachment != nil {
		// That it cannot be read keeps nobody from the message.
		if file, err := r.opts.Attachment(a.Key); err == nil && file != nil {
			m.Files = append(m.Files, *file)
			v.Paragraphs = append(v.Paragraphs, oneLine(a.With, maxSentence))
			return
		}
	}
	v.Paragraphs = append(v.Paragraphs, oneLine(a.Without, maxSentence))
}

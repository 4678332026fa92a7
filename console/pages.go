package console

import (
	"net/http"
	"strings"
	"time"
)

// unfound answers a page of something that is not there, or fails.
func (s *Site) unfound(w http.ResponseWriter, r *http.Request, err error, detail string) {
	switch problem := problemOf(err); {
	case problem.Status == http.StatusNotFound:
		s.wrong(w, r, http.StatusNotFound, detail)
	case problem.Status < http.StatusInternalServerError:
		s.wrong(w, r, problem.Status, saidOf(&problem))
	default:
		s.fail(w, r, err)
	}
}

// download answers with a document for another program.
func (s *Site) download(w http.ResponseWriter, r *http.Request, name string, text textRow, err error) {
	if err != nil {
		s.unfound(w, r, err, "There is nothing to download at this address.")
		return
	}
	header := w.Header()
	header.Set("Content-Type", text.MediaType+"; charset=utf-8")
	header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(text.Text)) // who has hung up needs no answer
	}
}

// typedTime writes a time as a field of a form holds it; "" for none.
func (s *Site) typedTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(s.Zone).Format(localTime)
}

// until says how far a due time is away: "in 3 d", "2 h late".
func until(due, now time.Time) string {
	if now.After(due) {
		return lasted(now.Sub(due)) + " late"
	}
	return "in " + lasted(due.Sub(now))
}

// fieldView is one field of a form, for its template.
type fieldView struct{ ID, Name, Value, Wrong string }

// Field gives a field by its name, with what stands there at first.
func (v formView) Field(name, standard string) fieldView {
	return fieldView{ID: v.ID + "-" + name, Name: name, Value: v.Typed(name, standard), Wrong: v.Wrong(name)}
}

// Did says whether a form whose name begins so was just done.
func (f *frame) Did(prefix string) bool { return strings.HasPrefix(f.done, prefix) }

package incident

import (
	"reflect"
	"testing"
)

// A decision is empty where nothing of it has to be kept, and quiet where
// nothing of it is for anybody but staff. An update, a promise or the like
// never comes without its incident.
func TestWhatADecisionHolds(t *testing.T) {
	shown := map[string]bool{"Verdicts": true, "Components": true, "Updates": true, "Promises": true, "Incidents": true}
	kept := map[string]bool{
		"Verdicts": true, "Components": true, "Incidents": true, "Overrides": true, "Reports": true, "Reviews": true, "Maintenances": true, "Alerts": true, "Silences": true, "Swaps": true,
	}
	var none Decision
	if !none.Empty() || !none.Quiet() {
		t.Error("nothing is not empty and quiet")
	}
	fields := reflect.TypeFor[Decision]()
	for i := range fields.NumField() {
		for j := range fields.NumField() { // two at once, too
			var d Decision
			for _, n := range []int{i, j} {
				field := reflect.ValueOf(&d).Elem().Field(n)
				field.Set(reflect.MakeSlice(field.Type(), 1, 1))
			}
			one, two := fields.Field(i).Name, fields.Field(j).Name
			if d.Empty() != (!kept[one] && !kept[two]) {
				t.Errorf("with %s and %s: empty is %v", one, two, d.Empty())
			}
			if d.Quiet() != (!shown[one] && !shown[two]) {
				t.Errorf("with %s and %s: quiet is %v", one, two, d.Quiet())
			}
		}
	}
	warning := Decision{Incidents: []Incident{{Check: "health"}}}
	if !warning.Quiet() {
		t.Error("a warning is not quiet")
	}
	if d := (Decision{Reviews: []Review{{Public: "A key expired."}}}); d.Quiet() {
		t.Error("a review that is published is quiet")
	}
	if d := (Decision{Maintenances: []PlannedMaintenance{{Announced: start}}}); d.Quiet() {
		t.Error("maintenance that was announced is quiet")
	}
}

package main

import "fmt"

// refusals looks at forms that were not done: what is confirmed by another
// name, what somebody else wrote meanwhile, a configuration with a fault, and a
// check that is tried.
func (f *fullConsole) refusals(d *desk, day string, places map[string][]string) {
	f.t.Helper()
	send := func(form, fill, says string) {
		f.t.Helper()
		d.script(fmt.Sprintf(`(() => { const form = document.getElementById(%s); const set = (name, value) => { form.elements[name].value = value; }; %s })()`, quoted(form), fill))
		d.sees("main", says)
	}
	submit := ` form.requestSubmit();`
	f.did(f.ana, "/console/incidents", "name", "The till is slow"+f.says, "severity", "P4")
	d.open(places["/console/incidents/{id}"][0])
	send("merge", `set("into", [...form.elements.into.options].at(-1).value); set("confirm", "Something else");`+submit, "what you typed to confirm it is something else")
	d.look(day + "-merge-refused")
	d.open(places["/console/maintenance/{id}"][0])
	send("cancel", `set("confirm", "Something else");`+submit, "what you typed to confirm it is something else")
	d.look(day + "-cancel-refused")
	review := places["/console/incidents/{id}/review"][0]
	d.open(review)
	f.did(f.ben, review, "summary", "A table was locked by a job."+f.says)
	send("write", `set("summary", "Nobody watched the table.");`+submit, "Somebody else has written")
	d.look(day + "-review-conflict")
	d.open("/console/configuration")
	send("document", `const text = form.elements.text; text.value = text.value.replace("schedule: \"@every 5s\"", "schedule: often\n        shedule: never"); form.action = "/console/configuration/validate"; HTMLFormElement.prototype.submit.call(form);`, "2 faults.")
	d.look(day + "-configuration-faults")
	d.open("/console/configuration")
	send("document", `document.getElementById("check").value = "api-health"; form.action = "/console/configuration/try"; HTMLFormElement.prototype.submit.call(form);`, "What came of it")
	d.look(day + "-configuration-tried")
}

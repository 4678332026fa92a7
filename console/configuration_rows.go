package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/internal/web"
)

// Bounds of requests with a document in them.
const (
	maxDocument     = 1 << 20 // as the configuration file has
	maxDocumentBody = 4 << 20 // with what JSON or a form makes of it
	tryTime         = 25 * time.Second
)

// configuration is the part of the table about the configuration.
func (a *API) configuration() []Operation {
	validate := try("/api/v1/configuration/validate", access.ReadConfiguration, "Say what is wrong with a text, and how it differs from the version that runs.", a.validateConfiguration)
	trial := try("/api/v1/configuration/try", access.TryConfiguration, "Run one check of a text once, in a region: by the server's own agent, or by one that is connected.", a.tryCheck)
	apply := write("/api/v1/configuration", access.WriteConfiguration, "Run with a text, as a new version.", a.applyConfiguration)
	back := write("/api/v1/configuration/versions/{number}/back", access.WriteConfiguration, "Run with the text of an older version, as a new version.", a.backToConfiguration)
	validate.Most, apply.Most, trial.Most, trial.takes = maxDocumentBody, maxDocumentBody, maxDocumentBody, tryTime
	return []Operation{
		read("/api/v1/configuration", access.ReadConfiguration, "The configuration that runs, and what was to follow it and could not.", a.readConfiguration),
		read("/api/v1/configuration/versions", access.ReadConfiguration, "The versions that the server ran with, newest first.", a.listConfigurations),
		read("/api/v1/configuration/versions/{number}", access.ReadConfiguration, "One version with its text, and how it differs from another.", a.readConfigurationVersion),
		validate, trial, apply, back,
	}
}

type versionRow struct {
	Number int    `json:"number"`
	At     Time   `json:"at" doc:"Since when it ran."`
	Author string `json:"author,omitempty" doc:"Who applied it; left out where nobody is known, as of a file."`
	Origin string `json:"origin" words:"file,console,command line"`
	Why    string `json:"why,omitempty"`
	SHA256 string `json:"sha256" doc:"Of the text as it was written."`
	Size   int    `json:"size" doc:"Of that text, in bytes."`
	Hidden int    `json:"hidden" doc:"How many secrets were written out in it, which are hidden."`
	Kept   bool   `json:"kept" doc:"Its text is kept."`
}

func rowOfVersion(v *ConfigurationVersion) versionRow {
	return versionRow{
		Number: v.Number, At: Time{v.At}, Author: v.Author, Origin: v.Origin, Why: v.Why, SHA256: v.SHA256, Size: v.Size, Hidden: v.Hidden, Kept: v.Kept,
	}
}

type faultRow struct {
	Line    int    `json:"line" doc:"From 1; 0: the document as a whole."`
	Column  int    `json:"column" doc:"From 1, in characters."`
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

func rowsOfFaults(faults []ConfigurationFault) []faultRow {
	rows := make([]faultRow, len(faults))
	for i, f := range faults {
		rows[i] = faultRow(f)
	}
	return rows
}

type configurationAnswer struct {
	versionRow
	Text   string     `json:"text" doc:"With secrets that are written out hidden."`
	Writes string     `json:"writes" words:"file,console" doc:"Who may write it: server.config."`
	Failed *failedRow `json:"failed,omitempty" doc:"What was to follow it and could not."`
	File   *onDiskRow `json:"file,omitempty" doc:"The file, where it is not what runs."`
	Tries  []tryRow   `json:"tries" doc:"Where a check of a text can be tried now."`
}

type failedRow struct {
	At     Time       `json:"at"`
	Author string     `json:"author,omitempty"`
	Origin string     `json:"origin" words:"file,console,command line"`
	Reason string     `json:"reason"`
	Faults []faultRow `json:"faults"`
}

type onDiskRow struct {
	SHA256 string     `json:"sha256"`
	Faults []faultRow `json:"faults"`
	Text   string     `json:"text,omitempty" doc:"Left out where it is not valid."`
}

type tryRow struct {
	Region string `json:"region"`
	Can    bool   `json:"can"`
	Why    string `json:"why,omitempty" doc:"Why it cannot."`
}

func (a *API) readConfiguration(ctx context.Context, _ Call, _ nothing) (configurationAnswer, error) {
	state, err := a.Configurations.Configuration(ctx)
	if err != nil {
		return configurationAnswer{}, err
	}
	answer := configurationAnswer{versionRow: rowOfVersion(&state.Running), Text: state.Running.Text, Writes: state.Writes, Tries: make([]tryRow, len(state.Tries))}
	for i, t := range state.Tries {
		answer.Tries[i] = tryRow{Region: t.ID, Can: t.Why == "", Why: t.Why}
	}
	if f := state.Failed; f != nil {
		answer.Failed = &failedRow{At: Time{f.At}, Author: f.Author, Origin: f.Origin, Reason: f.Reason, Faults: rowsOfFaults(f.Faults)}
	}
	if d := state.Disk; d != nil {
		answer.File = &onDiskRow{SHA256: d.SHA256, Faults: rowsOfFaults(d.Faults), Text: d.Text}
	}
	return answer, nil
}

type versionsAsked struct {
	paging
	Since Time `query:"since" doc:"Only those that began from then on."`
	Until Time `query:"until" doc:"Only those that began before."`
}

func (a *API) listConfigurations(ctx context.Context, _ Call, asked versionsAsked) (page[versionRow], error) {
	q := VersionQuery{Since: asked.Since.Time, Until: asked.Until.Time, Most: asked.Limit + 1}
	place, err := asked.parts(1)
	if err != nil {
		return page[versionRow]{}, err
	}
	if place != nil {
		if q.Before, err = strconv.Atoi(place[0]); err != nil || q.Before <= 0 {
			return page[versionRow]{}, badCursor()
		}
	}
	found, err := a.Configurations.ConfigurationVersions(ctx, q)
	if err != nil {
		return page[versionRow]{}, err
	}
	return cut(found, asked.Limit, rowOfVersion, func(v *ConfigurationVersion) []string { return []string{strconv.Itoa(v.Number)} }), nil
}

type versionAsked struct {
	Number  int `path:"number" least:"1" most:"1000000000" doc:"The number of the version."`
	Against int `query:"against" least:"0" most:"1000000000" doc:"Another version to compare it with; the one before it when left out."`
}

type versionAnswer struct {
	versionRow
	Text       string `json:"text" doc:"With secrets that were written out hidden; empty where it is not kept."`
	Difference string `json:"difference" doc:"How the other version becomes this one, as a patch; empty where there is no other, or no difference."`
}

func (a *API) readConfigurationVersion(ctx context.Context, _ Call, asked versionAsked) (versionAnswer, error) {
	v, other, err := a.twoVersions(ctx, asked.Number, asked.Against)
	if err != nil {
		return versionAnswer{}, err
	}
	answer := versionAnswer{versionRow: rowOfVersion(v), Text: v.Text}
	if other != nil {
		answer.Difference = Difference(other.Text, v.Text, nameOfVersion(other), nameOfVersion(v))
	}
	return answer, nil
}

func nameOfVersion(v *ConfigurationVersion) string { return fmt.Sprintf("version %d", v.Number) }

// twoVersions gives a version and the one to compare it with: against, or the
// one before it, which is nil where there is none.
func (a *API) twoVersions(ctx context.Context, number, against int) (v, other *ConfigurationVersion, err error) {
	if v, err = a.Configurations.ConfigurationVersion(ctx, number); err != nil {
		return nil, nil, err
	}
	if against == 0 {
		before, err := a.Configurations.ConfigurationVersions(ctx, VersionQuery{Before: number, Most: 1})
		if err != nil || len(before) == 0 {
			return v, nil, err
		}
		against = before[0].Number
	}
	other, err = a.Configurations.ConfigurationVersion(ctx, against)
	return v, other, err
}

type textAsked struct {
	Text string `json:"text" longest:"1048576" doc:"The whole document."`
}

type validateAnswer struct {
	Valid      bool       `json:"valid"`
	Faults     []faultRow `json:"faults" doc:"In the order of their places."`
	Restart    []string   `json:"restart" doc:"What it changes that takes a restart of the server, so that it cannot be applied, by its path."`
	Unfit      string     `json:"unfit,omitempty" doc:"Why it cannot be applied, though nothing in it is wrong."`
	Checks     []string   `json:"checks" doc:"The ids of its checks, where it is valid."`
	Difference string     `json:"difference" doc:"How the version that runs becomes it, as a patch."`
}

func (a *API) validateConfiguration(ctx context.Context, _ Call, asked textAsked) (validateAnswer, error) {
	state, err := a.Configurations.Configuration(ctx)
	if err != nil {
		return validateAnswer{}, err
	}
	text := WholeText(asked.Text)
	verdict := a.Configurations.ValidateConfiguration(ctx, text)
	return validateAnswer{
		Valid: len(verdict.Faults) == 0, Faults: rowsOfFaults(verdict.Faults), Restart: append([]string{}, verdict.Restart...), Unfit: sentence(verdict.Unfit), Checks: append([]string{}, verdict.Checks...),
		Difference: Difference(state.Running.Text, text, nameOfVersion(&state.Running), "your text"),
	}, nil
}

// WholeText gives a text as a file has it: with one kind of line ends, and one
// at its end.
func WholeText(text string) string {
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), " \t\n") + "\n"
}

type applyAsked struct {
	textAsked
	Why  string `json:"why" longest:"1000" doc:"Why, for whoever looks at the versions."`
	Base int    `json:"base" least:"1" most:"1000000000" doc:"The number of the version that the text was made from. Where another one runs by now it is refused."`
	File string `json:"file,omitempty" doc:"The hash of a file that was changed by hand and is to be replaced."`
}

type applyAnswer struct {
	Applying bool `json:"applying" doc:"It has begun. GET /api/v1/configuration waits for it, and says what became of it."`
}

func (a *API) applyConfiguration(ctx context.Context, call Call, asked applyAsked) (applyAnswer, error) {
	text := WholeText(asked.Text)
	verdict := a.Configurations.ValidateConfiguration(ctx, text)
	if len(verdict.Faults) > 0 {
		return applyAnswer{}, faulty(verdict.Faults)
	}
	if len(verdict.Restart) > 0 {
		return applyAnswer{}, &Fault{
			Status: http.StatusUnprocessableEntity, Detail: "This changes what takes a restart of the server: " + strings.Join(verdict.Restart, ", ") + ". Change it in the file, and start the server again.",
		}
	}
	if verdict.Unfit != "" {
		return applyAnswer{}, &Fault{Status: http.StatusUnprocessableEntity, Detail: sentence(verdict.Unfit)}
	}
	err := a.Configurations.ApplyConfiguration(ctx, ConfigurationOrder{Who: call.Who, Key: call.Key, Text: text, Why: strings.TrimSpace(asked.Why), Base: asked.Base, Disk: asked.File})
	return applyAnswer{Applying: err == nil}, err
}

// faulty is the refusal of a text with faults.
func faulty(faults []ConfigurationFault) *Fault {
	const most = 50
	f := &Fault{Status: http.StatusUnprocessableEntity, Detail: fmt.Sprintf("The text is not valid: it has %d faults.", len(faults))}
	if len(faults) == 1 {
		f.Detail = "The text is not valid: it has a fault."
	}
	for _, fault := range faults[:min(len(faults), most)] {
		f.Wrong = append(f.Wrong, web.Wrong{Where: fmt.Sprintf("body.text:%d:%d", fault.Line, fault.Column), Detail: sentence(fault.Message)})
	}
	return f
}

type backAsked struct {
	Number int    `path:"number" least:"1" most:"1000000000" doc:"The number of the version to go back to."`
	Why    string `json:"why" longest:"1000" doc:"Why, for whoever looks at the versions."`
	Base   int    `json:"base" least:"1" most:"1000000000" doc:"The number of the version that runs. Where another one runs by now it is refused."`
}

func (a *API) backToConfiguration(ctx context.Context, call Call, asked backAsked) (applyAnswer, error) {
	v, err := a.Configurations.ConfigurationVersion(ctx, asked.Number)
	if err != nil {
		return applyAnswer{}, err
	}
	if !v.Kept || v.Hidden > 0 {
		return applyAnswer{}, &Fault{Status: http.StatusConflict, Detail: "Its secrets were written out and are not kept: take its text, name them anew, and apply that."}
	}
	return a.applyConfiguration(ctx, call, applyAsked{textAsked: textAsked{v.Text}, Why: asked.Why, Base: asked.Base})
}

type tryAsked struct {
	textAsked
	Check  string `json:"check" doc:"By its id."`
	Region string `json:"region" doc:"Where: one of those that GET /api/v1/configuration says it can be tried in."`
}

type tryAnswer struct {
	Check        string           `json:"check"`
	Region       string           `json:"region"`
	Outcome      string           `json:"outcome" words:"ok,degraded,failed,unknown"`
	Reason       string           `json:"reason" doc:"Empty where it is ok."`
	At           Time             `json:"at"`
	Duration     float64          `json:"duration_ms"`
	Latency      float64          `json:"latency_ms" doc:"0 where nothing answered."`
	Attempts     int              `json:"attempts"`
	Warnings     []string         `json:"warnings"`
	Timings      []timingRow      `json:"timings"`
	Expectations []expectationRow `json:"expectations"`
}

func (a *API) tryCheck(ctx context.Context, call Call, asked tryAsked) (tryAnswer, error) {
	report, err := a.Configurations.TryCheck(ctx, TryOrder{Who: call.Who, Text: WholeText(asked.Text), Check: asked.Check, Region: asked.Region})
	if err != nil {
		return tryAnswer{}, err
	}
	answer := tellTrial(report)
	answer.Region = asked.Region
	return answer, nil
}

func tellTrial(report *checker.Report) tryAnswer {
	answer := tryAnswer{
		Check: report.Check, Outcome: string(report.Outcome), Reason: report.Reason, At: Time{report.At}, Duration: report.Duration, Latency: report.Latency,
		Attempts: report.Attempts, Warnings: report.Warnings, Timings: []timingRow{}, Expectations: []expectationRow{},
	}
	for _, t := range report.Timings {
		answer.Timings = append(answer.Timings, timingRow{t.Name, t.Duration})
	}
	for _, e := range report.Expectations {
		answer.Expectations = append(answer.Expectations, expectationRow(e))
	}
	return answer
}

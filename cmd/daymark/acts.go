package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"daymark/incident"
)

// maxCommand bounds a command with its texts, each of incident.MaxText
// characters at most.
const maxCommand = 512 << 10

// asked is a command as it travels over the control socket.
type asked struct {
	Name    string          `json:"name"`
	Person  string          `json:"person"` // who acts; "": the administrator of the machine
	Command json.RawMessage `json:"command"`
}

// acts lists what people do with incidents and components, by name.
var acts = actsOf(
	readAs[incident.Acknowledge], readAs[incident.HandOver], readAs[incident.PassTo], readAs[incident.CallIn],
	readAs[incident.Publish], readAs[incident.EditUpdate], readAs[incident.Resolve], readAs[incident.Revise], readAs[incident.Lock],
	readAs[incident.Write], readAs[incident.Open], readAs[incident.Merge], readAs[incident.Split],
	readAs[incident.SetStatus], readAs[incident.ClearStatus], readAs[incident.SetSilence], readAs[incident.EndSilence],
	readAs[incident.FileReport], readAs[incident.TriageReport], readAs[incident.AnswerReport],
	readAs[incident.AskReview], readAs[incident.WriteReview], readAs[incident.AddAction], readAs[incident.ChangeAction], readAs[incident.FinishAction],
	readAs[incident.OfferSwap], readAs[incident.AcceptSwap], readAs[incident.WithdrawSwap],
	readAs[incident.SignReview], readAs[incident.PublishReview], readAs[incident.WithdrawReview],
)

// decoder reads a command; without text it gives an empty one.
type decoder func(text []byte) (incident.Command, error)

func readAs[C incident.Command](text []byte) (incident.Command, error) {
	var c C
	if text == nil {
		return c, nil
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	err := strict.Decode(&c)
	return c, err
}

func actsOf(all ...decoder) map[string]decoder {
	named := make(map[string]decoder, len(all))
	for _, decode := range all {
		empty, _ := decode(nil) // nothing is read
		named[nameOf(empty)] = decode
	}
	return named
}

func nameOf(command incident.Command) string { return reflect.TypeOf(command).Name() }

// do does what a person asked for. What is not allowed is a usageError.
func (o *operations) do(ctx context.Context, a asked) (string, error) {
	decode := acts[a.Name]
	if decode == nil {
		return "", usageError{fmt.Errorf("there is no command %q", a.Name)}
	}
	command, err := decode(a.Command)
	if err != nil {
		return "", usageError{fmt.Errorf("read the command: %w", err)}
	}
	return o.command(ctx, a.Person, command)
}

// command gives a command for a person; "" is the administrator of the machine.
func (o *operations) command(ctx context.Context, person string, command incident.Command) (string, error) {
	by, err := o.byCommandLine(person)
	if err != nil {
		return "", err
	}
	made, err := o.engine.Command(ctx, by, "", command)
	return made, refused(err)
}

// byCommandLine is who acts by a command.
func (o *operations) byCommandLine(person string) (incident.By, error) {
	if person != "" && o.doc.Person(person) == nil {
		return incident.By{}, usageError{fmt.Errorf("there is no person %q in support.people of the configuration", person)}
	}
	return incident.By{Person: person, Via: "command line"}, nil
}

// refused makes a refusal a fault of the command line.
func refused(err error) error {
	if refusal, is := errors.AsType[*incident.Refusal](err); is {
		return usageError{refusal}
	}
	return err
}

// controlActs lets commands reach the engine.
func controlActs(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /commands", questionOf(maxCommand, o.do))
	mux.HandleFunc("POST /reports", question(o.listReports))
	mux.HandleFunc("POST /reports/answers", question(o.showReport))
	mux.HandleFunc("POST /silences", question(o.listSilences))
	mux.HandleFunc("POST /reviews", question(o.listReviews))
	mux.HandleFunc("POST /reviews/draft", question(o.draftReview))
	mux.HandleFunc("POST /reviews/state", question(o.reviewState))
	mux.HandleFunc("POST /promises", question(o.promises))
	mux.HandleFunc("POST /size", question(o.size))
	controlStrikes(mux, o)
	controlSLAs(mux, o)
	mux.HandleFunc("POST /incidents/show", question(o.showIncident))
}

// actFlags are what each act has in common.
type actFlags struct {
	configFlag
	As string `help:"Who acts: a person of the configuration. Without it the administrator of this machine does." placeholder:"PERSON"`
}

// give gives a command to the running server, or does it directly when none
// runs, and prints what was made.
func (f *actFlags) give(ctx context.Context, std streams, logging *logOptions, command incident.Command) error {
	text, err := json.Marshal(command)
	if err != nil {
		return fmt.Errorf("write the command: %w", err)
	}
	question := asked{Name: nameOf(command), Person: f.As, Command: text}
	var made string
	err = ask(ctx, f.configFlag, std, logging, "/commands", question, &made, func(o *operations) (err error) {
		made, err = o.do(ctx, question)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, made)
	return err
}

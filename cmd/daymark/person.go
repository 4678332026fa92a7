package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
)

type personCommands struct {
	List   personList   `cmd:"" help:"List people, and how they sign in to the console."`
	Invite personInvite `cmd:"" help:"Make a link by which somebody makes their account, and print it, once."`
	Remove personRemove `cmd:"" help:"Take away how somebody signs in; their browsers are signed out at once."`
}

// Help gives an example.
func (personCommands) Help() string {
	return `People and their roles stand in support.people of the configuration; an account is how one of them signs in.

Example: daymark person invite ana`
}

type personInvite struct {
	configFlag
	Person string `arg:"" help:"An id of support.people."`
}

// Help gives an example.
func (personInvite) Help() string {
	return `The link works once, for three days, and replaces one that was made before. Who has an account already, and has lost the
password or the authenticator, makes a new one by it. It works whether the server runs or not.

Example: daymark person invite ana`
}

// Run makes the link and prints it alone, for scripts.
func (c *personInvite) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := personOrder{Person: c.Person}
	var made madeInvitation
	err := ask(ctx, c.configFlag, std, logging, "/people/invite", order, &made, func(o *operations) (err error) {
		made, err = o.invite(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(std.out, made.Link); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.err, "It works once, until %s. Give it to nobody but %s.\n", timeText(made.Expires), c.Person)
	return err
}

type personRemove struct {
	configFlag
	Person string `arg:"" help:"Whose account: an id of support.people."`
}

// Help gives an example.
func (personRemove) Help() string {
	return `Their tokens for the API go on working: "daymark token revoke" ends those.

Example: daymark person remove ben`
}

// Run takes the account away.
func (c *personRemove) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := personOrder{Person: c.Person}
	var gone string
	err := ask(ctx, c.configFlag, std, logging, "/people/remove", order, &gone, func(o *operations) (err error) {
		gone, err = o.dropAccount(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s cannot sign in any more\n", printable(gone))
	return err
}

type personList struct {
	configFlag
	JSON bool `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (personList) Help() string {
	return "Example: daymark person list"
}

// Run lists the people.
func (c *personList) Run(ctx context.Context, std streams, logging *logOptions) error {
	lines := []personLine{}
	err := ask(ctx, c.configFlag, std, logging, "/people/list", struct{}{}, &lines, func(o *operations) (err error) {
		lines, err = o.listPeople(ctx, struct{}{})
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(std.out, "there is nobody: support.people in the configuration says who there is")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"PERSON\tNAME\tROLE\tACCOUNT\tBROWSERS\tCODES LEFT"}
	for i := range lines {
		line := &lines[i]
		rows = append(rows, strings.Join([]string{
			line.Person, printable(line.Name), string(line.Role), line.Account, strconv.Itoa(line.Browser), strconv.Itoa(line.Codes),
		}, "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print the people: %w", err)
	}
	return table.Flush()
}

// controlPeople answers for accounts on the control socket.
func controlPeople(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /people/invite", question(o.invite))
	mux.HandleFunc("POST /people/remove", question(o.dropAccount))
	mux.HandleFunc("POST /people/list", question(o.listPeople))
}

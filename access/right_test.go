package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/access"
)

// The whole table, written out: a right that moves to another role shows here.
func TestRightsOfEachRole(t *testing.T) {
	reader := []access.Right{
		access.ReadSelf, access.WriteSelf, access.WriteTurns, access.ReadIncidents, access.ReadComponents, access.ReadEvidence, access.ReadDeliveries, access.ReadSubscribers,
		access.WriteOwnTokens, access.ReadPeople, access.ReadAgents, access.ReadElevations,
	}
	responder := slices.Concat(reader, []access.Right{access.WriteIncidents, access.WriteDeliveries, access.ReadContacts, access.WriteChanges})
	editor := slices.Concat(responder, []access.Right{access.ReadAddresses, access.WriteSubscribers, access.WriteRotas, access.ReadConfiguration})
	administrator := slices.Concat(editor, []access.Right{access.ReadAudit, access.ReadTokens, access.WriteTokens, access.ReadAccounts, access.WriteAccounts, access.WriteAgents, access.TryConfiguration, access.WriteConfiguration})
	has := map[access.Role][]access.Right{
		access.Reader: reader, access.Responder: responder, access.Editor: editor, access.Administrator: administrator,
		access.Public: nil, access.Loopback: nil, access.Agent: nil, access.Caller: nil, access.Provider: nil, access.Operator: nil,
		"": nil, "owner": nil, "Reader": nil, "reader ": nil,
	}
	for role, rights := range has {
		for _, grant := range access.Grants() {
			want := slices.Contains(rights, grant.Right)
			if got := role.May(grant.Right); got != want {
				t.Errorf("%q may %s: %t; want %t", role, grant.Right, got, want)
			}
		}
		for _, right := range []access.Right{"", "incidents", "incidents:delete", "*"} {
			if role.May(right) {
				t.Errorf("%q may %q, which is no right", role, right)
			}
		}
	}
	if len(administrator) != len(access.Grants()) {
		t.Errorf("an administrator has %d of %d rights", len(administrator), len(access.Grants()))
	}
	for i, grant := range access.Grants() {
		if !grant.Least.Staff() || grant.Means == "" || slices.ContainsFunc(access.Grants()[:i], func(g access.Grant) bool { return g.Right == grant.Right }) {
			t.Errorf("the row of %s is not whole, or there twice", grant.Right)
		}
	}
}

// TestWhatOutlastsAnElevation says of each right whether it outlasts one: a new
// right that does something needs its line here.
func TestWhatOutlastsAnElevation(t *testing.T) {
	outlasts := map[access.Right]bool{
		access.WriteSelf: false, access.WriteIncidents: false, access.WriteDeliveries: false, access.WriteChanges: false, access.WriteTurns: false,
		access.WriteRotas: false, access.WriteSubscribers: false, access.TryConfiguration: false,
		access.WriteTokens: true, access.WriteOwnTokens: true, access.WriteAccounts: true, access.WriteAgents: true,
		access.WriteConfiguration: true, // which gives roles
	}
	for _, grant := range access.Grants() {
		want, known := outlasts[grant.Right]
		if !known && !strings.HasSuffix(string(grant.Right), ":read") {
			t.Errorf("it is not said whether %s outlasts an elevation", grant.Right)
		}
		if grant.Right.Outlasts() != want {
			t.Errorf("%s outlasts one: %t", grant.Right, !want)
		}
	}
}

func TestScopesOnlyNarrow(t *testing.T) {
	for scope, want := range map[access.Scope]string{
		access.ScopeRead:      "self:read self:write incidents:read components:read evidence:read deliveries:read subscribers:read people:read agents:read elevations:read addresses:read configuration:read audit:read tokens:read accounts:read",
		access.ScopeIncidents: "self:read self:write incidents:read components:read evidence:read deliveries:read people:read agents:read incidents:write deliveries:write contacts:read",
		access.ScopeChanges:   "self:read self:write changes:write",
		"":                    "", "all": "", "incidents:write": "",
	} {
		var got []string
		for _, grant := range access.Grants() {
			if scope.Covers(grant.Right) {
				got = append(got, string(grant.Right))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("scope %q leaves %s; want %s", scope, got, want)
		}
	}
	for _, right := range []access.Right{access.WriteIncidents, access.WriteSubscribers, access.WriteTokens, access.WriteTurns, access.WriteRotas, access.WriteOwnTokens, access.WriteAccounts, access.WriteAgents, access.TryConfiguration, access.WriteConfiguration} {
		if access.ScopeRead.Covers(right) {
			t.Errorf("to read is to %s", right)
		}
	}
}

// anyPrincipal draws one of every kind, known and unknown roles and scopes.
func anyPrincipal(t *rapid.T) access.Principal {
	return access.Principal{
		Kind:   rapid.SampledFrom([]access.Kind{"", access.ByToken, access.ByOperator, access.ByDaymark}).Draw(t, "kind"),
		Role:   rapid.SampledFrom(append(access.StaffRoles(), "", access.Public, access.Operator, "root")).Draw(t, "role"),
		Scopes: rapid.SliceOfN(rapid.SampledFrom(append(access.Scopes(), "", "all")), 0, 3).Draw(t, "scopes"),
	}
}

func anyRight(t *rapid.T) access.Right {
	rights := []access.Right{"", "anything"}
	for _, grant := range access.Grants() {
		rights = append(rights, grant.Right)
	}
	return rapid.SampledFrom(rights).Draw(t, "right")
}

// A lower role never can what a higher one cannot; nor a narrowed one what it
// could not before; nor anybody without a way to act.
func TestALowerRoleNeverCanMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, right := anyPrincipal(t), anyRight(t)
		may := p.May(right)
		higher := p
		higher.Role = rapid.SampledFrom(access.StaffRoles()).Draw(t, "other")
		if may && higher.Role.AtLeast(p.Role) && !higher.May(right) {
			t.Fatalf("%s may %s and %s may not", p.Role, right, higher.Role)
		}
		wide := p
		wide.Scopes = nil
		if may && !wide.May(right) {
			t.Fatalf("a scope gives %s to %s", right, p.Role)
		}
		if may && (p.Kind == "" || !p.Role.Staff() || right.Least() == "" || !p.Role.AtLeast(right.Least())) {
			t.Fatalf("%+v may %q", p, right)
		}
	})
}

// A token never does what its person may not do now.
func TestATokenIsNeverMoreThanItsPerson(t *testing.T) {
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		roles := rapid.SampledFrom(append(access.StaffRoles(), "", "root"))
		token := access.APIToken{Person: "ana", Role: roles.Draw(t, "role"), Expires: now.Add(time.Hour)}
		owner, right := roles.Draw(t, "owner"), anyRight(t)
		who, err := token.Accept(now, owner)
		if err != nil && owner != "" {
			t.Fatal(err)
		}
		if who.May(right) && (!owner.May(right) || !token.Role.May(right)) {
			t.Fatalf("a token of %s, role %s, may %s", owner, token.Role, right)
		}
	})
}

func TestWhichTokensAreAccepted(t *testing.T) {
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	good := access.APIToken{ID: "t1", Name: "report", Person: "ana", Role: access.Editor, Scopes: []access.Scope{access.ScopeRead}, Expires: now.Add(time.Hour)}
	for name, test := range map[string]struct {
		change func(*access.APIToken)
		owner  access.Role
		want   error
		role   access.Role
	}{
		"as it is":           {func(*access.APIToken) {}, access.Administrator, nil, access.Editor},
		"its person is less": {func(*access.APIToken) {}, access.Reader, nil, access.Reader},
		"its person left":    {func(*access.APIToken) {}, "", access.ErrTokenOrphan, ""},
		"expires later":      {func(t *access.APIToken) { t.Expires = now.Add(time.Millisecond) }, access.Editor, nil, access.Editor},
		"expires now":        {func(t *access.APIToken) { t.Expires = now }, access.Editor, access.ErrTokenExpired, ""},
		"never expires":      {func(t *access.APIToken) { t.Expires = time.Time{} }, access.Editor, access.ErrTokenExpired, ""},
		"revoked":            {func(t *access.APIToken) { t.Revoked = now.Add(time.Hour) }, access.Editor, access.ErrTokenRevoked, ""},
	} {
		token := good
		test.change(&token)
		who, err := token.Accept(now, test.owner)
		if !errors.Is(err, test.want) || who.Role != test.role || (err == nil) != (who.Actor() == "ana by API token t1") {
			t.Errorf("%s: %+v, %v; want %v as %s", name, who, err, test.want, test.role)
		}
		if err != nil && who.May(access.ReadSelf) {
			t.Errorf("%s: who is refused may something", name)
		}
	}
	if who, _ := good.Accept(now, access.Editor); who.May(access.WriteIncidents) || !who.May(access.ReadIncidents) {
		t.Error("the scope was lost")
	}
}

func TestWhichTokensCanBeMade(t *testing.T) {
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		change func(*access.APIToken)
		want   string // part of the sentence; "": it can
	}{
		"as it is":         {func(*access.APIToken) {}, ""},
		"a lower role":     {func(t *access.APIToken) { t.Role = access.Reader }, ""},
		"a higher role":    {func(t *access.APIToken) { t.Role = access.Administrator }, "ana is editor"},
		"no role":          {func(t *access.APIToken) { t.Role = "" }, "reader, responder, editor, administrator"},
		"a route's role":   {func(t *access.APIToken) { t.Role = access.Operator }, "no role"},
		"scopes":           {func(t *access.APIToken) { t.Scopes = access.Scopes() }, ""},
		"no such scope":    {func(t *access.APIToken) { t.Scopes = []access.Scope{"all"} }, "scopes are read, incidents"},
		"a scope twice":    {func(t *access.APIToken) { t.Scopes = []access.Scope{"read", "read"} }, "twice"},
		"for ever":         {func(t *access.APIToken) { t.Expires = time.Time{} }, "2 years"},
		"for too long":     {func(t *access.APIToken) { t.Expires = now.Add(access.MaxTokenLife + 1) }, "2 years"},
		"for a moment":     {func(t *access.APIToken) { t.Expires = now.Add(time.Second) }, "1 minute"},
		"a long name":      {func(t *access.APIToken) { t.Name = strings.Repeat("ä", access.MaxTokenName+1) }, "80 characters"},
		"a name of lines":  {func(t *access.APIToken) { t.Name = "a\nb" }, "printable"},
		"a name of colour": {func(t *access.APIToken) { t.Name = "\x1b[31mred" }, "printable"},
		"a broken name":    {func(t *access.APIToken) { t.Name = "\xff" }, "printable"},
	} {
		token := access.APIToken{Person: "ana", Name: "für den Bericht", Role: access.Editor, Expires: now.Add(access.DefaultTokenLife)}
		test.change(&token)
		err := token.Validate(now, access.Editor)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v; want %q", name, err, test.want)
		}
	}
}

func TestUseIsNotedOnceAMinute(t *testing.T) {
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]bool{0: false, 59 * time.Second: false, time.Minute: true, time.Hour: true} {
		token := access.APIToken{LastUsed: now.Add(-ago)}
		if token.NoteUse(now) != want {
			t.Errorf("used %v ago: noted %t", ago, !want)
		}
	}
	if never := (&access.APIToken{}); !never.NoteUse(now) {
		t.Error("the first use is not noted")
	}
}

func TestWhoActs(t *testing.T) {
	for _, test := range []struct {
		who        access.Principal
		actor, via string
		may        bool
	}{
		{access.CommandLine(), "command line", "by the command line", true},
		{access.Daymark(), "Daymark", "", true},
		{access.Principal{Kind: access.ByToken, Person: "ana", Token: "t", Role: access.Reader}, "ana by API token t", "by API token t", false},
		{access.Principal{}, "nobody", "", false},
		{access.Principal{Role: access.Administrator}, "nobody", "", false},
	} {
		if test.who.Actor() != test.actor || test.who.Via() != test.via || test.who.May(access.ReadAudit) != test.may {
			t.Errorf("%+v is %q, %q", test.who, test.who.Actor(), test.who.Via())
		}
	}
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/internal/web"
	"daymark/store"
)

const staffPeople = `    - {id: rae, name: Rae, email: rae@shop.example, role: reader}
    - {id: rex, name: Rex, email: rex@shop.example, role: responder}
    - {id: edi, name: Edi, email: edi@shop.example, role: editor}
    - {id: ada, name: Ada, email: ada@shop.example, role: administrator}
`

// keyring is a server with a token of every kind, by what it is.
type keyring struct {
	*app
	t          *testing.T
	operations *operations
	http       http.Handler
	secrets    map[string]string
	ids        map[string]string
}

func newKeyring(t *testing.T) *keyring {
	t.Helper()
	a := newTestAppWith(t, staffPeople)
	k := &keyring{
		app: a, t: t, http: a.handler(), secrets: map[string]string{"none": ""}, ids: map[string]string{},
		operations: &operations{engine: a.engine, doc: a.doc, core: a.core},
	}
	for person, role := range map[string]access.Role{"rae": access.Reader, "rex": access.Responder, "edi": access.Editor, "ada": access.Administrator} {
		k.make(string(role), tokenOrder{Person: person, Role: role, Life: time.Hour})
	}
	k.make("administrator, to read", tokenOrder{Person: "ada", Role: access.Administrator, Scopes: []access.Scope{access.ScopeRead}, Life: time.Hour})
	k.make("administrator's, as reader", tokenOrder{Person: "ada", Role: access.Reader, Life: time.Hour})
	k.make("revoked", tokenOrder{Person: "ada", Role: access.Administrator, Life: time.Hour})
	if _, err := k.operations.revokeAPIToken(t.Context(), tokenOrder{ID: k.ids["revoked"]}); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]access.APIToken{
		"expired":     {Person: "ada", Role: access.Administrator, Expires: time.Now().Add(-time.Second)},
		"who left":    {Person: "nobody", Role: access.Administrator, Expires: time.Now().Add(time.Hour)},
		"demoted":     {Person: "rae", Role: access.Administrator, Expires: time.Now().Add(time.Hour)},
		"of no role":  {Person: "ada", Role: "owner", Expires: time.Now().Add(time.Hour)},
		"of no scope": {Person: "ada", Role: access.Administrator, Scopes: []access.Scope{"all"}, Expires: time.Now().Add(time.Hour)},
	} {
		k.keep(name, token)
	}
	err := a.configurations.keep(t.Context()) // as when it runs
	if err != nil {
		t.Fatal(err)
	}
	if k.secrets["agent"], err = k.operations.createAgentToken(t.Context(), "local"); err != nil {
		t.Fatal(err)
	}
	k.secrets["wrong"], _ = access.NewAPIToken()
	k.secrets["malformed"] = "dmk_short"
	return k
}

func (k *keyring) make(name string, order tokenOrder) {
	k.t.Helper()
	made, err := k.operations.createAPIToken(k.t.Context(), order)
	if err != nil {
		k.t.Fatal(err)
	}
	k.secrets[name], k.ids[name] = made.Secret, made.ID
}

// keep keeps a token that could not be made now.
func (k *keyring) keep(name string, token access.APIToken) {
	k.t.Helper()
	secret, hash := access.NewAPIToken()
	token.ID = store.NewTokenID(time.Now())
	act := incident.Act{Actor: "test", Action: "kept", Object: name}
	err := k.engine.Do(k.t.Context(), act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		return tx.(*store.Tx).AddAPIToken(ctx, now, hash, &token)
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.secrets[name], k.ids[name] = secret, token.ID
}

func (k *keyring) ask(method, path, secret string) *httptest.ResponseRecorder {
	k.t.Helper()
	request := httptest.NewRequest(method, "http://status.example"+path, http.NoBody)
	request.RemoteAddr = "203.0.113.9:1234"
	if secret != "" {
		request.Header.Set("Authorization", "Bearer "+secret)
	}
	answer := httptest.NewRecorder()
	k.http.ServeHTTP(answer, request)
	return answer
}

// problem reads a refusal, which has to be one clear sentence.
func (k *keyring) problem(answer *httptest.ResponseRecorder) web.Problem {
	k.t.Helper()
	var p web.Problem
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || p.Status != answer.Code || p.Detail == "" || answer.Header().Get("Content-Type") != "application/problem+json" {
		k.t.Errorf("no problem: %d %v %s", answer.Code, err, answer.Body)
	}
	return p
}

// acts counts the entries of the audit trail with an action.
func (k *keyring) acts(action string) int {
	k.t.Helper()
	n := 0
	if err := store.ReadAudit(k.t.Context(), filepath.Join(k.doc.Server.Data, "daymark.db"), func(e store.AuditEntry) error {
		if strings.HasPrefix(e.Action, action) {
			n++
		}
		return nil
	}); err != nil {
		k.t.Fatal(err)
	}
	return n
}

// as is the role that each token of the keyring acts as, with its scopes; what
// is not here is not accepted.
var as = map[string]access.Principal{
	"reader":                     {Kind: access.ByToken, Role: access.Reader},
	"responder":                  {Kind: access.ByToken, Role: access.Responder},
	"editor":                     {Kind: access.ByToken, Role: access.Editor},
	"administrator":              {Kind: access.ByToken, Role: access.Administrator},
	"administrator, to read":     {Kind: access.ByToken, Role: access.Administrator, Scopes: []access.Scope{access.ScopeRead}},
	"administrator's, as reader": {Kind: access.ByToken, Role: access.Reader},
	"demoted":                    {Kind: access.ByToken, Role: access.Reader},
	"of no role":                 {Kind: access.ByToken},
	"of no scope":                {Kind: access.ByToken, Role: access.Administrator, Scopes: []access.Scope{"all"}},
}

// TestTheTableIsWalkedWithEveryRole asks every route of the staff with every
// token that there is. What a row says is what happens: 401 for who is not
// known, 403 for who may not, and an answer of the route for who may.
func TestTheTableIsWalkedWithEveryRole(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	walked := map[int]int{}
	for _, r := range k.routes() {
		if !strings.Contains(r.pattern, " /api/v1/") {
			if r.role.Staff() && r.page == nil { // pages have tests of their own
				t.Errorf("%s is for staff, and not of the API", r.pattern)
			}
			continue
		}
		if !r.role.Staff() {
			t.Errorf("%s is for %s", r.pattern, r.role)
		}
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.NewReplacer("{id}", "nothing", "{region}", "nowhere", "{at}", "1", "{piece}", "nothing", "{number}", "1").Replace(path)
		for name, secret := range k.secrets {
			k.gate.limit = newFailLimit() // this is not about the pace
			answer := k.ask(method, path, secret)
			who, accepted := as[name]
			want := http.StatusOK
			switch {
			case !accepted:
				want = http.StatusUnauthorized
			case !who.May(r.right):
				want = http.StatusForbidden
			case answer.Code == http.StatusBadRequest && method == http.MethodPost: // it asks for more than nothing
				want = http.StatusBadRequest
			case strings.Contains(path, "nothing"):
				want = http.StatusNotFound // the route itself says it
			}
			walked[want]++
			if answer.Code != want {
				t.Errorf("%s with %s: %d; want %d: %s", r.pattern, name, answer.Code, want, answer.Body)
			}
			if answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("%s with %s: headers %v", r.pattern, name, answer.Header())
			}
			if want != http.StatusOK {
				k.problem(answer)
			}
			if challenge := answer.Header().Get("WWW-Authenticate"); (challenge != "") != (want == http.StatusUnauthorized || want == http.StatusForbidden) {
				t.Errorf("%s with %s: WWW-Authenticate %q", r.pattern, name, challenge)
			}
		}
	}
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		if walked[status] == 0 {
			t.Errorf("no case had to be answered %d", status)
		}
	}
}

func TestWhyATokenIsNotAccepted(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	for name, want := range map[string]string{
		"none":      "This needs a token",
		"wrong":     "There is no such token.",
		"malformed": "That is no token of this API",
		"agent":     "That is the token of an agent",
		"expired":   "has expired.",
		"revoked":   "was revoked.",
		"who left":  "owner has left the configuration.",
		"demoted":   "This needs the role administrator, and you are reader.",
	} {
		if p := k.problem(k.ask("GET", "/api/v1/audit", k.secrets[name])); !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %q; want %q", name, p.Detail, want)
		}
	}
	for name, header := range map[string][]string{
		"twice":          {"Bearer " + k.secrets["reader"], "Bearer " + k.secrets["reader"]},
		"another scheme": {"Basic " + k.secrets["reader"]},
		"no scheme":      {k.secrets["reader"]},
		"with a blank":   {"Bearer  " + k.secrets["reader"]},
		"with more":      {"Bearer " + k.secrets["reader"] + " x"},
		"empty":          {""},
	} {
		request := httptest.NewRequest(http.MethodGet, "http://status.example/api/v1/me", http.NoBody)
		request.Header["Authorization"] = header
		answer := httptest.NewRecorder()
		if k.http.ServeHTTP(answer, request); answer.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	// A token in an address would be in every log: it does not count there.
	if answer := k.ask("GET", "/api/v1/me?access_token="+k.secrets["reader"], ""); answer.Code != http.StatusUnauthorized {
		t.Errorf("a token in the address: %d", answer.Code)
	}
	if answer := k.ask("HEAD", "/api/v1/me", k.secrets["reader"]); answer.Code != http.StatusOK {
		t.Errorf("HEAD: %d", answer.Code)
	}
	if answer := k.ask("DELETE", "/api/v1/me", k.secrets["administrator"]); answer.Code != http.StatusMethodNotAllowed || !strings.Contains(answer.Header().Get("Allow"), "GET") {
		t.Errorf("DELETE: %d %v", answer.Code, answer.Header())
	}
}

// What is refused has no effect, and a refused write is in the audit trail,
// once a minute.
func TestARefusedWriteChangesNothingAndIsWrittenDown(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	target, reader := k.ids["editor"], k.secrets["reader"]
	if p := k.problem(k.ask("POST", "/api/v1/tokens/"+target+"/revoke", reader)); p.Status != http.StatusNotFound {
		t.Errorf("a reader ends another's token: %+v", p)
	}
	if answer := k.ask("POST", "/api/v1/tokens/"+target+"/revoke", k.secrets["of no scope"]); answer.Code != http.StatusForbidden {
		t.Errorf("a token without rights ends another: %d", answer.Code)
	}
	k.ask("POST", "/api/v1/tokens/"+target+"/revoke", k.secrets["of no scope"])
	if n := k.acts("refused: self:write"); n != 1 {
		t.Errorf("%d refusals are written down", n)
	}
	k.ask("GET", "/api/v1/audit", reader) // a refused read is not
	if n := k.acts("refused"); n != 1 {
		t.Errorf("%d refusals are written down", n)
	}
	if answer := k.ask("GET", "/api/v1/me", k.secrets["editor"]); answer.Code != http.StatusOK {
		t.Errorf("its token was ended all the same: %d", answer.Code)
	}
	revoked := k.acts("API token revoked")
	for range 2 { // twice is once
		if answer := k.ask("POST", "/api/v1/tokens/"+target+"/revoke", k.secrets["administrator"]); answer.Code != http.StatusOK {
			t.Errorf("an administrator ends it: %d %s", answer.Code, answer.Body)
		}
	}
	if n := k.acts("API token revoked"); n != revoked+1 {
		t.Errorf("%d entries for one token", n-revoked)
	}
	if answer := k.ask("GET", "/api/v1/me", k.secrets["editor"]); answer.Code != http.StatusUnauthorized {
		t.Errorf("a token that was ended: %d", answer.Code)
	}
	if answer := k.ask("POST", "/api/v1/tokens/"+k.ids["reader"]+"/revoke", reader); answer.Code != http.StatusOK {
		t.Errorf("a reader ends their own: %d %s", answer.Code, answer.Body)
	}
}

// A row that is not whole is refused to everybody, whoever they are, and a
// server with one does not start.
func TestAHandlerCannotBeMountedWithoutARole(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	open := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") })
	staff := staffHandler(func(http.ResponseWriter, *http.Request, access.Principal) { t.Error("it was reached") })
	for name, r := range map[string]route{
		"nothing":                   {},
		"no role":                   {handler: open},
		"a role nobody knows":       {role: "owner", handler: open},
		"the operator's":            {role: access.Operator, handler: open},
		"staff, open":               {role: access.Reader, right: access.ReadSelf, handler: open},
		"staff, both":               {role: access.Reader, right: access.ReadSelf, handler: open, staff: staff},
		"staff, no handler":         {role: access.Reader, right: access.ReadSelf},
		"staff, no right":           {role: access.Reader, staff: staff},
		"staff, right nobody knows": {role: access.Reader, right: "all", staff: staff},
		"staff, a lower role":       {role: access.Reader, right: access.ReadAudit, staff: staff},
		"staff, a higher role":      {role: access.Administrator, right: access.ReadSelf, staff: staff},
		"public, for staff":         {role: access.Public, right: access.ReadSelf, staff: staff},
		"public, no handler":        {role: access.Public},
		"public with a right":       {role: access.Public, right: access.ReadSelf, handler: open},
	} {
		if err := r.check(); err == nil {
			t.Errorf("%s: it is taken for whole", name)
		}
		for _, secret := range []string{"", k.secrets["administrator"]} {
			request := httptest.NewRequest(http.MethodGet, "http://status.example/", http.NoBody)
			request.Header.Set("Authorization", "Bearer "+secret)
			answer := httptest.NewRecorder()
			guardRoute(r, web.Errors{}, k.gate).ServeHTTP(answer, request)
			if answer.Code != http.StatusForbidden {
				t.Errorf("%s: %d", name, answer.Code)
			}
		}
	}
}

// The table is the one place where handlers of the public listener are
// mounted. The other mux is the control socket's.
func TestHandlersAreMountedInOnePlace(t *testing.T) {
	testkit.Beside(t)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	mounts := regexp.MustCompile(`NewServeMux\(|\.Handle(Func)?\(|http\.ListenAndServe|\.Serve\(`)
	allowed := map[string]int{
		"routes.go": 2, "control.go": 17, "acts.go": 10, "config_operations.go": 4, "door.go": 1, "maintenance_operations.go": 2, "rota_operations.go": 3, "heartbeat_operations.go": 1, "app.go": 1,
		"ledger_operations.go": 3, "notify_operations.go": 4, "person.go": 3, "storm.go": 2, "strike.go": 3, "sla.go": 1,
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := len(mounts.FindAllString(string(text), -1))
		if !strings.HasSuffix(file, "_test.go") && n > allowed[file] {
			t.Errorf("%s mounts or serves handlers %d times; %d are known: every route goes through the table in routes.go", file, n, allowed[file])
		}
	}
}

// Wrong tokens slow down the address that they come from; who has a good one
// passes, from that address too.
func TestWrongTokensLockNobodyOut(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	now := time.Now()
	k.gate.now = func() time.Time { return now }
	if answer := k.ask("GET", "/api/v1/me", k.secrets["reader"]); answer.Code != http.StatusOK {
		t.Fatal(answer.Code)
	}
	counts := map[int]int{}
	for range 60 {
		wrong, _ := access.NewAPIToken()
		answer := k.ask("GET", "/api/v1/me", wrong)
		counts[answer.Code]++
		if answer.Code == http.StatusTooManyRequests && (answer.Header().Get("Retry-After") != "6" || k.problem(answer).Detail == "") {
			t.Errorf("too many: %v", answer.Header())
		}
	}
	if counts[http.StatusUnauthorized] != failsAtOnce || counts[http.StatusTooManyRequests] != 60-failsAtOnce {
		t.Errorf("of 60 wrong ones: %v", counts)
	}
	for _, name := range []string{"reader", "administrator"} { // one that was used before, and one that was not
		if answer := k.ask("GET", "/api/v1/me", k.secrets[name]); answer.Code != http.StatusOK {
			t.Errorf("%s is locked out: %d", name, answer.Code)
		}
	}
	now = now.Add(failsEvery)
	for _, want := range []int{http.StatusUnauthorized, http.StatusTooManyRequests} {
		if answer := k.ask("GET", "/api/v1/me", k.secrets["wrong"]); answer.Code != want {
			t.Errorf("later: %d; want %d", answer.Code, want)
		}
	}
}

func TestUseOfATokenIsNoted(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	now := time.Now().UTC().Truncate(time.Millisecond)
	noted := 0
	k.gate.now = func() time.Time { return now }
	k.gate.noteUse = func(ctx context.Context, at time.Time, id string) error {
		noted++
		return cmp.Or(k.store.NoteAPITokenUse(ctx, at, id), fmt.Errorf("the disk is full"))
	}
	for range 3 {
		if answer := k.ask("GET", "/api/v1/me", k.secrets["reader"]); answer.Code != http.StatusOK {
			t.Errorf("what cannot be noted is refused: %d", answer.Code)
		}
	}
	token, err := k.store.APIToken(t.Context(), k.ids["reader"])
	if err != nil || noted != 1 || !token.LastUsed.Equal(now) {
		t.Errorf("noted %d times: %+v, %v", noted, token, err)
	}
	now = now.Add(time.Minute)
	k.ask("GET", "/api/v1/me", k.secrets["reader"])
	if noted != 2 {
		t.Errorf("a minute later: noted %d times", noted)
	}
}

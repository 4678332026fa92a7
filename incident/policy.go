package incident

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"

	"daymark/checker"
	"daymark/support"
)

// PolicyOptions is what the configuration says about incidents.
type PolicyOptions struct {
	Regions    []Region
	Components []Component // in the order of the page
	Severities SeverityTable
	Rules      Rules
	SLAs       []SLA
	Teams      []Team
	Reports    Reports
	Support    support.Options
	Zone       *time.Location // of the page, for times in automatic texts; UTC when nil
	Language   string         // of what is published, by its tag; English when empty

	Maintenance MaintenanceRules

	Lease time.Duration // within which the others of a region run what an agent leaves; 0: none do
}

// Policy is the configuration made ready for Decide: defaults filled in,
// expressions compiled, references turned round. It does not change.
type Policy struct {
	zone       *time.Location
	regions    map[string]string // id to name
	order      []string          // component ids
	public     *Wording          // in the page's first language
	staff      *Wording          // in English
	derived    []string          // ids of components without checks, each after those that it is derived from
	components map[string]*componentPolicy
	checks     map[string]*checkPolicy
	severities []severityRow
	window     time.Duration
	lease      time.Duration
	rules      Rules
	reports    Reports

	comparesLatency bool // some severity reads latency_ratio

	slas map[string]*slaPolicy

	teams     map[string]Team
	people    map[string]support.Person
	everybody []string // ids of people
	rosters   map[string]*support.Roster
	recurring []*Recurrence
	announce  time.Duration // how long before maintenance people hear of it
}

// slaPolicy is an SLA with its service hours made ready.
type slaPolicy struct {
	SLA
	calendar *support.Calendar
}

type componentPolicy struct {
	Component
	index  int
	hosts  []string
	causes map[string]bool // itself and all it depends on, directly or not
	stands time.Duration   // what Stands gives
}

type checkPolicy struct {
	checker.Check
	component string
	regions   []string
	quorum    int           // regions that have to fail
	downRuns  int           // runs in a row, in each
	upRuns    int           // clean runs in a row, in all that can tell
	stale     time.Duration // a region without a run for so long cannot tell
	late      time.Duration // a run that comes so long after its time says how it was, not how it is; 0: none is late
	horizon   time.Duration // runs older than this are not kept in the state
	single    bool          // a single request, whose latency counts
}

// NewPolicy compiles the options. They are expected to be valid (package
// config refuses others with places); an error here names the fault only.
func NewPolicy(options PolicyOptions) (*Policy, error) {
	p := &Policy{
		zone:       options.Zone,
		regions:    map[string]string{},
		components: map[string]*componentPolicy{},
		checks:     map[string]*checkPolicy{},
		window:     cmp.Or(options.Severities.Window, DefaultWindow),
		lease:      options.Lease,
		rules:      options.Rules,
		reports:    options.Reports,
		slas:       map[string]*slaPolicy{},
	}
	if p.zone == nil {
		p.zone = time.UTC
	}
	p.rules.GroupWithin = cmp.Or(p.rules.GroupWithin, DefaultGroupWithin)
	p.rules.EaseAfter = cmp.Or(p.rules.EaseAfter, DefaultEaseAfter)
	p.rules.ResolveAfter = cmp.Or(p.rules.ResolveAfter, DefaultResolveAfter)
	p.rules.ReopenWithin = cmp.Or(p.rules.ReopenWithin, DefaultReopenWithin)
	if err := p.addMaintenance(options.Maintenance); err != nil {
		return nil, err
	}
	for _, region := range options.Regions {
		p.regions[region.ID] = region.Name
	}
	for _, sla := range options.SLAs {
		hours := sla.Hours
		if hours.Days == "" {
			hours.Always = true // left out
		}
		calendar, err := support.NewCalendar(hours, p.zone)
		if err != nil {
			return nil, fmt.Errorf("sla %s: %w", sla.ID, err)
		}
		p.slas[sla.ID] = &slaPolicy{sla, calendar}
	}
	if err := p.addSupport(options.Teams, options.Support); err != nil {
		return nil, err
	}
	rows, err := compileSeverities(options.Severities)
	if err != nil {
		return nil, err
	}
	p.severities, p.comparesLatency = rows, comparesLatency(rows)
	for _, component := range options.Components {
		if err := p.addComponent(component, options.Regions); err != nil {
			return nil, err
		}
	}
	p.derived = p.derivedInOrder()
	p.wordings(options.Language)
	for _, id := range p.order {
		p.components[id].causes = p.causesOf(id)
	}
	return p, nil
}

func (p *Policy) addSupport(teams []Team, options support.Options) error {
	p.teams, p.people, p.rosters = map[string]Team{}, map[string]support.Person{}, map[string]*support.Roster{}
	for _, team := range teams {
		p.teams[team.ID] = team
	}
	for _, person := range options.People {
		p.people[person.ID] = person
		p.everybody = append(p.everybody, person.ID)
	}
	for _, rota := range options.Rotas {
		roster, err := support.NewRoster(rota, p.zone)
		if err != nil {
			return err
		}
		p.rosters[rota.ID] = roster
	}
	return nil
}

func (p *Policy) addComponent(component Component, regions []Region) error {
	c := &componentPolicy{Component: component, index: len(p.order)}
	if c.Criticality == "" {
		c.Criticality = "minor"
	}
	p.order = append(p.order, c.ID)
	p.components[c.ID] = c
	for _, check := range component.Checks {
		added, err := p.addCheck(check, component.ID, regions)
		if err != nil {
			return err
		}
		c.hosts = append(c.hosts, added.hosts()...)
	}
	c.stands = standing(component.Checks)
	return nil
}

func (p *Policy) addCheck(check checker.Check, component string, regions []Region) (*checkPolicy, error) {
	c := &checkPolicy{Check: check, component: component, regions: check.Regions}
	if len(c.regions) == 0 {
		for _, region := range regions {
			c.regions = append(c.regions, region.ID)
		}
	}
	c.quorum = check.DownWhen.Regions
	if c.quorum == 0 {
		c.quorum = len(c.regions)/2 + 1
	}
	runs := 2
	if check.Heartbeat != nil {
		runs = 1 // a call that does not come says it all, and so does one that does
	}
	c.downRuns = cmp.Or(check.DownWhen.Runs, runs)
	c.upRuns = cmp.Or(check.UpWhen.Runs, runs)
	interval, slack, err := rhythm(&check)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", check.ID, err)
	}
	c.stale = staleAfter(interval, slack, p.lease)
	if check.Heartbeat == nil {
		c.late = 2*interval + slack
	}
	c.horizon = max(p.window, time.Duration(max(3*c.downRuns, c.upRuns)+1)*interval)
	c.single = check.HTTP != nil && len(check.HTTP.Steps) == 0
	p.checks[check.ID] = c
	return c, nil
}

// hosts lists the host:port that a check's addresses name: two components
// whose checks share one are thought to share a cause.
func (c *checkPolicy) hosts() []string {
	var urls, all []string
	if c.HTTP != nil {
		urls = append(urls, c.HTTP.URL)
		for _, step := range c.HTTP.Steps {
			urls = append(urls, step.URL)
		}
	}
	if c.Browser != nil {
		for _, step := range c.Browser.Steps {
			urls = append(urls, step.Open)
		}
	}
	if c.WebSocket != nil {
		urls = append(urls, c.WebSocket.URL)
	}
	if c.TCP != nil {
		all = append(all, c.TCP.Address)
	}
	if c.TLS != nil {
		all = append(all, c.TLS.Address)
	}
	if c.SMTP != nil {
		all = append(all, c.SMTP.Address)
	}
	if c.GRPC != nil {
		all = append(all, c.GRPC.Address)
	}
	for _, raw := range urls {
		if u, err := url.Parse(raw); err == nil && u.Host != "" {
			all = append(all, u.Host)
			if port := defaultPorts[u.Scheme]; u.Port() == "" && port != "" { // as an address would name it
				all = append(all, net.JoinHostPort(u.Hostname(), port))
			}
		}
	}
	return all
}

var defaultPorts = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}

func (p *Policy) causesOf(id string) map[string]bool {
	seen := map[string]bool{}
	todo := []string{id}
	for len(todo) > 0 {
		next := todo[0]
		todo = todo[1:]
		c := p.components[next]
		if c == nil || seen[next] {
			continue
		}
		seen[next] = true
		todo = append(todo, c.DependsOn...)
	}
	return seen
}

// related says whether two components may fail for one cause: one needs the
// other, both need a third, or their checks go to one host.
func (p *Policy) related(a, b string) bool {
	x, y := p.components[a], p.components[b]
	if x == nil || y == nil {
		return a == b
	}
	for cause := range x.causes {
		if y.causes[cause] {
			return true
		}
	}
	return slices.ContainsFunc(x.hosts, func(h string) bool { return slices.Contains(y.hosts, h) })
}

// dependsOn says whether a needs b, directly or not.
func (p *Policy) dependsOn(a, b string) bool {
	c := p.components[a]
	return c != nil && a != b && c.causes[b]
}

// weight is a component's share in `available`.
func (c *componentPolicy) weight() float64 {
	switch c.Criticality {
	case "critical":
		return 3
	case "major":
		return 2
	}
	return 1
}

// Checks gives a region's checks, ordered by id of component and check as
// configured, and All the ids of known checks with their regions.
func (p *Policy) Checks(region string) []checker.Check {
	var all []checker.Check
	for _, id := range p.order {
		for _, check := range p.components[id].Checks {
			if c := p.checks[check.ID]; slices.Contains(c.regions, region) {
				all = append(all, c.Check)
			}
		}
	}
	return all
}

// Knows says whether a check runs in a region.
func (p *Policy) Knows(check, region string) bool {
	c := p.checks[check]
	return c != nil && slices.Contains(c.regions, region)
}

// Component gives a component's id for a check, or "".
func (p *Policy) Component(check string) string {
	if c := p.checks[check]; c != nil {
		return c.component
	}
	return ""
}

// name gives a component's name, or its id where it is not configured any more.
func (p *Policy) name(component string) string {
	if c := p.components[component]; c != nil && c.Name != "" {
		return c.Name
	}
	return component
}

// sla gives the promises of a component at a severity, or nil, and the hours
// in which they count.
func (p *Policy) sla(component string, severity Severity) (*Promises, *support.Calendar) {
	c := p.components[component]
	if c == nil {
		return nil, nil
	}
	if sla := p.slas[c.SLA]; sla != nil {
		return sla.For(severity), sla.calendar
	}
	return nil, nil
}

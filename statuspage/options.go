package statuspage

// PageOptions is what the configuration says of the page.
type PageOptions struct {
	Name      string   `yaml:"name"`
	URL       string   `yaml:"url"`       // public address, without a slash at its end
	Timezone  string   `yaml:"timezone"`  // IANA; UTC when left out
	Languages []string `yaml:"languages"` // BCP 47; the first is the default; en when left out
	Contact   string   `yaml:"contact"`   // email address or URL; empty: none
	Theme     Theme    `yaml:"theme"`
	Uptime    Uptime   `yaml:"uptime"`
	API       API      `yaml:"api"`
}

// Theme is how the page looks. Files are paths; empty ones are Daymark's own.
type Theme struct {
	Light   Colours `yaml:"light"`
	Dark    Colours `yaml:"dark"`
	Logo    string  `yaml:"logo"`
	CSS     string  `yaml:"css"`     // last in the cascade
	Favicon string  `yaml:"favicon"` // empty: drawn from the worst status
}

// Colours are written as #rrggbb; OnAccent is read on Accent.
type Colours struct {
	Accent   string `yaml:"accent"`
	OnAccent string `yaml:"on_accent"`
}

// Uptime is how much a minute in each status weighs against the uptime, 0 to
// 1, and whether maintenance counts.
type Uptime struct {
	Partial     float64 `yaml:"partial"`
	Degraded    float64 `yaml:"degraded"`
	Maintenance string  `yaml:"maintenance" words:"excluded,counted"`
}

// API is how the Statuspage API speaks.
type API struct {
	MaintenanceIndicator string `yaml:"maintenance_indicator" words:"maintenance,none"`
}

// DefaultPageOptions is what holds where the configuration is silent.
func DefaultPageOptions() PageOptions {
	return PageOptions{
		Timezone:  "UTC",
		Languages: []string{"en"},
		Theme: Theme{
			Light: Colours{Accent: "#0b6e4f", OnAccent: "#ffffff"},
			Dark:  Colours{Accent: "#6fcfa4", OnAccent: "#06140e"},
		},
		Uptime: Uptime{Partial: 0.3, Maintenance: "excluded"},
		API:    API{MaintenanceIndicator: "maintenance"},
	}
}

// PublishOptions is where the page goes as static files; empty ones are off.
type PublishOptions struct {
	Dir string `yaml:"dir"`
	S3  S3     `yaml:"s3"`
}

// S3 is a bucket of an S3-compatible store; it is off without Bucket.
type S3 struct {
	Endpoint  string `yaml:"endpoint"`
	Region    string `yaml:"region"`
	Bucket    string `yaml:"bucket"`
	Prefix    string `yaml:"prefix"`
	AccessKey string `yaml:"access_key"`
	SecretKey string `yaml:"secret_key"`
}

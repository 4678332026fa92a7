package config

import (
	"time"

	"daymark/access"
	"daymark/checker"
)

// Server is how `daymark serve` runs.
type Server struct {
	Listen         string         `yaml:"listen"`
	Data           string         `yaml:"data"`                        // folder of all state, resolved against the file
	Database       string         `yaml:"database"`                    // empty: SQLite under Data; or postgres://…
	Config         string         `yaml:"config" words:"file,console"` // who may write the configuration
	TrustedProxies []string       `yaml:"trusted_proxies"`             // addresses or networks whose X-Forwarded-For counts
	Metrics        string         `yaml:"metrics" words:"loopback,token,public"`
	Access         access.Options `yaml:"access"`
	Retention      Retention      `yaml:"retention"`
	Backup         Backup         `yaml:"backup"`
}

// Retention is how long what was measured is kept.
type Retention struct {
	Results      time.Duration `yaml:"results"`
	Evidence     time.Duration `yaml:"evidence"`
	EvidenceSize checker.Size  `yaml:"evidence_size"` // of all evidence together
	Hours        time.Duration `yaml:"hours"`         // hourly rollups
	Days         time.Duration `yaml:"days"`          // daily rollups
}

// Backup is when the database is copied, and when a copy is tried out.
type Backup struct {
	Schedule string `yaml:"schedule"` // cron; empty: no backups
	Keep     int    `yaml:"keep"`     // copies
	To       string `yaml:"to"`       // folder, resolved against the file; empty: under Server.Data
	Drill    string `yaml:"drill"`    // cron; empty: never
}

// DefaultServer is what holds where the configuration is silent.
func DefaultServer() Server {
	const day = 24 * time.Hour
	return Server{
		Listen:  "127.0.0.1:8080",
		Data:    "data",
		Config:  "file",
		Metrics: "loopback",
		Access:  access.DefaultOptions(),
		Retention: Retention{
			Results: 14 * day, Evidence: 30 * day, EvidenceSize: 5_000_000_000,
			Hours: 400 * day, Days: 5 * 365 * day,
		},
		Backup: Backup{Schedule: "15 2 * * *", Keep: 14, Drill: "@weekly"},
	}
}

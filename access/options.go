package access

import "time"

// Options is how people sign in to the console and for how long.
type Options struct {
	SecondFactor string        `yaml:"second_factor" words:"required,optional"`
	Idle         time.Duration `yaml:"idle"`      // a session ends when unused so long
	Session      time.Duration `yaml:"session"`   // a session ends after so long in any case
	Elevation    time.Duration `yaml:"elevation"` // how long rights beyond one's role last
	BreakGlass   BreakGlass    `yaml:"break_glass"`
}

// BreakGlass is who may rise above their role, and to which.
type BreakGlass struct {
	From Role `yaml:"from" words:"reader,responder,editor"`             // the least role that may
	Role Role `yaml:"role" words:"none,responder,editor,administrator"` // what they may be for Elevation; none: nobody rises
}

// DefaultOptions is what holds where the configuration is silent.
func DefaultOptions() Options {
	return Options{
		SecondFactor: "required",
		Idle:         12 * time.Hour,
		Session:      7 * 24 * time.Hour,
		Elevation:    time.Hour,
		BreakGlass:   BreakGlass{From: Reader, Role: Responder},
	}
}

package main

import (
	"io"
	"log/slog"
	"os"

	"daymark/internal/redact"
	"daymark/internal/telemetry"
)

// logOptions say how the log looks; it goes to standard error.
type logOptions struct {
	Format string `help:"text or json; text on a terminal." enum:"auto,text,json" default:"auto"`
	Level  string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

// logger writes the log without the secrets.
func (o *logOptions) logger(w io.Writer, secrets redact.Redactor) *slog.Logger {
	return o.loggerHiding(w, secrets.String)
}

// loggerHiding is logger with what takes the secrets out of a text.
func (o *logOptions) loggerHiding(w io.Writer, hide func(string) string) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		level = slog.LevelInfo // an empty level, where no command line was parsed
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString:
			a.Value = slog.StringValue(hide(a.Value.String()))
		case slog.KindAny:
			if err, ok := a.Value.Any().(error); ok {
				a.Value = slog.StringValue(hide(err.Error()))
			}
		}
		return a
	}}
	if o.Format == "json" || o.Format != "text" && !isTerminal(w) {
		return slog.New(telemetry.Handler(slog.NewJSONHandler(w, options)))
	}
	return slog.New(telemetry.Handler(slog.NewTextHandler(w, options)))
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

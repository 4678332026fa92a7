package main

import (
	"fmt"
	"maps"

	"github.com/goccy/go-yaml"

	"daymark/checker"
	"daymark/config"
	"daymark/internal/redact"
)

// definitionOf writes a check as it is configured, without secrets.
func definitionOf(doc *config.Document, id string) (string, error) {
	check := doc.Check(id)
	if check == nil {
		return "", nil
	}
	shown := *check
	if shown.HTTP != nil {
		http := *shown.HTTP
		http.Request = hideRequest(http.Request)
		http.Steps = append([]checker.HTTPStep{}, http.Steps...)
		for i := range http.Steps {
			http.Steps[i].Request = hideRequest(http.Steps[i].Request)
		}
		shown.HTTP = &http
	}
	text, err := yaml.MarshalWithOptions(&shown, yaml.OmitEmpty(), yaml.OmitZero(), yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return "", fmt.Errorf("write check %s: %w", id, err)
	}
	return redact.New(redact.Forms(doc.Secrets()...)...).String(config.HideInner(string(text))), nil
}

func hideRequest(r checker.Request) checker.Request {
	r.Body = config.HideInner(r.Body)
	r.Headers = maps.Clone(r.Headers)
	for name := range r.Headers {
		if config.LetsIn(name) {
			r.Headers[name] = redact.Mark
		}
	}
	if r.Basic != nil {
		r.Basic = &checker.BasicAuth{User: r.Basic.User, Password: redact.Mark}
	}
	for _, secret := range []*string{&r.Bearer, &r.ClientKey} {
		if *secret != "" {
			*secret = redact.Mark
		}
	}
	return r
}

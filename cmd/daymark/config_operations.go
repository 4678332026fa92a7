package main

import (
	"context"
	"net/http"

	"daymark/console"
)

func controlConfiguration(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /configuration/versions", question(func(ctx context.Context, q console.VersionQuery) ([]console.ConfigurationVersion, error) {
		return o.configurations.ConfigurationVersions(ctx, q)
	}))
}

package browser

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"daymark/checker"
)

// Validate says what of a journey cannot be run; all faults at once. Run
// answers `unknown` with the same words.
func Validate(journey *checker.Browser) error {
	if journey == nil {
		return errors.New("the check has no browser journey")
	}
	var errs []error
	if _, _, err := viewport(journey.Viewport); err != nil {
		errs = append(errs, err)
	}
	if len(journey.Steps) == 0 {
		errs = append(errs, errors.New("a journey needs at least one step"))
	}
	for i := range journey.Steps {
		if err := validateStep(&journey.Steps[i]); err != nil {
			errs = append(errs, fmt.Errorf("step %d: %w", i+1, err))
		}
	}
	for _, origin := range journey.AllowOrigins {
		if _, err := originOf(origin); err != nil {
			errs = append(errs, fmt.Errorf("allow_origins: %w", err))
		}
	}
	return errors.Join(errs...)
}

func validateStep(step *checker.BrowserStep) error {
	set := 0
	for _, given := range []bool{
		step.Open != "", step.Fill != nil, step.Click != "", step.Press != "", step.Select != nil, step.Upload != nil,
		step.Hover != "", step.Wait != 0, step.See != "", step.NotSee != "", step.Expect != nil, step.Screenshot != "",
	} {
		if given {
			set++
		}
	}
	switch {
	case set != 1:
		return fmt.Errorf("a step has exactly one of open, fill, click, press, select, upload, hover, wait, see, not_see, expect, screenshot; it has %d", set)
	case step.Upload != nil:
		_, _, err := fileOf(step.Upload.With)
		return err
	case step.Open != "":
		_, err := originOf(step.Open)
		return err
	case step.Press != "":
		_, _, err := keyOf(step.Press)
		return err
	case step.Wait < 0:
		return errors.New("wait must not be negative")
	}
	return nil
}

// originOf gives scheme, host and port of an address; only http and https
// have an origin here.
func originOf(address string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read address %q: %w", address, err)
	}
	port := map[string]string{"http": "80", "https": "443"}[parsed.Scheme]
	if port == "" || parsed.Hostname() == "" {
		return "", fmt.Errorf("%q is no http or https address: nothing else is opened", address)
	}
	if parsed.Port() != "" {
		port = parsed.Port()
	}
	return parsed.Scheme + "://" + net.JoinHostPort(strings.ToLower(parsed.Hostname()), port), nil
}

// viewport reads WIDTHxHEIGHT; 1280x800 when empty.
func viewport(text string) (width, height int64, err error) {
	if text == "" {
		return 1280, 800, nil
	}
	first, second, _ := strings.Cut(text, "x")
	width, err = strconv.ParseInt(first, 10, 32)
	if err == nil {
		height, err = strconv.ParseInt(second, 10, 32)
	}
	if err != nil || width < 100 || height < 100 || width > 8000 || height > 8000 {
		return 0, 0, fmt.Errorf("viewport %q: must be WIDTHxHEIGHT, each from 100 to 8000, as in 1280x800", text)
	}
	return width, height, nil
}

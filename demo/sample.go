package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"net"
	"text/template"
)

//go:embed sample/daymark.yaml sample/subscribers.csv
var sample embed.FS

// What the sample's configuration and Twilio's stand-in agree on. They open
// nothing but the stand-in.
const (
	SampleAccountSID          = "AC00000000000000000000000000005a4b"
	SampleAuthToken           = "5ab1e0000000000000000000000000a7"
	SampleMessagingServiceSID = "MG00000000000000000000000000005a4b"
)

// SampleVars is what differs from one start of the sample to another.
type SampleVars struct {
	// Listen is where the status page listens, "127.0.0.1:8080".
	Listen string
	// PageURL is the page's public address; default "http://" and Listen.
	PageURL string
	// Data is the server's data directory; default "./data".
	Data string
	// Shop and Twilio are base URLs without a slash at the end, as Server.URL and
	// Server.TwilioURL give them; SMTP is "host:port".
	Shop, Twilio, SMTP string
}

// SampleFiles gives the files of the sample by their names: daymark.yaml, the
// secrets that it names, and subscribers.csv.
func SampleFiles(v SampleVars) (map[string][]byte, error) {
	document, err := sampleConfig(v)
	if err != nil {
		return nil, err
	}
	subscribers, err := SampleSubscribers()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"daymark.yaml": document, "subscribers.csv": subscribers,
		"customer.password": []byte(Password + "\n"), "twilio.token": []byte(SampleAuthToken + "\n"),
	}, nil
}

// sampleConfig renders the sample's daymark.yaml. It fails if an address is
// missing or SMTP is not host:port.
func sampleConfig(v SampleVars) ([]byte, error) {
	host, port, err := net.SplitHostPort(v.SMTP)
	if err != nil {
		return nil, fmt.Errorf("sample configuration: SMTP: %w", err)
	}
	for field, value := range map[*string]string{&v.PageURL: "http://" + v.Listen, &v.Data: "./data"} {
		if *field == "" {
			*field = value
		}
	}
	for name, value := range map[string]string{"Listen": v.Listen, "Shop": v.Shop, "Twilio": v.Twilio} {
		if value == "" {
			return nil, fmt.Errorf("sample configuration: %s is missing", name)
		}
	}
	// A JSON string is a YAML string, whatever it holds.
	quote := func(s string) (string, error) {
		raw, err := json.Marshal(s)
		return string(raw), err
	}
	t, err := template.New("daymark.yaml").Option("missingkey=error").Funcs(template.FuncMap{"q": quote}).
		ParseFS(sample, "sample/daymark.yaml")
	if err != nil {
		return nil, fmt.Errorf("sample configuration: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, struct {
		SampleVars
		SMTPHost, SMTPPort, AccountSID, MessagingServiceSID string
	}{v, host, port, SampleAccountSID, SampleMessagingServiceSID}); err != nil {
		return nil, fmt.Errorf("sample configuration: %w", err)
	}
	return out.Bytes(), nil
}

// SampleSubscribers is the sample's subscribers.csv: one email, one phone, both
// confirmed.
func SampleSubscribers() ([]byte, error) { return sample.ReadFile("sample/subscribers.csv") }

package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const deploy = "../../deploy/agent/"

func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(deploy + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What deploy/ sets for an agent are variables that it knows.
func TestDeployedVariablesAreKnown(t *testing.T) {
	t.Parallel()
	help, code := run(t, "agent", "run", "--help")
	if code != 0 {
		t.Fatal(help)
	}
	names := regexp.MustCompile(`DAYMARK_[A-Z_]+`)
	known := append(names.FindAllString(help, -1), "DAYMARK_IMAGE") // compose's own
	for _, file := range []string{"daymark-agent.service", "agent.env", "compose.yaml", "kubernetes.yaml"} {
		used := names.FindAllString(deployed(t, file), -1)
		if len(used) == 0 {
			t.Errorf("%s sets nothing", file)
		}
		for _, name := range used {
			if !slices.Contains(known, name) {
				t.Errorf("%s sets %s, which `daymark agent run --help` does not name", file, name)
			}
		}
	}
}

// The unit starts a real agent: with what it sets, and the folder and the
// token where systemd puts them.
func TestTheUnitStartsAnAgent(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{id: api, schedule: "@every 1h", regions: [second], http: {url: "http://127.0.0.1:1/"}}`)
	s.serve(t)
	dir := t.TempDir()
	writeFile(t, dir, "token", s.token(t, "second"))
	place := strings.NewReplacer("%d", dir, "%S", dir, "https://status.example.org", s.url)
	var environment, words []string
	for line := range strings.Lines(deployed(t, "daymark-agent.service")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "Environment":
			environment = append(environment, place.Replace(value))
		case "ExecStart":
			words = strings.Fields(value)
		}
	}
	for line := range strings.Lines(deployed(t, "agent.env")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			environment = append(environment, place.Replace(line))
		}
	}
	if len(words) < 2 || words[0] != "/usr/local/bin/daymark" || words[1] != "agent" {
		t.Fatalf("the unit starts %q", words)
	}
	agent := agentWith(t, t.TempDir(), environment, words[2:]...)
	agent.waitSays("connected to the server")
	agent.interrupt()
	if _, err := os.Stat(filepath.Join(dir, "daymark-agent", "spool")); err != nil {
		t.Error(err)
	}
}

// No package gives an agent more of its machine than it needs.
func TestDeployedAgentsAreConfined(t *testing.T) {
	t.Parallel()
	unit := deployed(t, "daymark-agent.service")
	for _, line := range []string{
		"DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "ProtectKernelTunables=yes",
		"RestrictNamespaces=yes", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "CapabilityBoundingSet=CAP_NET_RAW", "Restart=always", "LoadCredential=token:",
	} {
		if !strings.Contains(unit, "\n"+line) {
			t.Errorf("the unit lacks %s", line)
		}
	}
	var compose struct {
		Services map[string]struct {
			ReadOnly bool     `yaml:"read_only"`
			CapDrop  []string `yaml:"cap_drop"`
			Security []string `yaml:"security_opt"`
			Volumes  []string `yaml:"volumes"`
			Secrets  []string `yaml:"secrets"`
			Ports    []string `yaml:"ports"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(deployed(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	agent := compose.Services["agent"]
	if !agent.ReadOnly || !slices.Equal(agent.CapDrop, []string{"ALL"}) || len(agent.Security) == 0 || len(agent.Volumes) == 0 || len(agent.Secrets) == 0 || len(agent.Ports) > 0 {
		t.Errorf("the container is %+v", agent)
	}
	kinds := map[string]int{}
	for document := range strings.SplitSeq(deployed(t, "kubernetes.yaml"), "\n---\n") {
		var object struct {
			Kind string `yaml:"kind"`
			Spec struct {
				Template struct {
					Spec struct {
						Automount *bool `yaml:"automountServiceAccountToken"`
						Security  struct {
							NonRoot bool `yaml:"runAsNonRoot"`
						} `yaml:"securityContext"`
						Containers []struct {
							Args     []string `yaml:"args"`
							Security struct {
								Escalation   *bool `yaml:"allowPrivilegeEscalation"`
								ReadOnlyRoot bool  `yaml:"readOnlyRootFilesystem"`
								Capabilities struct {
									Drop []string `yaml:"drop"`
								} `yaml:"capabilities"`
							} `yaml:"securityContext"`
						} `yaml:"containers"`
					} `yaml:"spec"`
				} `yaml:"template"`
				Claims []any `yaml:"volumeClaimTemplates"`
			} `yaml:"spec"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		kinds[object.Kind]++
		if object.Kind != "StatefulSet" {
			continue
		}
		pod := object.Spec.Template.Spec
		if pod.Automount == nil || *pod.Automount || !pod.Security.NonRoot || len(pod.Containers) != 1 || len(object.Spec.Claims) != 1 {
			t.Fatalf("the pods are %+v", pod)
		}
		one := pod.Containers[0]
		if !slices.Equal(one.Args, []string{"agent"}) || one.Security.Escalation == nil || *one.Security.Escalation || !one.Security.ReadOnlyRoot || !slices.Equal(one.Security.Capabilities.Drop, []string{"ALL"}) {
			t.Errorf("the container is %+v", one)
		}
	}
	if kinds["StatefulSet"] != 1 || kinds["Service"] != 1 || kinds["PodDisruptionBudget"] != 1 {
		t.Errorf("the manifest has %v", kinds)
	}
}

package console_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract holds questions and answers against an OpenAPI document, more
// strictly than a client would: what is not declared is a fault.
type contract struct {
	document any
	compiler *jsonschema.Compiler
}

// specification checks a document against the OpenAPI 3.1 schema of its
// authors, which is testdata/openapi-3.1.json.
func specification(text []byte) error {
	published, err := os.ReadFile("testdata/openapi-3.1.json")
	if err != nil {
		return err
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(published))
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("openapi.json", schema); err != nil {
		return err
	}
	compiled, err := compiler.Compile("openapi.json")
	if err != nil {
		return err
	}
	return compiled.Validate(document)
}

func newContract(text []byte) (*contract, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	closeObjects(document)
	c := &contract{document: document, compiler: jsonschema.NewCompiler()}
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource("document.json", document)
}

// closeObjects makes every schema with properties refuse others.
func closeObjects(value any) {
	switch value := value.(type) {
	case map[string]any:
		if _, schema := value["properties"].(map[string]any); schema && value["type"] == "object" {
			value["additionalProperties"] = false
		}
		for _, inner := range value {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range value {
			closeObjects(inner)
		}
	}
}

// at gives what stands at a place of the document, references followed, and
// the place where it stands.
func (c *contract) at(keys ...string) (any, string) {
	value, place := c.document, "#"
	for i, key := range keys {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, ""
		}
		value = object[key]
		place += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
		if object, ok := value.(map[string]any); ok {
			if to, ok := object["$ref"].(string); ok {
				return c.at(append(strings.Split(strings.TrimPrefix(to, "#/"), "/"), keys[i+1:]...)...)
			}
		}
	}
	return value, place
}

// validate holds a value against the schema at a place.
func (c *contract) validate(place string, value any) error {
	schema, err := c.compiler.Compile("document.json" + escape(place))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// escape writes a place as a fragment of a URL, where braces are not allowed.
func escape(place string) string {
	return strings.NewReplacer("{", "%7B", "}", "%7D").Replace(place)
}

// response checks an answer of an operation, which is METHOD and path.
func (c *contract) response(pattern string, status int, header http.Header, body string) error {
	method, path, _ := strings.Cut(pattern, " ")
	answer, place := c.at("paths", path, strings.ToLower(method), "responses", strconv.Itoa(status))
	if answer == nil {
		return fmt.Errorf("%s: the document has no answer %d", pattern, status)
	}
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	content, _ := answer.(map[string]any)["content"].(map[string]any)
	if content[kind] == nil {
		return fmt.Errorf("%s: the document has no answer %d of type %q", pattern, status, kind)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return c.validate(place+"/content/"+strings.ReplaceAll(kind, "/", "~1")+"/schema", value)
}

// request checks a question that was taken.
func (c *contract) request(pattern string, query url.Values, body string) error {
	method, path, _ := strings.Cut(pattern, " ")
	_, place := c.at("paths", path, strings.ToLower(method))
	parameters, _ := c.at("paths", path, strings.ToLower(method), "parameters")
	var faults []error
	for name, values := range query {
		declared := false
		for i, parameter := range parameters.([]any) {
			p := parameter.(map[string]any)
			if p["in"] != "query" || p["name"] != name {
				continue
			}
			declared = true
			var value any = values[0]
			if p["schema"].(map[string]any)["type"] == "integer" {
				value = json.Number(values[0])
			}
			faults = append(faults, c.validate(fmt.Sprintf("%s/parameters/%d/schema", place, i), value))
		}
		if !declared {
			faults = append(faults, fmt.Errorf("%s: the document has no parameter %s", pattern, name))
		}
	}
	if body != "" {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			return err
		}
		faults = append(faults, c.validate(place+"/requestBody/content/application~1json/schema", value))
	}
	return errors.Join(faults...)
}

package console

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"daymark/internal/web"
)

const documentAbout = "The API of Daymark for staff. Every call needs a token, as `Authorization: Bearer dmk_…`; " +
	"`daymark token create` makes one. Times are RFC 3339 in UTC with milliseconds. Errors are problems (RFC 9457)."

// document makes the OpenAPI 3.1 document of some operations.
func document(operations []Operation, url, version string) (json.RawMessage, error) {
	s := &schemas{components: object{}}
	paths := object{}
	for i := range operations {
		o := &operations[i]
		path, known := paths[o.Path].(object)
		if !known {
			path = object{}
			paths[o.Path] = path
		}
		path[strings.ToLower(o.Method)] = s.operation(o)
	}
	problem := s.of(reflect.TypeFor[web.Problem]())
	responses := object{}
	for name, text := range problems {
		responses[name] = object{"description": text, "content": object{"application/problem+json": object{"schema": problem}}}
	}
	text, err := json.Marshal(object{
		"openapi": "3.1.0",
		"info":    object{"title": "Daymark", "version": version, "description": documentAbout},
		"servers": []object{{"url": strings.TrimRight(url, "/")}},
		"paths":   paths,
		"components": object{
			"schemas": s.components, "responses": responses,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "A token that `daymark token create` made."}},
		},
		"security": []object{{"token": []string{}}},
	})
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return text, nil
}

// problems are the answers that are no success, by their names in the document.
var problems = map[string]string{
	"400": "The request was not understood; errors says where.",
	"401": "There is no token, or it is not, or no longer, accepted.",
	"403": "The role or the scopes of the token do not allow it.",
	"404": "There is nothing with this id.",
	"409": "The state does not allow it now.",
	"413": "The body is too large.",
	"415": "The body is not JSON.",
	"422": "It can never be right: detail says why.",
	"429": "There were too many wrong tokens from this address. Retry-After says how many seconds to wait.",
	"500": "Something went wrong with Daymark.",
	"503": "It took too long, or the database cannot be read or written. Retry-After says how many seconds to wait.",
}

func (s *schemas) operation(o *Operation) object {
	fields := fieldsOf(o.asked)
	statuses := []string{"400", "401", "403", "429", "500", "503"}
	parameters := []object{}
	for _, place := range []string{"path", "query"} {
		for _, f := range in(fields, place) {
			schema := s.field(&f)
			delete(schema, "description")
			parameters = append(parameters, object{"name": f.name, "in": place, "required": place == "path", "description": f.doc, "schema": schema})
			if place == "path" {
				statuses = append(statuses, "404")
			}
		}
	}
	described := object{
		"operationId": operationID(o),
		"summary":     o.Summary,
		"description": fmt.Sprintf("Needs the right `%s`, which the role %s has, and each above it.", o.Right, o.Right.Least()),
		"tags":        []string{strings.Split(strings.TrimPrefix(o.Path, "/api/v1/"), "/")[0]},
	}
	if o.Writes() {
		statuses = append(statuses, "404", "409", "422")
		parameters = append(parameters, object{
			"name": "Idempotency-Key", "in": "header", "schema": object{"type": "string", "minLength": 1, "maxLength": maxKey, "pattern": `^[!-~]+$`},
			"description": "Your own name of this request, so that it is done once however often it is sent.",
		})
	}
	if o.asks {
		statuses = append(statuses, "404", "409", "422")
	}
	if body := in(fields, "body"); len(body) > 0 {
		statuses = append(statuses, "413", "415")
		described["requestBody"] = object{"content": object{"application/json": object{"schema": s.asked(body)}}}
	}
	responses := object{"200": object{"description": "It is as asked.", "content": object{"application/json": object{"schema": s.of(o.answered)}}}}
	for _, status := range slices.Compact(slices.Sorted(slices.Values(statuses))) {
		responses[status] = object{"$ref": "#/components/responses/" + status}
	}
	described["parameters"], described["responses"] = parameters, responses
	return described
}

// operationID makes get_incidents_id of GET /api/v1/incidents/{id}.
func operationID(o *Operation) string {
	path := strings.NewReplacer("/api/v1", "", "/", "_", "{", "", "}", "", ".", "_").Replace(o.Path)
	return strings.ToLower(o.Method) + path
}

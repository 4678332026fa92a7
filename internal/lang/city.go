package lang

import (
	"strings"
	"time"
)

// City names the city of a zone: "New York"; "" where it has none, as UTC.
func City(zone *time.Location) string {
	area, city, ok := strings.Cut(zone.String(), "/")
	if !ok || area == "Etc" {
		return ""
	}
	return strings.ReplaceAll(city[strings.LastIndexByte(city, '/')+1:], "_", " ")
}

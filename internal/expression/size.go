package expression

import (
	"strconv"
	"strings"
)

// FormatSize writes a number of bytes as people say it: 512 B, 12 kB, 1.5 MB.
// What is left of a unit is told below ten of it.
func FormatSize(bytes int64) string {
	if bytes < 1000 {
		return strconv.FormatInt(bytes, 10) + " B"
	}
	units := []string{"kB", "MB", "GB", "TB"}
	size, unit := float64(bytes)/1000, 0
	for size >= 999.5 && unit+1 < len(units) {
		size, unit = size/1000, unit+1
	}
	places := 0
	if size < 9.95 {
		places = 1
	}
	return strings.TrimSuffix(strconv.FormatFloat(size, 'f', places, 64), ".0") + " " + units[unit]
}

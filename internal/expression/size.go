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
	size := float64(bytes)
	for i, unit := range []string{"kB", "MB", "GB", "TB"} {
		if size /= 1000; size >= 999.5 && i < 3 {
			continue
		}
		if size < 9.95 {
			return strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0") + " " + unit
		}
		return strconv.FormatFloat(size, 'f', 0, 64) + " " + unit
	}
	return "" // not reached: the last unit takes all
}

package store

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"time"
)

// newID gives a sortable id: the time, then chance.
func newID(now time.Time) string {
	var chance [5]byte
	_, _ = rand.Read(chance[:]) // never fails, by its contract
	return strconv.FormatInt(now.UnixMilli(), 36) + hex.EncodeToString(chance[:])
}

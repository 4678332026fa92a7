package statuspage

import "errors"

// ErrNotFound is what a Source answers for an incident that does not exist or
// is not public.
var ErrNotFound = errors.New("not found")

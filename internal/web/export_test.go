package web

import "slices"

// Packed says whether a body is there in an encoding, before anybody asks.
func (b *Body) Packed(encoding string) bool {
	way := slices.Index(tokens[:], encoding)
	return b.packed[way].content != nil
}

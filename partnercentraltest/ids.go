package partnercentraltest

import (
	"fmt"
	"hash/fnv"
	"strconv"
)

// ids makes identifiers that match the model's patterns and depend on the seed,
// the world and the order of the calls alone.
type ids struct {
	seed    uint64
	counts  map[string]uint64
	created uint64
}

func newIDs(seed uint64, world string) *ids {
	h := fnv.New64a()
	h.Write([]byte(world))
	return &ids{seed: mix(seed ^ h.Sum64()), counts: map[string]uint64{}}
}

// next returns the prefix and that many of [0-9a-z].
func (g *ids) next(prefix string, digits int) string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	g.counts[prefix]++
	h := fnv.New64a()
	h.Write([]byte(prefix))
	// Mixed again, so that the next id does not begin inside of this one.
	state := mix(mix(g.seed^h.Sum64()) + g.counts[prefix])
	id := make([]byte, 0, len(prefix)+digits)
	id = append(id, prefix...)
	for range digits {
		state += 0x9e3779b97f4a7c15
		id = append(id, alphabet[mix(state)%36])
	}
	return string(id)
}

// opportunity returns the id of a new opportunity. They count up, so that no
// two are the same.
func (g *ids) opportunity() string {
	g.created++
	return "O" + strconv.FormatUint(10_000_000+g.seed%80_000_000+g.created, 10)
}

// request returns the id of a request.
func (g *ids) request() string {
	g.counts["request"]++
	a := mix(g.seed + g.counts["request"])
	b := mix(a)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// mix spreads the bits of x (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

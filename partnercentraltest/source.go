package partnercentraltest

import (
	"math/bits"
	"slices"
)

// source is a set of places on a shelf, which are in the order of the Starts.
type source interface {
	// next returns the first place from one on, prev the last up to one; -1 where
	// there is none.
	next(from int) int
	prev(from int) int
	size() int
}

// places is a set with a bit for each place.
type places struct {
	words []uint64
	count int
}

func (p *places) add(place int) {
	for place/64 >= len(p.words) {
		p.words = append(p.words, 0)
	}
	if mask := uint64(1) << (place % 64); p.words[place/64]&mask == 0 {
		p.words[place/64] |= mask
		p.count++
	}
}

func (p *places) remove(place int) {
	if place/64 < len(p.words) && p.words[place/64]&(1<<(place%64)) != 0 {
		p.words[place/64] &^= 1 << (place % 64)
		p.count--
	}
}

func (p *places) size() int { return p.count }

func (p *places) next(from int) int {
	from = max(from, 0)
	for i := from / 64; i < len(p.words); i++ {
		word := p.words[i]
		if i == from/64 {
			word &= ^uint64(0) << (from % 64)
		}
		if word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

func (p *places) prev(from int) int {
	from = min(from, len(p.words)*64-1)
	if from < 0 {
		return -1
	}
	for i := from / 64; i >= 0; i-- {
		word := p.words[i]
		if i == from/64 {
			word &= ^uint64(0) >> (63 - from%64)
		}
		if word != 0 {
			return i*64 + 63 - bits.LeadingZeros64(word)
		}
	}
	return -1
}

// everything is all places below a number.
type everything int

func (n everything) size() int { return int(n) }

func (n everything) next(from int) int {
	if from = max(from, 0); from < int(n) {
		return from
	}
	return -1
}

func (n everything) prev(from int) int { return max(min(from, int(n)-1), -1) }

// sorted is a list of tasks in the order of their places.
type sorted []*task

func (s sorted) size() int { return len(s) }

func (s sorted) next(from int) int {
	if i, _ := slices.BinarySearchFunc(s, from, bySeq); i < len(s) {
		return s[i].seq
	}
	return -1
}

func (s sorted) prev(from int) int {
	if i, _ := slices.BinarySearchFunc(s, from+1, bySeq); i > 0 {
		return s[i-1].seq
	}
	return -1
}

func bySeq(t *task, seq int) int { return t.seq - seq }

// union is what is in any of a few sets.
type union []source

func (u union) size() int {
	n := 0
	for _, s := range u {
		n += s.size()
	}
	return n
}

func (u union) next(from int) int {
	first := -1
	for _, s := range u {
		if place := s.next(from); place >= 0 && (first < 0 || place < first) {
			first = place
		}
	}
	return first
}

func (u union) prev(from int) int {
	last := -1
	for _, s := range u {
		last = max(last, s.prev(from))
	}
	return last
}

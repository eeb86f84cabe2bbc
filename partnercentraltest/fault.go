package partnercentraltest

import "fmt"

// Count is which of the matching calls a fault strikes.
type Count struct {
	kind countKind
	n    int
}

type countKind int

const (
	countNth countKind = iota + 1
	countTimes
	countAlways
)

// Nth strikes the n-th matching call, from 1.
func Nth(n int) Count { return Count{countNth, n} }

// Times strikes the next n matching calls.
func Times(n int) Count { return Count{countTimes, n} }

// Always strikes every matching call.
func Always() Count { return Count{kind: countAlways} }

// String writes the count as Go.
func (c Count) String() string {
	switch c.kind {
	case countNth:
		return fmt.Sprintf("Nth(%d)", c.n)
	case countTimes:
		return fmt.Sprintf("Times(%d)", c.n)
	case countAlways:
		return "Always()"
	}
	return "Count{}"
}

// Fault is a declared disturbance.
type Fault struct {
	scope
	count  Count
	effect Effect
	world  *world
	seen   int
	hits   int
}

// Hits is how many calls the fault has struck. Safe for concurrent use.
func (f *Fault) Hits() int {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	return f.hits
}

// due reports whether the fault strikes the matching call that was just
// counted.
func (f *Fault) due() bool {
	switch f.count.kind {
	case countNth:
		return f.seen >= f.count.n && f.hits == 0
	case countTimes:
		return f.hits < f.count.n
	case countAlways:
		return true
	}
	return false
}

// missing is how many strikes are still owed. Always owes one.
func (f *Fault) missing() int {
	if f.count.kind == countTimes {
		return f.count.n - f.hits
	}
	return max(1-f.hits, 0)
}

func (f *Fault) String() string {
	return fmt.Sprintf("Fault(%s, %s, %s)", &f.scope, f.count, f.effect)
}

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/lookup"
)

// objectsPerLookUp is how many objects a List takes.
const objectsPerLookUp = 10

// lookUps simulates a line of Starts that are all ready, each of which is preceded
// by a look for a task to adopt. It returns how many requests that costs, and the
// oldest look-up that a Start relied on.
func lookUps(n int, period time.Duration) (requests int, oldest time.Duration) {
	asked := make([]time.Duration, n)
	ask := func(first int, now time.Duration) {
		requests++
		for i := first; i < min(n, first+objectsPerLookUp); i++ {
			asked[i] = now
		}
	}
	known := 0 // the first that nobody has asked for
	turn := time.Duration(0)
	for i := range n {
		// It leads from the turn of the one before.
		released := turn
		if i >= known || released-asked[i] > lookup.MaxAgeAhead {
			ask(i, released)
			known = max(known, i+objectsPerLookUp)
			released += latency
		}
		if i > 0 {
			turn = max(turn+period, released)
		} else {
			turn = released
		}
		if turn-asked[i] > lookup.MaxAge {
			ask(i, turn)
			known = max(known, i+objectsPerLookUp)
			turn += latency
		}
		oldest = max(oldest, turn-asked[i])
	}
	return requests, oldest
}

// adoption shows what RunnerOptions.Adopt costs.
func adoption(w io.Writer) (missed int) {
	fmt.Fprintln(w, "Adopt: look-ups before Starts, all inputs ready, beside one for each Start.")
	fmt.Fprintf(w, "| %-36s | %8s | %9s | %8s |\n", "", "req/task", "oldest s", "each")
	for _, c := range []struct {
		name   string
		n      int
		period time.Duration
		most   float64
	}{
		{"50 inputs, 1 Start per second", 50, time.Second, 0.2},
		{"1,000 inputs, 1 Start per second", 1000, time.Second, 0.2},
		{"1,000 inputs, 1 Start in 2 seconds", 1000, 2 * time.Second, 0.25},
		{"1,000 inputs, 1 Start in 20 seconds", 1000, 20 * time.Second, 1},
		{"1,000 inputs, 10 Starts per second", 1000, time.Second / 10, 0.2},
	} {
		requests, oldest := lookUps(c.n, c.period)
		perTask := float64(requests) / float64(c.n)
		verdict := "reached"
		if perTask > c.most || oldest > lookup.MaxAge {
			verdict = "MISSED"
			missed++
		}
		fmt.Fprintf(w, "| %-36s | %8.3f | %9.1f | %8.3f | at most %.2f: %s\n", c.name, perTask, oldest.Seconds(), 1.0, c.most, verdict)
	}
	return missed
}

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// policy plays a scenario.
type policy func(scenario, *rand.Rand) result

// line is a line of the table: a scenario, with the waiter and with one waiter a
// task.
type line struct {
	scenario
	shared, single policy
}

// lines are all lines of the table.
func lines() []line {
	return slices.Concat(
		numbers("", simulateShared, simulateSingle, 1, 10, 100, 1000, 10_000),
		singles(),
		// Tasks of all four kinds in equal parts, in one wait.
		numbers("mixed ", simulateMixed, simulateMixedSingle, 4, 100, 1000),
		prospecting(),
		clocks(),
		forms(),
	)
}

var usual = lognormal(20*time.Second, 120*time.Second)

// numbers are lines of so many tasks, that start one a second or all at once.
func numbers(name string, shared, single policy, numbers ...int) (all []line) {
	for _, every := range []time.Duration{time.Second, 0} {
		how := "steady"
		if every == 0 {
			how = "backlog"
		}
		for _, n := range numbers {
			s := scenario{name: fmt.Sprint(name, how, " ", n), n: n, every: every, duration: usual}
			if n == 1 && every > 0 {
				s.times = 40_000 // its goals are narrow
			}
			all = append(all, line{s, shared, single})
		}
	}
	return all
}

// medians are those of tasks that are waited for one at a time. In the 99th
// percentile they take six times as long.
var medians = []time.Duration{7 * time.Second, 20 * time.Second, time.Minute, 5 * time.Minute}

// singles are lines of one task at a time, by a waiter that has learned nothing
// and by one that begins with what another has learned.
func singles() (all []line) {
	for _, median := range medians {
		d := lognormal(median, 6*median)
		s := scenario{name: "one of " + median.String(), n: 1, times: 20_000, duration: d}
		if median > time.Minute {
			s.times = 8000
		}
		all = append(all, line{s, simulateShared, simulateSingle})
		s.name += ", warm"
		all = append(all, line{s, simulateWarm(d), simulateSingle})
	}
	return all
}

func prospecting() (all []line) {
	for _, n := range []int{1, 10, 100} {
		s := scenario{name: fmt.Sprint("prospecting ", n), n: n, duration: usual}
		all = append(all, line{s, simulateProspecting, simulateProspectingSingle})
	}
	s := scenario{name: "prospecting at once", n: 1000, duration: fixed(20 * time.Second)}
	return append(all, line{s, simulateProspecting, simulateProspectingSingle})
}

// clocks are lines of tasks whose start is told by a clock that is not ours.
func clocks() (all []line) {
	for _, ahead := range []time.Duration{20 * time.Second, 4 * time.Minute, time.Hour, -20 * time.Second, -4 * time.Minute, -time.Hour} {
		name := "clock " + ahead.Abs().String() + " behind"
		if ahead < 0 {
			name = "clock " + ahead.Abs().String() + " ahead"
		}
		s := scenario{name: name, n: 1, duration: usual, ahead: ahead}
		all = append(all, line{s, simulateShared, simulateSingle})
	}
	return all
}

// forms are lines of tasks that a form of asking does not show.
func forms() (all []line) {
	for _, f := range []struct {
		name string
		kind poll.StepKind
	}{{"pages", poll.Page}, {"ids", poll.IDs}} {
		for _, n := range []int{5, 11, 1000} {
			s := scenario{name: fmt.Sprint(f.name, " fail, ", n), n: n, duration: usual, fails: f.kind}
			all = append(all, line{s, simulateShared, simulateSingle})
		}
	}
	return all
}

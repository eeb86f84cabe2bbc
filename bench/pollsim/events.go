package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/pace"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// announcement is what EventBridge says of an account to a waiter that expects events.
type announcement struct {
	at   time.Duration
	task int
	// named says that the awaited task is known by what the event names. The
	// others are about any task of which that is not known yet.
	named bool
}

// A task causes five events within two seconds before its end, none of which
// says that it has ended.
const (
	eventsPerTask = 5
	eventsSpread  = 2 * time.Second
	eventsDoubled = 0.1
	eventsLost    = 0.1
)

// eventsOf returns the events of all tasks in the order of their arrival: some
// late, some twice, some never, and so in no order. named says which of a task's
// events name it.
func eventsOf(tasks []simTask, named func(int) bool, r *rand.Rand) []announcement {
	delivery := lognormal(400*time.Millisecond, 5*time.Second)
	var events []announcement
	for i, t := range tasks {
		for n := range eventsPerTask {
			at := t.end - time.Duration(r.Float64()*float64(eventsSpread))
			if n == eventsPerTask-1 {
				at = t.end
			}
			for copies := 1 + chance(r, eventsDoubled); copies > 0; copies-- {
				if chance(r, eventsLost) == 0 {
					events = append(events, announcement{max(t.start, at) + delivery(r), i, named(n)})
				}
			}
		}
	}
	slices.SortFunc(events, func(a, b announcement) int { return int(a.at - b.at) })
	return events
}

func chance(r *rand.Rand, p float64) int {
	if r.Float64() < p {
		return 1
	}
	return 0
}

// nudge takes the events that have arrived.
func (p *sharedPoller) nudge() {
	for len(p.events) > 0 && p.events[0].at <= p.now {
		ev := p.events[0]
		p.events = p.events[1:]
		for i := range p.refs {
			if i == ev.task || !ev.named {
				p.nudged[i] = max(p.nudged[i], ev.at)
			}
		}
		if _, awaited := p.refs[ev.task]; awaited || !ev.named && len(p.refs) > 0 {
			p.nudges.Add(p.at(max(p.now, ev.at)))
		}
	}
	if !p.nudges.Take(p.at(p.now)) {
		return
	}
	for i, at := range p.nudged {
		if ref, awaited := p.refs[i]; awaited && at > p.asked[i] {
			p.lane.Set(ref, poll.Force)
			p.nudges.Made(p.at(p.now))
			p.next = p.now
		}
	}
	clear(p.nudged)
}

// nextEvent is when there is something to do about events.
func (p *sharedPoller) nextEvent() (time.Duration, bool) {
	if due := p.nudges.Due(); !due.IsZero() {
		return due.Sub(p.epoch), true
	}
	if len(p.events) > 0 {
		return p.events[0].at, true
	}
	return 0, false
}

// simulateEvents is simulateShared for a waiter that expects events.
func simulateEvents(named func(int) bool) func(scenario, *rand.Rand) result {
	return func(s scenario, r *rand.Rand) result {
		set := poll.Defaults()
		set.Patient = true
		p := newSharedPoller(s, r, set, pace.NewBudget(poll.DefaultPerSecond, poll.DefaultPerDay))
		p.events = eventsOf(p.account.tasks, named, r)
		p.nudges.Patient = true
		p.nudged, p.asked = map[int]time.Duration{}, map[int]time.Duration{}
		for p.done < s.n {
			p.step()
		}
		return p.result()
	}
}

// withEvents prints what events save, and returns the number of missed targets.
func withEvents(w io.Writer) (missed int) {
	fmt.Fprintln(w, "With events, five a task from two seconds before its end, delivered 0.4 s later in the median and 5 s in the 99th percentile,")
	fmt.Fprintln(w, "a tenth twice and a tenth never. Left: a TaskWaiter that expects events. Right: one that has none.")
	fmt.Fprintln(w, "An acceptance is not known by the opportunity that its events name.")
	fmt.Fprintln(w)
	fmt.Fprintln(w, "|                        | req/task | median |   mean |    p99 | req/task | median |   mean |    p99 |")
	fmt.Fprintln(w, "|------------------------|---------:|-------:|-------:|-------:|---------:|-------:|-------:|-------:|")
	var list []target
	for _, kind := range []struct {
		name  string
		named func(int) bool
	}{
		{"submission", func(int) bool { return true }},
		// Invitation Accepted and Member Added name it, the three others the new
		// opportunity.
		{"acceptance", func(n int) bool { return n < 2 }},
	} {
		for _, n := range []int{1, 100, 1000} {
			s := scenario{name: fmt.Sprint(kind.name, " ", n), n: n, every: time.Second, duration: lognormal(20*time.Second, 120*time.Second)}
			a, b := run(s, simulateEvents(kind.named)), run(s, simulateShared)
			fmt.Fprintf(w, "| %-22s | %8.3f | %6.2f | %6.2f | %6.2f | %8.3f | %6.2f | %6.2f | %6.2f |\n", s.name,
				a.perTask(), a.lag(.5), a.mean(), a.lag(.99), b.perTask(), b.lag(.5), b.mean(), b.lag(.99))
			most, lag := 1.0, 1.2
			if n == 1 {
				most, lag = 2, b.lag(.5)
			}
			list = append(list,
				target{s.name + " with events: requests a task", a.perTask(), most},
				target{s.name + " with events: median lag", a.lag(.5), lag},
				target{s.name + " with events: throttled", float64(a.throttled), 0})
		}
	}
	fmt.Fprintln(w)
	return verdicts(w, list)
}

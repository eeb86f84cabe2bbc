package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// target is one number that is to be reached.
type target struct {
	name      string
	got, most float64
}

func targets(w io.Writer, results map[string][2]result) (missed int) {
	var list []target
	for name, most := range map[string]float64{"steady 1000": 0.6, "backlog 1000": 0.12, "backlog 10000": 0.08} {
		r := results[name][0]
		list = append(list,
			target{name + ": requests a task", r.perTask(), most},
			target{name + ": median lag", r.lag(.5), 1.2},
			target{name + ": 99th percentile of the lag", r.lag(.99), 4})
	}
	single, alone := results["steady 1"][1], results["steady 1"][0]
	list = append(list,
		target{"one task: requests", alone.perTask(), single.perTask()},
		target{"one task: median lag, at most half of the other's", alone.lag(.5), single.lag(.5) / 2},
		target{"one task: mean lag, at most half of the other's", alone.mean(), single.mean() / 2})
	// Nowhere worse than one waiter a task, within 3%.
	same := []string{"mixed steady 4", "mixed backlog 4", "prospecting 1"}
	for _, median := range medians {
		same = append(same, "one of "+median.String())
	}
	for _, name := range same {
		r := results[name]
		list = append(list,
			target{name + ": requests a task, as the other", r[0].perTask(), r[1].perTask() * 1.03},
			target{name + ": median lag, as the other", r[0].lag(.5), r[1].lag(.5) * 1.03})
	}
	// What is known of durations is near what can be known.
	for _, median := range medians {
		r := results["one of "+median.String()+", warm"]
		list = append(list, target{"one of " + median.String() + ", warm: requests a task, as the other", r[0].perTask(), r[1].perTask() * 1.03})
	}
	warm := results["one of 20s, warm"][0]
	list = append(list,
		target{"one of 20s, warm: requests a task", warm.perTask(), 4.78 * 1.03},
		target{"one of 20s, warm: mean lag", warm.mean(), 2.91 * 1.03},
		target{"one of 20s, warm: 99th percentile of the lag", warm.lag(.99), 6.5 * 1.03},
		target{"one of 20s, warm: mean lag, as the optimum", warm.mean(), optimum(20*time.Second, 120*time.Second, warm.perTask()).Seconds() * 1.06})
	// A clock that is wrong and a form of asking that fails cost no more than
	// MaxDelay, with its jitter, and a call.
	bound := (poll.Defaults().MaxDelay + poll.Defaults().MaxDelay/10 + 2*latency).Seconds()
	for _, l := range append(clocks(), forms()...) {
		r := results[l.name]
		list = append(list,
			target{l.name + ": largest lag", r[0].lag(1), bound},
			target{l.name + ": requests a task, as the other", r[0].perTask(), r[1].perTask() * 1.03})
	}
	list = append(list, target{"1,000 prospecting tasks end at once: all seen", results["prospecting at once"][0].lag(1), 25})
	for name, r := range results {
		if r[0].throttled > 0 {
			list = append(list, target{name + ": throttled", float64(r[0].throttled), 0})
		}
	}
	slices.SortFunc(list, func(a, b target) int { return strings.Compare(a.name, b.name) })
	return verdicts(w, list)
}

// verdicts prints which targets were reached, and returns how many were missed.
func verdicts(w io.Writer, list []target) (missed int) {
	for _, t := range list {
		verdict := "reached"
		if t.got > t.most {
			verdict = "MISSED"
			missed++
		}
		fmt.Fprintf(w, "%-52s %8.3f of %6.3f  %s\n", t.name, t.got, t.most, verdict)
	}
	return missed
}

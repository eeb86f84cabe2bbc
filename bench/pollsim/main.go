// Command pollsim simulates how tasks are waited for: with the planner,
// schedule and budget of partnercentral's TaskWaiter, and with one waiter a
// task as the clients that AWS generates have them. It prints requests per
// finished task and the lag from a task's end to its detection, and fails if a
// target is missed. Nothing is sent anywhere, and no time passes.
package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	if missed := report(os.Stdout); missed > 0 {
		os.Exit(1)
	}
}

// report prints everything and returns the number of missed targets.
func report(w io.Writer) (missed int) {
	fmt.Fprintf(w, "Tasks run 20 s in the median and 120 s in the 99th percentile (lognormal); a call takes %s; quota 10/s, 100,000 a day.\n", latency)
	fmt.Fprintln(w, "Left: TaskWaiter. Right: one waiter a task, with smithy's backoff of 2 to 30 s and the standard retryer.")
	fmt.Fprintln(w, "steady: one Start a second. backlog: all at once. Lag in seconds, median and 99th percentile.")
	fmt.Fprintln(w)
	results := map[string][2]result{}
	fmt.Fprintln(w, "|                    | req/task | median |    p99 | throttled | req/task |  median |     p99 | throttled |")
	fmt.Fprintln(w, "|--------------------|---------:|-------:|-------:|----------:|---------:|--------:|--------:|----------:|")
	d := lognormal(20*time.Second, 120*time.Second)
	for _, every := range []time.Duration{time.Second, 0} {
		name := "steady"
		if every == 0 {
			name = "backlog"
		}
		for _, n := range []int{1, 10, 100, 1000, 10_000} {
			s := scenario{name: fmt.Sprint(name, " ", n), n: n, every: every, duration: d}
			results[s.name] = row(w, s, simulateShared, simulateSingle)
		}
	}
	// Tasks of all four kinds in equal parts, in one wait.
	for _, every := range []time.Duration{time.Second, 0} {
		name := "mixed steady"
		if every == 0 {
			name = "mixed backlog"
		}
		for _, n := range []int{4, 100, 1000} {
			s := scenario{name: fmt.Sprint(name, " ", n), n: n, every: every, duration: d}
			results[s.name] = row(w, s, simulateMixed, simulateMixedSingle)
		}
	}
	fmt.Fprintln(w)
	missed = targets(w, results)
	fmt.Fprintln(w)
	missed += withEvents(w)
	fmt.Fprintln(w)
	return missed + sensitivity(w)
}

// row prints a row of the table: the waiter, and one waiter a task.
func row(w io.Writer, s scenario, shared, single func(scenario, *rand.Rand) result) [2]result {
	a, b := run(s, shared), run(s, single)
	fmt.Fprintf(w, "| %-18s | %8.3f | %6.2f | %6.2f | %9d | %8.3f | %7.2f | %7.2f | %9d |\n", s.name,
		a.perTask(), a.lag(.5), a.lag(.99), a.throttled, b.perTask(), b.lag(.5), b.lag(.99), b.throttled)
	return [2]result{a, b}
}

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

// sensitivity shows that other durations than those of the model meet no
// cliff: no throttling, nor more requests than one waiter a task would make.
func sensitivity(w io.Writer) (missed int) {
	fixed := func(d time.Duration) func(*rand.Rand) time.Duration {
		return func(*rand.Rand) time.Duration { return d }
	}
	fmt.Fprintln(w, "Other durations, 1,000 tasks, for an hour at most: requests a second and a task, lag in seconds.")
	fmt.Fprintf(w, "| %-36s | %9s | %8s | %8s | %7s | %7s | %9s |\n", "", "finished", "a second", "a task", "median", "p99", "throttled")
	for _, c := range []struct {
		name     string
		duration func(*rand.Rand) time.Duration
	}{
		{"median 5 s", lognormal(5*time.Second, 30*time.Second)},
		{"median 5 min", lognormal(5*time.Minute, 30*time.Minute)},
		{"fixed 20 s", fixed(20 * time.Second)},
		{"5 s, and every tenth 10 min", func(r *rand.Rand) time.Duration {
			if r.IntN(10) == 0 {
				return 10 * time.Minute
			}
			return 5 * time.Second
		}},
		{"all stuck", fixed(1000 * time.Hour)},
	} {
		for _, every := range []time.Duration{time.Second, 0} {
			name := c.name + ", steady"
			if every == 0 {
				name = c.name + ", backlog"
			}
			r := run(scenario{name: name, n: 1000, every: every, duration: c.duration, horizon: time.Hour}, simulateShared)
			fmt.Fprintf(w, "| %-36s | %9d | %8.3f | %8.3f | %7.2f | %7.2f | %9d |\n",
				name, r.finished, float64(r.requests)/r.took.Seconds(), r.perTask(), r.lag(.5), r.lag(.99), r.throttled)
			if r.throttled > 0 {
				missed++
			}
		}
	}
	return missed
}

// run repeats small scenarios so that their numbers mean something.
func run(s scenario, policy func(scenario, *rand.Rand) result) result {
	var sum result
	times := 4000 / s.n
	if s.n == 1 {
		// The baseline draws its jitter from crypto/rand, so that only numbers
		// tell it from chance.
		times = 40_000
	}
	for i := range max(1, times) {
		r := policy(s, rand.New(rand.NewPCG(uint64(i), 1)))
		sum.requests += r.requests
		sum.throttled += r.throttled
		sum.finished += r.finished
		sum.took += r.took
		sum.lags = append(sum.lags, r.lags...)
	}
	slices.Sort(sum.lags)
	return sum
}

func (r result) perTask() float64 { return float64(r.requests) / float64(max(1, r.finished)) }

func (r result) lag(quantile float64) float64 {
	if len(r.lags) == 0 {
		return 0
	}
	return r.lags[int(quantile*float64(len(r.lags)-1))].Seconds()
}

func (r result) mean() float64 {
	sum := 0.0
	for _, l := range r.lags {
		sum += l.Seconds()
	}
	return sum / float64(max(1, len(r.lags)))
}

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
	fmt.Fprintln(w, "|                        | req/task | median |    p99 | throttled | req/task |  median |     p99 | throttled |")
	fmt.Fprintln(w, "|------------------------|---------:|-------:|-------:|----------:|---------:|--------:|--------:|----------:|")
	for _, l := range lines() {
		a, b := run(l.scenario, l.shared), run(l.scenario, l.single)
		fmt.Fprintf(w, "| %-22s | %8.3f | %6.2f | %6.2f | %9d | %8.3f | %7.2f | %7.2f | %9d |\n", l.name,
			a.perTask(), a.lag(.5), a.lag(.99), a.throttled, b.perTask(), b.lag(.5), b.lag(.99), b.throttled)
		results[l.name] = [2]result{a, b}
	}
	fmt.Fprintln(w)
	missed = targets(w, results)
	fmt.Fprintln(w)
	missed += withEvents(w)
	fmt.Fprintln(w)
	missed += adoption(w)
	fmt.Fprintln(w)
	return missed + sensitivity(w)
}

// sensitivity shows that other durations than those of the model meet no
// cliff: no throttling, nor more requests than one waiter a task would make.
func sensitivity(w io.Writer) (missed int) {
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
func run(s scenario, play policy) result {
	var sum result
	times := max(1, 4000/s.n)
	if s.times > 0 {
		times = s.times
	}
	for i := range times {
		r := play(s, rand.New(rand.NewPCG(uint64(i), 1)))
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

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	d := lognormal(20*time.Second, 120*time.Second)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scenario\tN\treq/task\tmedian\tp99\tthrottled\t|\treq/task\tmedian\tp99\tthrottled\t")
	for _, every := range []time.Duration{time.Second, 0} {
		name := "steady"
		if every == 0 {
			name = "backlog"
		}
		for _, n := range []int{1, 10, 100, 1000, 10000} {
			s := scenario{name: name, n: n, every: every, duration: d}
			ours, theirs := run(s, simulateShared), run(s, simulateSingle)
			fmt.Fprintf(w, "%s\t%d\t%s\t|\t%s\t\n", name, n, ours, theirs)
			w.Flush()
		}
	}
	// Tasks of all four kinds in equal parts, in one wait.
	for _, every := range []time.Duration{time.Second, 0} {
		name := "mixed, steady"
		if every == 0 {
			name = "mixed, backlog"
		}
		for _, n := range []int{4, 100, 1000} {
			s := scenario{name: name, n: n, every: every, duration: d}
			fmt.Fprintf(w, "%s\t%d\t%s\t|\t%s\t\n", name, n, run(s, simulateMixed), run(s, simulateMixedSingle))
			w.Flush()
		}
	}
}

func run(s scenario, policy func(scenario, *rand.Rand) result) result {
	times := max(4, 2000/s.n)
	var sum result
	for i := range times {
		r := policy(s, rand.New(rand.NewPCG(uint64(i), 1)))
		sum.requests += r.requests
		sum.throttled += r.throttled
		sum.finished += r.finished
		sum.lags = append(sum.lags, r.lags...)
	}
	return sum
}

func (r result) String() string {
	slices.Sort(r.lags)
	q := func(p float64) string {
		if len(r.lags) == 0 {
			return "-"
		}
		return fmt.Sprintf("%.2f", r.lags[int(p*float64(len(r.lags)-1))].Seconds())
	}
	return fmt.Sprintf("%.3f\t%s\t%s\t%d", float64(r.requests)/float64(max(1, r.finished)), q(.5), q(.99), r.throttled)
}

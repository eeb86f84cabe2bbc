package main

import (
	"math"
	"time"
)

// optimum returns the least mean lag that any times of polls have for a single
// task, when the distribution of its duration is known, at so many requests a
// task on average or fewer.
func optimum(median, p99 time.Duration, requests float64) time.Duration {
	k := newKnown(median, p99)
	lag := math.Inf(1)
	// The price of a request at which the best polls are as many as allowed.
	low, high := 1e-3, 1e3
	for range 30 {
		price := math.Sqrt(low * high)
		if n, mean := k.best(price); n > requests {
			low = price
		} else {
			high, lag = price, min(lag, mean)
		}
	}
	return time.Duration(lag * float64(time.Second))
}

// The grid of times in the search for an optimum: tenths of a second.
const (
	grid     = 0.1
	shortest = 15  // between polls
	longest  = 300 // between polls
)

// known is a lognormal distribution on the grid.
type known struct {
	survival []float64 // of each time
	partial  []float64 // integral of time over the density up to each time
}

func newKnown(median, p99 time.Duration) *known {
	sigma := math.Log(p99.Seconds()/median.Seconds()) / 2.3263478740408408
	k := &known{survival: []float64{1}, partial: []float64{0}}
	for i := 1; k.survival[i-1] > 1e-5; i++ {
		at := float64(i) * grid
		s := math.Erfc(math.Log(at/median.Seconds())/sigma/math.Sqrt2) / 2
		k.partial = append(k.partial, k.partial[i-1]+(at-grid/2)*(k.survival[i-1]-s))
		k.survival = append(k.survival, s)
	}
	return k
}

// best returns the requests a task and the mean lag of the polls that cost
// least, when a request has a price in seconds of lag.
func (k *known) best(price float64) (requests, lag float64) {
	n := len(k.survival)
	cost := make([]float64, n+longest)
	next := make([]int, n)
	for a := n - 1; a >= 0; a-- {
		cost[a] = math.Inf(1)
		for b := a + shortest; b < a+longest; b++ {
			if c := price*k.survival[a] + k.lag(a, b) + cost[b]; c < cost[a] {
				cost[a], next[a] = c, b
			}
		}
	}
	for a := 0; a < n; a = next[a] {
		requests += k.survival[a]
		lag += k.lag(a, next[a])
	}
	return requests, lag
}

// lag is what ends between two polls add to the mean lag.
func (k *known) lag(a, b int) float64 {
	end := min(b, len(k.survival)-1)
	seen := float64(b)*grid + latency.Seconds()/2
	return seen*(k.survival[a]-k.survival[end]) - (k.partial[end] - k.partial[a])
}

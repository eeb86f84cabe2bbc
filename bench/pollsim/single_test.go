package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/smithy-go/waiter"
)

// The backoff of the table is that of smithy.
func TestBackoff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for attempt := range int64(8) {
		const n = 20_000
		var ours, theirs time.Duration
		for range n {
			d, err := waiter.ComputeDelay(attempt+1, minDelay, maxDelay, 24*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			theirs += d
			ours += backoff(attempt+1, r)
		}
		if diff := (ours - theirs).Abs() / n; diff > 300*time.Millisecond {
			t.Errorf("attempt %d: %s on average, and smithy's is %s", attempt+1, ours/n, theirs/n)
		}
	}
}

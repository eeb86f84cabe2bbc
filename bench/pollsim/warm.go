package main

import (
	"math/rand/v2"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// teachers is how many tasks a warm waiter has seen to end, one at a time.
const teachers = 1000

// learned returns what a waiter learns from tasks that it waits for one after the
// other.
func learned(duration func(*rand.Rand) time.Duration) poll.Record {
	r := rand.New(rand.NewPCG(1, 2))
	all := poll.NewDurations()
	for range teachers {
		simulateWith(all)(scenario{n: 1, duration: duration}, r)
	}
	return all.Record()
}

// simulateWarm is simulateShared for a waiter that begins with what another has
// learned from such tasks.
func simulateWarm(duration func(*rand.Rand) time.Duration) policy {
	from := learned(duration)
	return func(s scenario, r *rand.Rand) result { return simulateWith(poll.Restore(from))(s, r) }
}

package partnercentral

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
)

// quotaBucket lets the calls of one group through, one at a time and in the
// order in which they came. The call at the head of the queue sleeps until its
// time, so a change of pace reaches all who wait, and whoever gives up leaves
// no gap behind.
type quotaBucket struct {
	group string

	mu    sync.Mutex
	pace  quotaPace
	day   quotaBudget
	queue list.List // of chan struct{}, see acquire

	attempts, throttled int64
	waited              time.Duration
}

func newQuotaBucket(group string, limit float64, perDay int, random func() float64) *quotaBucket {
	return &quotaBucket{
		group: group,
		pace:  newQuotaPace(limit, random),
		day:   quotaBudget{limit: perDay},
	}
}

// acquire waits for a turn. It returns the time it took also with an error.
func (b *quotaBucket) acquire(ctx context.Context) (turn quotaTurn, waited time.Duration, err error) {
	if ctx.Err() != nil {
		return turn, 0, b.canceled(ctx)
	}
	start := time.Now()
	// Woken when it comes to the head of the queue, and there when the time of
	// the next turn changes.
	wake := make(chan struct{}, 1)
	b.mu.Lock()
	place := b.queue.PushBack(wake)
	for {
		turn, delay, err := b.try(place, time.Now())
		if delay == 0 || err != nil {
			waited = time.Since(start)
			b.leave(place, waited)
			b.mu.Unlock()
			return turn, waited, err
		}
		b.mu.Unlock()
		ended := sleepOrWake(ctx, delay, wake)
		b.mu.Lock()
		if ended {
			waited = time.Since(start)
			b.leave(place, waited)
			b.mu.Unlock()
			return turn, waited, b.canceled(ctx)
		}
	}
}

// try takes the turn if it has come. Otherwise it returns how long to sleep;
// less than zero means until woken.
func (b *quotaBucket) try(place *list.Element, now time.Time) (turn quotaTurn, delay time.Duration, err error) {
	if retryAt, ok := b.day.check(now); !ok {
		return turn, 0, &QuotaExhaustedError{Group: b.group, Limit: b.day.limit, Window: quotaDay, RetryAt: retryAt}
	}
	if b.queue.Front() != place {
		return turn, -1, nil
	}
	if delay := b.pace.next.Sub(now); delay > 0 {
		return turn, delay, nil
	}
	b.attempts++
	b.day.take(now)
	return b.pace.depart(now), 0, nil
}

// leave takes a call out of the queue and lets the one behind it have a try.
func (b *quotaBucket) leave(place *list.Element, waited time.Duration) {
	b.waited += waited
	wasFront := b.queue.Front() == place
	b.queue.Remove(place)
	if wasFront {
		b.wakeFront()
	}
}

func (b *quotaBucket) wakeFront() {
	if front := b.queue.Front(); front != nil {
		select {
		case front.Value.(chan struct{}) <- struct{}{}:
		default:
		}
	}
}

// report tells how an attempt ended.
func (b *quotaBucket) report(turn quotaTurn, err error) {
	if !fault.Answered(err) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if fault.Of(err) != fault.Throttled {
		b.pace.accepted(turn)
		return
	}
	b.throttled++
	b.pace.throttled(time.Now())
	// The next turn may have moved to an earlier time.
	b.wakeFront()
}

func (b *quotaBucket) stats() QuotaGroupStats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return QuotaGroupStats{
		Limit:     b.pace.limit,
		Rate:      b.pace.limit * b.pace.share,
		Attempts:  b.attempts,
		Throttled: b.throttled,
		Waiting:   b.queue.Len(),
		Waited:    b.waited,
		Day:       b.day.used(time.Now()),
		DayLimit:  b.day.limit,
	}
}

func (b *quotaBucket) canceled(ctx context.Context) error {
	return &smithy.CanceledError{Err: fmt.Errorf("waiting for the quota of %s: %w", b.group, ctx.Err())}
}

// sleepOrWake returns true if the context has ended. A delay below zero has no
// end.
func sleepOrWake(ctx context.Context, delay time.Duration, wake <-chan struct{}) bool {
	var elapsed <-chan time.Time
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-ctx.Done():
		return true
	case <-elapsed:
	case <-wake:
	}
	return false
}

// quotaBudget counts attempts in a rolling window: an attempt is free if the
// one that came limit attempts before it has left the window.
type quotaBudget struct {
	limit int
	times []int64 // nanoseconds; a ring once it has limit entries
	first int     // the oldest entry
}

// check reports whether an attempt is free now, and otherwise when one is.
func (b *quotaBudget) check(now time.Time) (retryAt time.Time, ok bool) {
	if b.limit == 0 || len(b.times) < b.limit {
		return time.Time{}, true
	}
	retryAt = time.Unix(0, b.times[b.first]).Add(quotaDay)
	return retryAt, !now.Before(retryAt)
}

func (b *quotaBudget) take(now time.Time) {
	switch {
	case b.limit == 0:
	case len(b.times) < b.limit:
		b.times = append(b.times, now.UnixNano())
	default:
		b.times[b.first] = now.UnixNano()
		b.first = (b.first + 1) % b.limit
	}
}

// used counts the attempts in the window.
func (b *quotaBudget) used(now time.Time) int {
	start := now.Add(-quotaDay).UnixNano()
	lo, hi := 0, len(b.times)
	for lo < hi {
		mid := (lo + hi) / 2
		if b.times[(b.first+mid)%len(b.times)] > start {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return len(b.times) - lo
}

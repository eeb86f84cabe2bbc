// Package pace spaces calls out: [Bucket] evenly, adapting to throttling, for
// everybody who calls for an account, and [Budget] as bursts inside a share of
// a quota, for one who polls. Calls wait in one queue, first come, first
// served.
//
// Rates are calls per second and may be fractions; a negative one is no limit.
// Memory does not depend on the rate.
package pace

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// queue lets calls through one at a time and in the order in which they came.
// The call at its head sleeps until its time, so a change of pace reaches all
// who wait, and whoever gives up leaves no gap behind. The zero value is ready.
type queue struct {
	mu      sync.Mutex
	waiting list.List // of chan struct{}, see wait
}

// wait returns nil when try has let the call through, or the error of try or
// ctx. try says under the lock how long to sleep before it is asked again; only
// the call at the head is allowed through, but all may be refused.
func (q *queue) wait(ctx context.Context, try func(head bool, now time.Time) (time.Duration, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Woken when it comes to the head of the queue, and there when the time of
	// the next turn changes.
	wake := make(chan struct{}, 1)
	q.mu.Lock()
	defer q.mu.Unlock()
	place := q.waiting.PushBack(wake)
	defer q.leave(place)
	for {
		head := q.waiting.Front() == place
		delay, err := try(head, time.Now())
		if err != nil || head && delay <= 0 {
			return err
		}
		if !head {
			delay = 0
		}
		q.mu.Unlock()
		err = sleep(ctx, delay, wake)
		q.mu.Lock()
		if err != nil {
			return err
		}
	}
}

// leave takes a call out of the queue and lets the one behind it have a try.
func (q *queue) leave(place *list.Element) {
	head := q.waiting.Front() == place
	q.waiting.Remove(place)
	if head {
		q.wakeHead()
	}
}

func (q *queue) wakeHead() {
	if head := q.waiting.Front(); head != nil {
		select {
		case head.Value.(chan struct{}) <- struct{}{}:
		default:
		}
	}
}

// sleep returns the context's error when it has ended first. A delay of 0 has no
// end but wake.
func sleep(ctx context.Context, delay time.Duration, wake <-chan struct{}) error {
	var elapsed <-chan time.Time
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-elapsed:
	case <-wake:
	}
	return nil
}

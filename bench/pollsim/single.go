package main

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// simulateSingle simulates one waiter a task, as the clients that AWS generates
// have them: smithy's backoff between 2 and 30 seconds, each call with the
// standard retryer's three attempts when it is throttled.
func simulateSingle(s scenario, r *rand.Rand) result {
	a := s.account(r)
	var res result
	var q events
	for i := range a.tasks {
		q = append(q, event{at: a.tasks[i].start + latency, task: i})
	}
	heap.Init(&q)
	// The retry quota that all calls of a client share: 500 tokens, a retry
	// costs 5, a success gives back what its retry cost, or 1.
	tokens := 500
	for q.Len() > 0 {
		e := heap.Pop(&q).(event)
		if s.horizon > 0 && e.at >= s.horizon {
			break
		}
		answered := a.admit(e.at + latency/2)
		if answered {
			tokens = min(500, tokens+max(1, 5*min(1, e.retry)))
		}
		if !answered && e.retry < 2 && tokens >= 5 {
			tokens -= 5
			e.retry++
			e.at += latency + min(20*time.Second, time.Duration(r.Float64()*float64(time.Second)*float64(int(1)<<e.retry)))
			heap.Push(&q, e)
			continue
		}
		if task := a.tasks[e.task]; answered && task.end <= e.at+latency/2 {
			res.finished++
			res.lags = append(res.lags, e.at+latency-task.end)
			continue
		}
		e.retry = 0
		e.attempt++
		e.at += latency + backoff(e.attempt, r)
		heap.Push(&q, e)
	}
	res.requests, res.throttled = a.requests, a.throttled
	return res
}

// The bounds of smithy's backoff.
const minDelay, maxDelay = 2 * time.Second, 30 * time.Second

// backoff is what waiter.ComputeDelay of smithy returns after an attempt, from 1.
// That draws from crypto/rand, and this from r, so that the table is the same
// every time.
func backoff(attempt int64, r *rand.Rand) time.Duration {
	most := maxDelay
	if attempt < 5 {
		most = min(maxDelay, minDelay<<(attempt-1))
	}
	if most == minDelay {
		return minDelay
	}
	return minDelay + time.Duration(r.Int64N(int64(most-minDelay)))
}

type event struct {
	at      time.Duration
	task    int
	attempt int64
	retry   int
}

type events []event

func (q events) Len() int           { return len(q) }
func (q events) Less(i, j int) bool { return q[i].at < q[j].at }
func (q events) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *events) Push(x any)        { *q = append(*q, x.(event)) }
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

package main

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/aws/smithy-go/waiter"
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
	const minDelay, maxDelay = 2 * time.Second, 30 * time.Second
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
			backoff := min(20*time.Second, time.Duration(r.Float64()*float64(time.Second)*float64(int(1)<<e.retry)))
			e.at += latency + backoff
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
		delay, err := waiter.ComputeDelay(e.attempt, minDelay, maxDelay, 24*time.Hour)
		if err != nil {
			panic(err)
		}
		e.at += latency + delay
		heap.Push(&q, e)
	}
	res.requests, res.throttled = a.requests, a.throttled
	return res
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

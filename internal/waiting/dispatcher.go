package waiting

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// maxPolls is how many polls a queue holds; the oldest are dropped.
const maxPolls = 256

// queue calls the callbacks of one registration, in order and one at a time. It
// has a goroutine while it is not empty.
type queue struct {
	callers  *callers
	panicked func(string)

	mu      sync.Mutex
	running bool   // the goroutine exists
	current *event // being called
	events  []*event
	polls   int // polls among events
}

// event is one call to make.
type event struct {
	call  func()
	poll  bool
	begun atomic.Bool
	done  chan struct{} // closed when the call has returned
}

// push queues a call. It never blocks.
func (q *queue) push(poll bool, call func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if poll {
		if q.polls == maxPolls {
			oldest := slices.IndexFunc(q.events, func(ev *event) bool { return ev.poll })
			close(q.events[oldest].done)
			q.events = slices.Delete(q.events, oldest, oldest+1)
			q.polls--
		}
		q.polls++
	}
	q.events = append(q.events, &event{call: call, poll: poll, done: make(chan struct{})})
	if !q.running {
		q.running = true
		go q.run()
	}
}

// last returns the event that was queued last, or nil when all were called.
func (q *queue) last() *event {
	if q == nil {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == 0 {
		return q.current
	}
	return q.events[len(q.events)-1]
}

// wait returns when the callback has returned or ctx has ended. It reports
// whether the callback was called.
func (ev *event) wait(ctx context.Context) bool {
	if ev == nil {
		return true
	}
	select {
	case <-ev.done:
		return true
	case <-ctx.Done():
		return ev.begun.Load()
	}
}

func (q *queue) run() {
	empty := false
	leave := q.callers.enter()
	defer func() {
		leave()
		if !empty {
			// runtime.Goexit in a callback ends this goroutine and not the queue.
			go q.run()
		}
	}()
	for ev := q.next(); ev != nil; ev = q.next() {
		q.call(ev)
	}
	empty = true
}

// next takes the first event out of the queue.
func (q *queue) next() *event {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.current = nil
	if len(q.events) == 0 {
		q.events, q.running = nil, false
		return nil
	}
	q.current = q.events[0]
	q.events[0] = nil
	q.events = q.events[1:]
	if q.current.poll {
		q.polls--
	}
	q.current.begun.Store(true)
	return q.current
}

func (q *queue) call(ev *event) {
	defer func() {
		if err := recover(); err != nil {
			q.panicked(fmt.Sprintf("a callback panicked: %v", err))
		}
		close(ev.done)
	}()
	ev.call()
}

// callers are the goroutines that call callbacks of an engine.
type callers struct {
	mu  sync.Mutex
	ids map[int64]bool
}

func (c *callers) enter() (leave func()) {
	id := goroutine()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil {
		c.ids = map[int64]bool{}
	}
	c.ids[id] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ids, id)
	}
}

// inside reports whether it was called by a callback.
func (c *callers) inside() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ids) > 0 && c.ids[goroutine()]
}

// goroutine returns the number of the calling goroutine. A callback has no
// context that could say where it is called from.
func goroutine() int64 {
	buf := make([]byte, 64)
	fields := strings.Fields(string(buf[:runtime.Stack(buf, false)]))
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

package partnercentraltest

import (
	"container/heap"
	"hash/fnv"
	"sync"
	"time"
)

// eventQueue has the events that are to be said, and says each when its time
// has come.
type eventQueue struct {
	svc      *Service
	say      func([]byte)
	delivery EventDelivery

	mu sync.Mutex
	// due is a heap of what is to be said.
	due    saidEvents
	seq    int
	timer  *time.Timer
	saying bool
	closed bool
}

// saidEvent is one delivery of an event.
type saidEvent struct {
	world *world
	at    time.Time
	seq   int
	body  []byte
	// still reports, with the world's lock held, whether it is true when its time
	// has come. nil is always.
	still func(at time.Time) bool
}

// add takes in what is said of an effect. The key names the effect in its
// world, and decides with the seed how it is delivered.
func (q *eventQueue) add(w *world, e effectOf, at time.Time, key string, still func(time.Time) bool) {
	h := fnv.New64a()
	h.Write([]byte(key))
	lot := mix(w.ids.seed ^ h.Sum64())
	// draw gives numbers from 0 to 1, one for each question.
	draw := func(question uint64) float64 { return float64(mix(lot+question)>>11) / (1 << 53) }
	if draw(1) < q.delivery.Losses {
		return
	}
	after := func(question uint64) time.Duration {
		return q.delivery.Delay + time.Duration(draw(question)*float64(q.delivery.Jitter))
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	body := e.envelope(uuid(lot), w.account(), at)
	q.push(saidEvent{world: w, at: at.Add(after(2)), body: body, still: still})
	if draw(3) < q.delivery.Duplicates {
		again := saidEvent{world: w, at: at.Add(after(4)), body: body, still: still}
		if draw(5) < 0.5 {
			again.at = again.at.Add(repeatedAfter)
			again.body = e.envelope(uuid(lot+1), w.account(), at.Add(repeatedAfter))
		}
		q.push(again)
	}
	q.arm()
}

func (q *eventQueue) push(e saidEvent) {
	q.seq++
	e.seq = q.seq
	heap.Push(&q.due, e)
}

// arm sets the timer for the next event.
func (q *eventQueue) arm() {
	wait, moves := time.Duration(0), false
	if !q.closed && len(q.due) > 0 {
		wait, moves = q.svc.clock.until(q.due[0].at)
	}
	switch {
	case !moves:
		if q.timer != nil {
			q.timer.Stop()
		}
	case q.timer == nil:
		q.timer = time.AfterFunc(wait, q.sayDue)
	default:
		q.timer.Reset(wait)
	}
}

// rearm is for a clock that was moved.
func (q *eventQueue) rearm() {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.arm()
}

// sayDue says every event whose time has come.
func (q *eventQueue) sayDue() {
	q.mu.Lock()
	busy := q.saying
	q.saying = true
	q.mu.Unlock()
	if busy {
		return // whoever says events now goes on until none is due
	}
	// Also when the listener panics or ends the goroutine, as t.FailNow does: the
	// next event is for another goroutine then.
	defer q.said()
	for e := q.next(); e != nil; e = q.next() {
		if e.isTrue() {
			q.say(e.body)
		}
	}
}

// next takes out the next event whose time has come, or returns nil.
func (q *eventQueue) next() *saidEvent {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.due) == 0 || q.due[0].at.After(q.svc.clock.now()) {
		return nil
	}
	e := heap.Pop(&q.due).(saidEvent)
	return &e
}

// said ends the turn of whoever says events.
func (q *eventQueue) said() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.saying = false
	q.arm()
}

// isTrue reports whether the event is to be said now: its world was not reset,
// and what it says has come true.
func (e *saidEvent) isTrue() bool {
	w := e.world
	w.svc.mu.Lock()
	current := w.svc.worlds[w.accessKeyID] == w
	w.svc.mu.Unlock()
	if !current || e.still == nil {
		return current
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return e.still(w.now())
}

func (q *eventQueue) close() {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.due = true, nil
	q.arm()
}

// saidEvents is a heap, the earliest first and of one moment the first.
type saidEvents []saidEvent

func (s saidEvents) Len() int { return len(s) }
func (s saidEvents) Less(i, j int) bool {
	if !s[i].at.Equal(s[j].at) {
		return s[i].at.Before(s[j].at)
	}
	return s[i].seq < s[j].seq
}
func (s saidEvents) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *saidEvents) Push(e any)   { *s = append(*s, e.(saidEvent)) }
func (s *saidEvents) Pop() any {
	last := len(*s) - 1
	e := (*s)[last]
	(*s)[last] = saidEvent{}
	*s = (*s)[:last]
	return e
}

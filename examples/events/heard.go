package main

import (
	"maps"
	"sync"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentralevents"
)

// remembered is how long an event is a duplicate of the one before. The service
// was seen to say the same again 15 s later, with another id.
const remembered = time.Minute

// heard remembers what events were about. Their ids do not tell duplicates. It is
// the memory of one process: a Lambda function has one in each of its
// environments, and what gets past it costs a poll and nothing else.
type heard struct {
	mu sync.Mutex
	at map[subject]time.Time
}

// subject is what an event says of what.
type subject struct {
	what  partnercentralevents.DetailType
	about partnercentral.Task
}

// fresh returns the tasks that the event may be about, and none if the same was
// heard in the last minute.
func (h *heard) fresh(event partnercentralevents.Event, now time.Time) []partnercentral.Task {
	tasks := event.Tasks()
	if len(tasks) == 0 {
		return nil
	}
	key := subject{event.DetailType, tasks[0]} // the others differ in their kind alone
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.at, func(_ subject, at time.Time) bool { return now.Sub(at) >= remembered })
	if _, known := h.at[key]; known {
		return nil
	}
	if h.at == nil {
		h.at = map[subject]time.Time{}
	}
	h.at[key] = now
	return tasks
}

// forget makes what was heard news again.
func (h *heard) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.at)
}

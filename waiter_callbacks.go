package partnercentral

import (
	"reflect"
	"sync"
)

// callbacks tells what happened to OnChange and OnPoll, in order and one at a
// time, in the goroutines that wait. Whoever finds the queue taken leaves it to
// the one that has it, so a slow callback holds up nobody else.
type callbacks struct {
	onChange func(Task)
	onPoll   func(PollInfo)
	panicked func(any)

	mu    sync.Mutex
	busy  bool
	queue []callback
	polls int // calls in the queue that are about a poll
}

// callback is one call to make: about a task or, if poll is set, a List call.
type callback struct {
	task Task
	poll *PollInfo
}

// maxPolls is how many List calls may wait to be told.
const maxPolls = 256

// changed queues a change of state and tells whether anybody wants to know.
func (c *callbacks) changed(t Task) bool {
	if c == nil || c.onChange == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, callback{task: t})
	return true
}

// polled queues a List call and tells whether anybody wants to know.
func (c *callbacks) polled(info *PollInfo) bool {
	if c == nil || c.onPoll == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.polls == maxPolls {
		for i := range c.queue {
			if c.queue[i].poll != nil {
				c.queue = append(c.queue[:i], c.queue[i+1:]...)
				c.polls--
				break
			}
		}
	}
	c.queue = append(c.queue, callback{poll: info})
	c.polls++
	return true
}

// run makes the calls in the queue, unless somebody does so already.
func (c *callbacks) run() {
	if c == nil {
		return
	}
	for first := true; ; first = false {
		next, ok := c.next(first)
		if !ok {
			return
		}
		c.call(next)
	}
}

func (c *callbacks) next(first bool) (callback, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first && c.busy {
		return callback{}, false
	}
	c.busy = len(c.queue) > 0
	if !c.busy {
		c.queue = nil
		return callback{}, false
	}
	next := c.queue[0]
	c.queue = c.queue[1:]
	if next.poll != nil {
		c.polls--
	}
	return next, true
}

func (c *callbacks) call(next callback) {
	returned := false
	defer func() {
		if err := recover(); err != nil {
			c.panicked(err)
		} else if !returned {
			// runtime.Goexit in a callback ends the caller's goroutine; the
			// queue must not stay taken.
			c.mu.Lock()
			c.busy = false
			c.mu.Unlock()
		}
	}()
	if next.poll != nil {
		c.onPoll(*next.poll)
	} else {
		c.onChange(next.task)
	}
	returned = true
}

func noChange(Task)   {}
func noPoll(PollInfo) {}

// ownCallbacks returns the callbacks that option functions of one wait have
// set in place of noChange and noPoll, or nil.
func ownCallbacks(o *TaskWaiterOptions, panicked func(any)) *callbacks {
	c := &callbacks{panicked: panicked}
	if o.OnChange != nil && reflect.ValueOf(o.OnChange).Pointer() != reflect.ValueOf(noChange).Pointer() {
		c.onChange = o.OnChange
	}
	if o.OnPoll != nil && reflect.ValueOf(o.OnPoll).Pointer() != reflect.ValueOf(noPoll).Pointer() {
		c.onPoll = o.OnPoll
	}
	if c.onChange == nil && c.onPoll == nil {
		return nil
	}
	return c
}

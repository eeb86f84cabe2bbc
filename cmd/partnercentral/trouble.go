package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
)

// How long an answer may take before it is told of.
const slowAnswer = 2 * time.Second

const unanswered = "the service has not answered yet"

// trouble is what the calls of a command have met last, for those who watch it
// and see nothing happen. It is safe for concurrent use.
type trouble struct {
	mu     sync.Mutex
	last   error             // of the newest attempt that has ended
	open   map[int]time.Time // when the attempts began that have no answer yet
	opened int
}

// follow is an API option that lets the attempts of a client be told of.
func (t *trouble) follow(stack *middleware.Stack) error {
	// What happens before an attempt can be sent, such as that there are no
	// credentials any more.
	calls := middleware.InitializeMiddlewareFunc("Trouble", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleInitialize(ctx, in)
		if ctx.Err() == nil {
			t.met(err)
		}
		return out, metadata, err
	})
	attempts := middleware.FinalizeMiddlewareFunc("Trouble", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		id := t.begin()
		defer t.end(id)
		out, metadata, err := next.HandleFinalize(ctx, in)
		if !errors.Is(err, context.Canceled) || t.slow(id) {
			t.met(err)
		}
		return out, metadata, err
	})
	return errors.Join(stack.Initialize.Add(calls, middleware.Before), stack.Finalize.Add(attempts, middleware.After))
}

func (t *trouble) begin() (id int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[int]time.Time{}
	}
	t.opened++
	t.open[t.opened] = time.Now()
	return t.opened
}

func (t *trouble) end(id int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, id)
}

// slow reports whether an attempt takes long, so that it was given up for that.
func (t *trouble) slow(id int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.open[id]) >= slowAnswer
}

// met notes how an attempt has ended.
func (t *trouble) met(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = err
}

// String says what is wrong, "" if nothing is.
func (t *trouble) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case errors.Is(t.last, context.Canceled):
		return unanswered
	case t.last != nil:
		return plain.Sentence(t.last)
	case len(t.open) == 0:
		return ""
	}
	for _, began := range t.open {
		if time.Since(began) < slowAnswer {
			return ""
		}
	}
	return unanswered
}

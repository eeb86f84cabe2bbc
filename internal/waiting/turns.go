package waiting

import (
	"context"
	"sync"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// turns hands out the calls that a budget allows, first come, first served.
type turns struct {
	once   sync.Once
	queue  chan struct{} // held by the first in the queue, who may use budget
	budget *poll.Budget
}

func newTurns(perSecond float64, perDay int) *turns {
	return &turns{budget: poll.NewBudget(perSecond, perDay)}
}

// take returns when a call may be made. The place in the budget is taken then:
// a caller whose context ends before has used nothing up.
func (t *turns) take(ctx context.Context) error {
	t.once.Do(func() { t.queue = make(chan struct{}, 1) })
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case t.queue <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.queue }()
	for {
		wait := t.budget.Take(time.Now())
		if wait <= 0 {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

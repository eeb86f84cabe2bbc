package partnercentralriver

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
)

const (
	// How often a holder reads the queue when there is nothing to start, and
	// the nudges.
	idleEvery = 250 * time.Millisecond

	// How often it reads what should not be there: ends whose job is lost, and
	// rows that run and nobody follows.
	sweepEvery = 5 * time.Second

	// Transactions of a holder that are open at once, and how long each waits for
	// a row that is locked.
	holderTxs = 4
	lockWait  = time.Second

	// How long a holder that is told to stop lets its Starts finish.
	startsFinish = 5 * time.Second

	// What is asked of a row that is not right, and of a Start or a wait that
	// went wrong, comes again after such pauses.
	retryMin = 2 * time.Second
	retryMax = time.Minute
)

// holding is what a process does while it holds an account: one epoch.
type holding[TTx any] struct {
	tasks  *Tasks[TTx]
	lease  lease
	waiter *partnercentral.TaskWaiter
	runner *partnercentral.Runner

	lost  context.CancelCauseFunc
	txs   chan struct{}      // places for transactions
	aside map[int64]setAside // rows whose claim the database refused, the loop's
	wg    sync.WaitGroup
	calls sync.WaitGroup // the Starts among them

	mu        sync.Mutex
	starting  int       // Starts whose calls have not returned
	throttled bool      // a Start was since the last claim
	eased     bool      // a Start was not since then
	sent      time.Time // when the last Start was
	following map[int64]bool
}

func newHolding[TTx any](t *Tasks[TTx], l lease) *holding[TTx] {
	h := &holding[TTx]{tasks: t, lease: l, txs: make(chan struct{}, holderTxs), following: map[int64]bool{}, aside: map[int64]setAside{}}
	h.waiter = partnercentral.NewTaskWaiter(t.client, t.options.WaiterOptions...)
	h.runner = partnercentral.NewRunner(startingClient(t.client), func(o *partnercentral.RunnerOptions) {
		o.Waiter = h.waiter
		// A throttled Start comes back at once: the table keeps the pace.
		o.MaxWait = time.Nanosecond
	})
	return h
}

// startingClient returns a client that makes one attempt a call. Its attempts
// are then those that the table paces.
func startingClient(client partnercentral.RunnerAPIClient) partnercentral.RunnerAPIClient {
	c, ok := client.(*partnercentral.Client)
	if !ok {
		return client
	}
	return partnercentral.New(c.Options(), func(o *partnercentral.Options) {
		o.Quota = nil
		o.Retryer = aws.NopRetryer{}
	})
}

// run holds the account until ctx ends or the lease is lost, and returns why.
func (h *holding[TTx]) run(ctx context.Context) error {
	held, lost := context.WithCancelCause(context.WithoutCancel(ctx))
	h.lost = lost
	l := h.lease // renewals are the heartbeat's, the gap is the loop's
	h.wg.Go(func() { h.heartbeat(held, l) })
	h.loop(ctx, held)
	if held.Err() == nil {
		// Told to stop. What is not finished is repeated by the next holder.
		finish, cancel := context.WithTimeout(held, startsFinish)
		finished := make(chan struct{})
		go func() { h.calls.Wait(); close(finished) }()
		select {
		case <-finished:
		case <-finish.Done():
		}
		cancel()
	}
	lost(context.Canceled)
	h.wg.Wait()
	_ = h.waiter.Close()
	releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), startsFinish)
	defer cancel()
	if err := h.tasks.release(releasing, h.lease); err != nil {
		h.log(releasing, "the account could not be handed over", err)
	}
	return context.Cause(held)
}

// heartbeat renews the lease. When that cannot be done for the time of the
// lease, the lease is taken for lost.
func (h *holding[TTx]) heartbeat(ctx context.Context, l lease) {
	for {
		pause(ctx, renewEvery)
		if ctx.Err() != nil {
			return
		}
		limited, cancel := context.WithDeadline(ctx, l.renewed.Add(leaseTime))
		held, err := h.tasks.renew(limited, &l)
		cancel()
		switch {
		case err == nil && !held:
			h.lost(errLeaseLost)
		case err != nil && time.Since(l.renewed) >= leaseTime:
			h.lost(errors.Join(errors.New("the lease could not be renewed in its time"), err))
		}
	}
}

// loop starts what is due, one at a time, and sweeps in between.
func (h *holding[TTx]) loop(ctx, held context.Context) {
	var swept, scanned time.Time
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-held.Done():
			return
		case <-timer.C:
		case <-h.tasks.wake:
		}
		// The Start first: what follows must not make it late.
		next, err := h.startNext(held)
		if !h.check(held, "read the queue", err) {
			next = time.Second
		}
		due := time.Now().Add(next)
		if time.Since(scanned) >= retryMax && h.check(held, "read what runs", h.followAll(held)) {
			scanned = time.Now()
		}
		if time.Since(swept) >= sweepEvery {
			h.check(held, "read what has ended", h.renewEndJobs(held))
			swept = time.Now()
		}
		h.check(held, "read the nudges", h.takeNudges(held))
		timer.Reset(time.Until(due))
	}
}

// check logs an error of the database and reports whether there was none.
func (h *holding[TTx]) check(ctx context.Context, doing string, err error) bool {
	if errors.Is(err, errLeaseLost) {
		h.lost(errLeaseLost)
	} else if err != nil && ctx.Err() == nil {
		h.log(ctx, doing, err)
	}
	return err == nil
}

func (h *holding[TTx]) log(ctx context.Context, doing string, err error) {
	h.tasks.options.Logger.WarnContext(ctx, "partnercentralriver: "+doing, "account", h.lease.account, "error", err)
}

// record runs fn in a transaction that commits only while the lease is held. It
// is repeated while the database does not answer, and false when the lease was
// lost before it committed.
func (h *holding[TTx]) record(ctx context.Context, fn func(tx transaction[TTx]) error) bool {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, retryMin) {
		err := h.within(ctx, func(tx transaction[TTx]) error {
			// The fence last: who waits for a row must not keep the lease from being renewed.
			if err := fn(tx); err != nil {
				return err
			}
			return h.lease.fence(ctx, tx.one)
		})
		if err == nil {
			return true
		}
		h.check(ctx, "write a row", err)
		pause(ctx, wait)
		if ctx.Err() != nil {
			return false
		}
	}
}

// within runs fn in one of the transactions that a holder may have open. A row
// that somebody else has locked for longer than lockWait is an error: other rows
// need the place.
func (h *holding[TTx]) within(ctx context.Context, fn func(tx transaction[TTx]) error) error {
	select {
	case h.txs <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.txs }()
	return h.tasks.db.withinBounded(ctx, holderTxLimit, lockWait, fn)
}

// backoff doubles with every attempt from retryMin to retryMax.
func backoff(attempts int) time.Duration {
	if attempts > 6 {
		return retryMax
	}
	return min(retryMax, retryMin<<max(0, attempts-1))
}

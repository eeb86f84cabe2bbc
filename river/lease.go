package partnercentralriver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
)

const (
	// A process holds an account for leaseTime by the clock of the database, and
	// renews that every renewEvery. The longer, the later another takes over
	// from one that died; the shorter, the shorter a pause of database or
	// process that costs the lease.
	leaseTime  = 10 * time.Second
	renewEvery = leaseTime / 4

	// A lease that ends later than that was written before the clock of the
	// database was set back.
	clockBack = 2 * leaseTime

	// How often the others try. Each try is one statement.
	acquireEvery = time.Second

	// A transaction of a holder that froze in the middle of it is ended by
	// PostgreSQL, or its locks would keep others from taking over.
	holderTxLimit = 5 * time.Second
)

// maxEpoch is the largest epoch of a row that a new holder goes beyond. Only a
// person can have written a larger one.
const maxEpoch = 1 << 62

// errLeaseLost ends what a holder does once another process holds the account.
var errLeaseLost = errors.New("another process holds the account")

// lease is what a holder has. Every acquisition has an epoch of its own.
type lease struct {
	account, holder string
	epoch           int64
	gap             time.Duration // between two Starts
	renewed         time.Time     // before the last renewal, by the local clock
}

func newHolderName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), uuid.NewString()[:8])
}

// acquire takes the lease if nobody has it. Its epoch is 0 if somebody has.
func (t *Tasks[TTx]) acquire(ctx context.Context, holder string) (lease, error) {
	l := lease{account: t.options.Account, holder: holder, renewed: time.Now()}
	var gap float64
	err := t.db.withinBounded(ctx, holderTxLimit, 0, func(tx transaction[TTx]) error {
		_, err := tx.one(ctx, `INSERT INTO {lease} AS l (account, holder, epoch, expires_at, next_write_at, gap_ms)
			VALUES ($1, $2, 1, {in $3}, {now}, $4)
			ON CONFLICT (account) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
			WHERE l.expires_at < {now} OR l.expires_at > {in $5} RETURNING epoch, gap_ms`,
			[]any{t.options.Account, holder, leaseTime.Seconds(), milliseconds(t.baseGap()), clockBack.Seconds()}, &l.epoch, &gap)
		if err != nil || l.epoch == 0 {
			return err
		}
		return t.passRows(ctx, tx, &l)
	})
	if err != nil {
		return lease{}, err
	}
	// Another program may have had another rate.
	l.gap = max(t.baseGap(), min(time.Duration(gap*float64(time.Millisecond)), maxGaps*t.baseGap()))
	return l, err
}

// passRows makes the epoch one that no row has. A lease that was deleted, or
// restored from a backup, begins again at a smaller one, and a row that has the
// epoch of its holder counts as a Start of that holder's.
func (t *Tasks[TTx]) passRows(ctx context.Context, tx transaction[TTx], l *lease) error {
	var newest int64
	_, err := tx.one(ctx, `SELECT coalesce(max(epoch), 0) FROM {task} WHERE account = $1 AND status IN ('QUEUED', 'STARTING') AND epoch < $2`,
		[]any{l.account, int64(maxEpoch)}, &newest)
	if err != nil || newest < l.epoch {
		return err
	}
	l.epoch = newest + 1
	_, err = tx.exec(ctx, `UPDATE {lease} SET epoch = $2 WHERE account = $1`, l.account, l.epoch)
	return err
}

// renew reports whether the lease is still the holder's, for leaseTime more.
func (t *Tasks[TTx]) renew(ctx context.Context, l *lease) (bool, error) {
	begin := time.Now()
	var n int64
	err := t.db.withinBounded(ctx, holderTxLimit, 0, func(tx transaction[TTx]) (err error) {
		n, err = tx.exec(ctx, `UPDATE {lease} SET expires_at = {in $4} WHERE account = $1 AND holder = $2 AND epoch = $3`,
			l.account, l.holder, l.epoch, leaseTime.Seconds())
		return err
	})
	if err == nil && n == 1 {
		l.renewed = begin
	}
	return n == 1, err
}

// release lets another process take the account at once.
func (t *Tasks[TTx]) release(ctx context.Context, l lease) error {
	return t.db.within(ctx, func(tx transaction[TTx]) error {
		_, err := tx.exec(ctx, `UPDATE {lease} SET expires_at = {in $4} WHERE account = $1 AND holder = $2 AND epoch = $3`,
			l.account, l.holder, l.epoch, -1.0)
		return err
	})
}

// fence fails unless the lease is still the holder's, and keeps it so until the
// end of the transaction: what a process writes that froze, lost the lease and
// woke up again does not commit.
func (l *lease) fence(ctx context.Context, find func(context.Context, string, []any, ...any) (bool, error)) error {
	var one int
	held, err := find(ctx, `SELECT 1 FROM {lease} WHERE account = $1 AND holder = $2 AND epoch = $3 {share}`,
		[]any{l.account, l.holder, l.epoch}, &one)
	if err == nil && !held {
		err = errLeaseLost
	}
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Run makes this process hold the account whenever no other one does, until ctx
// ends: it starts what is queued and polls for what runs. It survives a database
// that goes away. At the end it lets the Starts that are under way finish for
// 5 seconds, hands the account over for at most 5 more, and returns nil: calls
// of a client that does not mind its context go on without it, and the next
// holder repeats their Starts with their tokens. The only error is
// [ErrNotMigrated]. The ends of tasks are taken by a River client: see
// [Tasks.AddTo], and [Tasks.Work] for both.
func (t *Tasks[TTx]) Run(ctx context.Context) error {
	if ctx == nil {
		return errNilContext
	}
	holder := newHolderName()
	for ctx.Err() == nil {
		l, err := t.acquire(ctx, holder)
		switch {
		case errors.Is(err, ErrNotMigrated):
			return err
		case err != nil && ctx.Err() == nil:
			t.options.Logger.WarnContext(ctx, "partnercentralriver: the database does not answer", "error", err)
		case l.epoch > 0 && err == nil:
			t.options.Logger.InfoContext(ctx, "partnercentralriver: this process holds the account", "account", l.account, "epoch", l.epoch)
			err := newHolding(t, l).run(ctx)
			t.options.Logger.InfoContext(ctx, "partnercentralriver: this process no longer holds the account", "account", l.account, "epoch", l.epoch, "cause", err)
		}
		pause(ctx, acquireEvery)
	}
	return nil
}

// pause waits for d or the end of the context.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

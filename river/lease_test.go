package partnercentralriver

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// TestWhatWasHeldIsFenced lets another holder take over behind the back of one,
// as when a process freezes and wakes up, and has the first one write.
func TestWhatWasHeldIsFenced(t *testing.T) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "tasks.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	tasks, err := New(riversqlite.New(db), partnercentraltest.New(t).Client(), func(context.Context, *sql.Tx, partnercentral.Task) error { return nil })
	require.NoError(t, err)
	ctx := t.Context()
	require.NoError(t, tasks.Migrate(ctx))
	row, err := tasks.Start(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog: aws.String("AWS"), Identifier: aws.String("O1234567"), ClientToken: aws.String("token-1"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	require.NoError(t, err)

	l, err := tasks.acquire(ctx, "first")
	require.NoError(t, err)
	require.EqualValues(t, 1, l.epoch)
	none, err := tasks.acquire(ctx, "second")
	require.NoError(t, err)
	require.Zero(t, none.epoch, "it is taken")
	first := newHolding(tasks, l)
	held, lost := context.WithCancelCause(ctx)
	first.lost = lost
	claimed, input, _, err := first.claim(held, 0, 0)
	require.NoError(t, err)
	require.NotNil(t, input)
	_, more, next, err := first.claim(held, 0, 0)
	require.NoError(t, err)
	require.Nil(t, more, "it is the only row")
	require.Equal(t, idleEvery, next)

	_, err = db.ExecContext(ctx, "UPDATE partnercentral_lease SET expires_at = datetime('now', '-1 seconds'), next_write_at = datetime('now', '-1 seconds')")
	require.NoError(t, err)
	l, err = tasks.acquire(ctx, "second")
	require.NoError(t, err)
	require.EqualValues(t, 2, l.epoch)
	_, input, _, err = first.claim(held, 0, 0)
	require.NoError(t, err)
	require.Nil(t, input, "no turn")
	second := newHolding(tasks, l)
	again, input, _, err := second.claim(ctx, 0, 0)
	require.NoError(t, err)
	require.NotNil(t, input, "the Start that the first one has claimed")
	require.Equal(t, claimed.startToken, again.startToken)
	require.Equal(t, 2, again.Attempts)

	wrote := first.record(held, func(tx transaction[*sql.Tx]) error {
		_, err := tx.exec(held, "UPDATE {task} SET status = 'FAILED'")
		return err
	})
	require.False(t, wrote)
	require.ErrorIs(t, context.Cause(held), errLeaseLost, "and it knows now")
	got, err := tasks.Get(ctx, row.Token)
	require.NoError(t, err)
	require.Equal(t, StatusStarting, got.Status)

	ok, err := tasks.renew(ctx, &first.lease)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, tasks.release(ctx, first.lease))
	ok, err = tasks.renew(ctx, &second.lease)
	require.NoError(t, err)
	require.True(t, ok, "a lost lease cannot be released")
}

func TestThePaceAdapts(t *testing.T) {
	tasks := &Tasks[*sql.Tx]{options: Options{StartsPerSecond: 1}}
	h := &holding[*sql.Tx]{tasks: tasks, lease: lease{gap: tasks.baseGap()}}
	require.Equal(t, 1020*time.Millisecond, h.lease.gap)
	h.throttled = true
	h.adapt()
	require.Equal(t, 1071*time.Millisecond, h.lease.gap)
	h.adapt()
	require.Equal(t, 1071*time.Millisecond, h.lease.gap, "nothing happened")
	for range 10 {
		h.eased = true
		h.adapt()
	}
	require.Equal(t, 1020*time.Millisecond, h.lease.gap, "and not below")
	for range 100 {
		h.throttled = true
		h.adapt()
	}
	require.Equal(t, 10200*time.Millisecond, h.lease.gap, "nor above ten times that")
}

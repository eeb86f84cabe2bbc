package partnercentralriver

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func tasksOnSQLite(t *testing.T) (*Tasks[*sql.Tx], *sql.DB) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "tasks.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	tasks, err := New(riversqlite.New(db), partnercentraltest.New(t).Client(), func(context.Context, *sql.Tx, partnercentral.Task) error { return nil })
	require.NoError(t, err)
	require.NoError(t, tasks.Migrate(t.Context()))
	return tasks, db
}

// startRows writes rows that are to be started, and returns the last.
func startRows(t *testing.T, tasks *Tasks[*sql.Tx], n int) (row Row) {
	t.Helper()
	for i := range n {
		var err error
		row, err = tasks.Start(t.Context(), &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String("AWS"), Identifier: aws.String("O1234567"), ClientToken: aws.String(fmt.Sprint("token-", i)),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		})
		require.NoError(t, err)
	}
	return row
}

// TestWhatWasHeldIsFenced lets another holder take over behind the back of one,
// as when a process freezes and wakes up, and has the first one write.
func TestWhatWasHeldIsFenced(t *testing.T) {
	tasks, db := tasksOnSQLite(t)
	ctx := t.Context()
	row := startRows(t, tasks, 1)

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
		_, err := tx.exec(held, "UPDATE {task} SET status = 'QUEUED'")
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

// TestALeaseThatWasDeleted takes the lease away under a holder with a Start
// under way. The next holder's epoch must not be one that a row has.
func TestALeaseThatWasDeleted(t *testing.T) {
	for name, lose := range map[string]string{
		"deleted":  "DELETE FROM partnercentral_lease",
		"restored": "UPDATE partnercentral_lease SET epoch = 2, expires_at = datetime('now', '-1 seconds'), next_write_at = datetime('now', '-1 seconds')",
	} {
		t.Run(name, func(t *testing.T) {
			tasks, db := tasksOnSQLite(t)
			ctx := t.Context()
			startRows(t, tasks, 3)
			_, err := db.ExecContext(ctx, "INSERT INTO partnercentral_lease VALUES ('default', 'before', 6, datetime('now', '-1 seconds'), datetime('now', '-1 seconds'), 1)")
			require.NoError(t, err)
			l, err := tasks.acquire(ctx, "first")
			require.NoError(t, err)
			require.EqualValues(t, 7, l.epoch)
			first := newHolding(tasks, l)
			held, lost := context.WithCancelCause(ctx)
			first.lost = lost
			claimed, input, _, err := first.claim(held, 0, 0)
			require.NoError(t, err)
			require.NotNil(t, input)
			// A person has written an epoch that no lease will ever have.
			_, err = db.ExecContext(ctx, "UPDATE partnercentral_task SET epoch = 9223372036854775807 WHERE id = 3")
			require.NoError(t, err)

			_, err = db.ExecContext(ctx, lose)
			require.NoError(t, err)
			l, err = tasks.acquire(ctx, "second")
			require.NoError(t, err)
			require.EqualValues(t, 8, l.epoch, "above that of the row")
			ok, err := tasks.renew(ctx, &l)
			require.NoError(t, err)
			require.True(t, ok)
			second := newHolding(tasks, l)
			var ids []int64
			for range 3 {
				_, err = db.ExecContext(ctx, "UPDATE partnercentral_lease SET next_write_at = datetime('now', '-1 seconds')")
				require.NoError(t, err)
				again, input, _, err := second.claim(ctx, 0, 0)
				require.NoError(t, err)
				require.NotNil(t, input)
				ids = append(ids, again.ID)
			}
			require.ElementsMatch(t, []int64{1, 2, 3}, ids, "no row waits for ever")
			require.Contains(t, ids, claimed.ID)

			require.False(t, first.record(held, func(tx transaction[*sql.Tx]) error {
				_, err := tx.exec(held, "UPDATE {task} SET last_error = 'late'")
				return err
			}))
			require.ErrorIs(t, context.Cause(held), errLeaseLost)
		})
	}
}

// TestTheClockIsSetBack has times that are an hour ahead.
func TestTheClockIsSetBack(t *testing.T) {
	tasks, db := tasksOnSQLite(t)
	ctx := t.Context()
	startRows(t, tasks, 1)
	_, err := tasks.acquire(ctx, "first")
	require.NoError(t, err)
	_, err = db.ExecContext(ctx, "UPDATE partnercentral_lease SET expires_at = datetime('now', '3600 seconds'), next_write_at = datetime('now', '3600 seconds')")
	require.NoError(t, err)
	l, err := tasks.acquire(ctx, "second")
	require.NoError(t, err)
	require.EqualValues(t, 2, l.epoch)
	h := newHolding(tasks, l)
	_, input, _, err := h.claim(ctx, 0, 0)
	require.NoError(t, err)
	require.NotNil(t, input)
	startRows(t, tasks, 2)
	_, input, _, err = h.claim(ctx, 0, time.Second)
	require.NoError(t, err)
	require.Nil(t, input, "its turn comes in a second")
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

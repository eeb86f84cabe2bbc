package partnercentralriver

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

// mock is a client whose Starts do what the test wants.
type mock struct {
	partnercentral.RunnerAPIClient
	start func(ctx context.Context) error
}

func (m mock) StartEngagementFromOpportunityTask(ctx context.Context, _ *partnercentral.StartEngagementFromOpportunityTaskInput, _ ...func(*partnercentral.Options)) (*partnercentral.StartEngagementFromOpportunityTaskOutput, error) {
	return nil, m.start(ctx)
}

// TestTheOutcomeOfAClientThatMisbehavesIsUnknown has clients that end their
// goroutine, panic, or never return.
func TestTheOutcomeOfAClientThatMisbehavesIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		send := func(ctx context.Context, start func(context.Context) error) (int, error) {
			tasks := &Tasks[*sql.Tx]{client: mock{start: start}, options: Options{StartsPerSecond: 1}}
			h := newHolding(tasks, lease{})
			h.starting = 1
			_, err := h.send(ctx, inputs()[1])
			synctest.Wait()
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.starting, err
		}
		deaf := func(context.Context) error { <-release; return nil }
		for text, start := range map[string]func(context.Context) error{
			"runtime.Goexit":                 func(context.Context) error { runtime.Goexit(); return nil },
			"panicked: no such deal":         func(context.Context) error { panic("no such deal") },
			"has not returned in 30s":        deaf,
			context.DeadlineExceeded.Error(): func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		} {
			begin := time.Now()
			starting, err := send(t.Context(), start)
			require.ErrorContains(t, err, text)
			require.ErrorIs(t, err, partnercentral.RunMaybeStarted, "it is repeated with its token")
			require.LessOrEqual(t, time.Since(begin), startTimeout+startGrace)
			if text == "has not returned in 30s" {
				require.Equal(t, 1, starting, "it keeps its place, or calls would pile up")
			} else {
				require.Zero(t, starting, text)
			}
		}
		lost, lose := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { lose(errLeaseLost) })
		begin := time.Now()
		_, err := send(lost, deaf)
		require.ErrorIs(t, err, errLeaseLost)
		require.Equal(t, time.Second, time.Since(begin))
		close(release)
	})
}

// TestAColumnThatCannotBeReadIsOfItsRowAlone gives a row what a database without
// types, or one whose constraints are gone, may hold.
func TestAColumnThatCannotBeReadIsOfItsRowAlone(t *testing.T) {
	now := time.Now().UTC()
	good := []any{int64(1), "token", "EngagementFromOpportunity", "AWS", "O1", "QUEUED", nil, int64(0), int64(0), nil, nil,
		now, nil, nil, nil, int64(1), []byte(`{}`), "token", int64(0), 1.5}
	scan := func(values []any) (record, error) {
		return scanRecord(func(into ...any) error {
			*into[0].(*int64) = values[0].(int64)
			var errs []error
			for i, to := range into[1:] {
				errs = append(errs, to.(sql.Scanner).Scan(values[i+1]))
			}
			return errors.Join(errs...)
		})
	}
	r, err := scan(good)
	require.NoError(t, err)
	require.NoError(t, r.problem)
	require.Equal(t, "O1", r.Object)
	require.Equal(t, now, r.CreatedAt)
	require.Equal(t, 1500*time.Millisecond, r.age)
	for i, c := range map[int]struct {
		name  string
		value any
	}{
		7: {"attempts", "x"}, 8: {"restarts", 1.5}, 10: {"job_id", "none"}, 11: {"created_at", ""}, 12: {"started_at", "infinity"},
		13: {"ended_at", int64(0)}, 14: {"handled_at", "soon"}, 15: {"version", "x"}, 18: {"epoch", []byte("x")}, 19: {"queued_at", nil},
	} {
		values := append([]any{}, good...)
		values[i] = c.value
		r, err := scan(values)
		require.NoError(t, err)
		var rowErr *RowError
		_, err = r.decode()
		require.ErrorAs(t, err, &rowErr)
		require.EqualValues(t, 1, rowErr.ID)
		require.ErrorContains(t, err, c.name)
		require.ErrorAs(t, r.needTask(true), &rowErr)
	}
}

func TestARowThatRunsNeedsItsTask(t *testing.T) {
	row := func(task string) *record {
		return &record{Row: Row{ID: 1, Kind: partnercentral.TaskKindEngagementFromOpportunity, Status: StatusInProgress}, taskJSON: &task}
	}
	running := taskText(partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity, Status: partnercentral.TaskStatusInProgress})
	require.NoError(t, row(running).needTask(false))
	require.ErrorContains(t, row(running).needTask(true), "has not ended")
	require.ErrorContains(t, row("null").needTask(false), "set status to QUEUED")
	require.ErrorContains(t, (&record{Row: Row{ID: 1, Status: StatusInProgress}}).needTask(false), "set status to QUEUED")
	require.ErrorContains(t, row(taskText(partnercentral.Task{Kind: partnercentral.TaskKindProspectingFromEngagement})).needTask(false), "its task is one of")
	require.ErrorContains(t, row("5").needTask(false), "cannot be decoded")
}

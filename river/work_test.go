package partnercentralriver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

const startSubmission = partnercentraltest.StartEngagementFromOpportunityTask

// working is Tasks with processes of this one that work on them.
type working[TTx any] struct {
	setup[TTx]
	tasks *partnercentralriver.Tasks[TTx]
	svc   *partnercentraltest.Service
}

// newWorking prepares Tasks whose ends are written into the table ends.
func newWorking[TTx any](t *testing.T, s setup[TTx], onEnd func(partnercentral.Task) error, optFns ...func(*partnercentralriver.Options)) working[TTx] {
	t.Helper()
	svc := partnercentraltest.New(t, partnercentraltest.WithDuration(500*time.Millisecond))
	take := func(ctx context.Context, tx TTx, task partnercentral.Task) error {
		if err := s.exec(tx)(ctx, `INSERT INTO ends (object, status) VALUES ($1, $2)`, task.OpportunityID, string(task.Status)); err != nil {
			return err
		}
		if onEnd != nil {
			return onEnd(task)
		}
		return nil
	}
	tasks, err := partnercentralriver.New(s.driver, svc.Client(), take, append([]func(*partnercentralriver.Options){
		func(o *partnercentralriver.Options) { o.StartsPerSecond = 100 }}, optFns...)...)
	require.NoError(t, err)
	require.NoError(t, tasks.Migrate(t.Context()))
	s.do(t, `CREATE TABLE ends (object text NOT NULL, status text NOT NULL)`)
	return working[TTx]{s, tasks, svc}
}

// work runs Work until the function that it returns is called.
func (w working[TTx]) work(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.tasks.Work(ctx, &river.Config{FetchPollInterval: 100 * time.Millisecond}) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error("Work:", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// until waits for a row in a state.
func (w working[TTx]) until(t *testing.T, key string, is func(partnercentralriver.Row) bool) partnercentralriver.Row {
	t.Helper()
	var row partnercentralriver.Row
	require.Eventually(t, func() bool {
		var err error
		row, err = w.tasks.Get(t.Context(), partnercentral.ClientTokenFor(key))
		return err == nil && is(row)
	}, 30*time.Second, 50*time.Millisecond, "the last row of %s seen was %+v", key, &row)
	return row
}

func handled(row partnercentralriver.Row) bool { return !row.HandledAt.IsZero() }

func (w working[TTx]) start(t *testing.T, object, key string) {
	t.Helper()
	_, err := w.tasks.Start(t.Context(), submit(object, key))
	require.NoError(t, err)
}

func TestWorkTakesTasksToTheirEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, testWork[pgx.Tx], testWork[*sql.Tx])
}

func testWork[TTx any](t *testing.T, s setup[TTx]) {
	var mu sync.Mutex
	refusals := 0
	w := newWorking(t, s, func(task partnercentral.Task) error {
		mu.Lock()
		defer mu.Unlock()
		if task.OpportunityID == "O0000003" && refusals < 1 {
			refusals++
			return errors.New("the CRM is away")
		}
		return nil
	})
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000002")).Script(partnercentraltest.After(300*time.Millisecond,
		partnercentraltest.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "the close date is in the past\x00 \\u0000")))
	for i := 1; i <= 3; i++ {
		w.start(t, fmt.Sprintf("O000000%d", i), fmt.Sprint(i))
	}
	invalid := submit("O0000004", "4")
	invalid.AwsSubmission = nil
	_, err := w.tasks.Start(t.Context(), invalid)
	require.NoError(t, err)
	w.work(t)

	one := w.until(t, "1", handled)
	require.Equal(t, partnercentralriver.StatusComplete, one.Status)
	require.NotEmpty(t, one.Task.EngagementID)
	require.Equal(t, 1, one.Attempts)
	require.Empty(t, one.LastError)
	two := w.until(t, "2", handled)
	require.Equal(t, partnercentralriver.StatusFailed, two.Status)
	require.Equal(t, partnercentral.ReasonCodeOpportunityValidationFailed, two.Task.ReasonCode)
	require.Contains(t, two.LastError, "the close date is in the past")
	require.Equal(t, "the close date is in the past\ufffd \\u0000", two.Task.Message, "PostgreSQL takes no zero bytes")
	four := w.until(t, "4", handled)
	require.Equal(t, partnercentralriver.StatusRefused, four.Status)
	require.Contains(t, four.LastError, "AwsSubmission")
	w.until(t, "3", handled)

	require.Equal(t, 4, s.number(t, "SELECT count(*) FROM ends"), "what a call that failed wrote was rolled back")
	require.Equal(t, 2, s.number(t, "SELECT count(*) FROM ends WHERE status = 'FAILED'"))
	require.Len(t, w.svc.Tasks(), 3)
	require.Equal(t, 1, s.number(t, `SELECT count(*) FROM partnercentral_task WHERE task->>'ReasonCode' = 'OpportunityValidationFailed'`), "as docs/river.md shows")
	require.Eventually(t, func() bool {
		return s.number(t, "SELECT count(*) FROM river_job WHERE state = 'completed'") == 2 &&
			s.number(t, "SELECT count(*) FROM river_job WHERE state = 'cancelled' AND CAST("+s.errorsText+" AS text) LIKE '%close date%'") == 1
	}, 10*time.Second, 100*time.Millisecond, "River UI shows why a deal failed")
}

func TestAnotherProcessTakesOverFromOneThatStopped(t *testing.T) {
	t.Parallel()
	onBoth(t, testHandover[pgx.Tx], testHandover[*sql.Tx])
}

func testHandover[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	w.svc.Script(startSubmission, partnercentraltest.After(3*time.Second, partnercentraltest.Complete()))
	stop := w.work(t)
	w.start(t, "O0000001", "1")
	w.until(t, "1", func(row partnercentralriver.Row) bool { return row.Status == partnercentralriver.StatusInProgress })
	begin := time.Now()
	stop()
	w.work(t)
	w.start(t, "O0000002", "2")
	w.until(t, "2", func(row partnercentralriver.Row) bool { return row.Attempts > 0 })
	require.Less(t, time.Since(begin), 6*time.Second, "it was handed over, and not left to expire")
	w.until(t, "1", handled)
	w.until(t, "2", handled)
	require.Len(t, w.svc.Tasks(), 2)
}

func TestStartIsRepeatedWithItsToken(t *testing.T) {
	t.Parallel()
	onBoth(t, testRepeat[pgx.Tx], testRepeat[*sql.Tx])
}

func testRepeat[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil, func(o *partnercentralriver.Options) { o.StartsPerSecond = 10 })
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000001")).Fault(partnercentraltest.Times(3), partnercentraltest.Throttle())
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000002")).Fault(partnercentraltest.Times(1), partnercentraltest.AfterCommit(partnercentraltest.CloseEarly()))
	w.start(t, "O0000001", "1")
	w.start(t, "O0000002", "2")
	w.work(t)
	require.Equal(t, 4, w.until(t, "1", handled).Attempts, "each throttled attempt takes a turn of its own")
	w.until(t, "2", handled)
	require.Len(t, w.svc.Tasks(), 2)
	require.Greater(t, s.number(t, "SELECT CAST(gap_ms * 1000 AS integer) FROM partnercentral_lease"), 102_000, "throttling slows the account down")
}

package partnercentralriver_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

// mock is a client that does something else before its Starts.
type mock struct {
	partnercentral.RunnerAPIClient
	before func(object string)
}

func (m mock) StartEngagementFromOpportunityTask(ctx context.Context, in *partnercentral.StartEngagementFromOpportunityTaskInput, optFns ...func(*partnercentral.Options)) (*partnercentral.StartEngagementFromOpportunityTaskOutput, error) {
	m.before(*in.Identifier)
	return m.RunnerAPIClient.StartEngagementFromOpportunityTask(ctx, in, optFns...)
}

func TestCallbacksThatEndTheirGoroutine(t *testing.T) {
	t.Parallel()
	onBoth(t, testGoexit[pgx.Tx], testGoexit[*sql.Tx])
}

func testGoexit[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	// The first call for each deal misbehaves.
	misbehave := func(object, with string, called *sync.Map) {
		switch _, again := called.LoadOrStore(object, true); {
		case again:
		case object == "O0000001":
			runtime.Goexit()
		default:
			panic(with)
		}
	}
	var starts, ends sync.Map
	client := mock{w.svc.Client(), func(object string) { misbehave(object, "no such deal", &starts) }}
	var err error
	w.tasks, err = partnercentralriver.New(s.driver, client, func(ctx context.Context, tx TTx, task partnercentral.Task) error {
		misbehave(task.OpportunityID, "no such end", &ends)
		return s.exec(tx)(ctx, `INSERT INTO ends (object, status) VALUES ($1, $2)`, task.OpportunityID, string(task.Status))
	}, func(o *partnercentralriver.Options) { o.StartsPerSecond = 100 })
	require.NoError(t, err)
	w.start(t, "O0000001", "1")
	w.start(t, "O0000002", "2")
	w.work(t)
	for key, text := range map[string]string{"1": "runtime.Goexit", "2": "no such deal"} {
		row := w.until(t, key, func(row partnercentralriver.Row) bool { return row.LastError != "" })
		require.Contains(t, row.LastError, text)
		require.Equal(t, partnercentralriver.StatusStarting, row.Status, "its outcome is unknown")
	}
	for _, key := range []string{"1", "2"} {
		row := w.until(t, key, handled)
		require.Equal(t, partnercentralriver.StatusComplete, row.Status)
		require.Equal(t, 2, row.Attempts)
	}
	require.Equal(t, 2, s.number(t, "SELECT count(*) FROM ends"))
	require.Len(t, w.svc.Tasks(), 2)
	require.Equal(t, 0, s.number(t, "SELECT count(*) FROM partnercentral_task WHERE last_error IS NOT NULL"))
	for _, text := range []string{"it has ended its goroutine", "no such end%misuse_test.go"} { // with the place of the panic
		require.Equal(t, 1, s.number(t, "SELECT count(*) FROM river_job WHERE CAST("+s.errorsText+" AS text) LIKE '%"+text+"%'"), text)
	}
}

func TestOnEndThatCommits(t *testing.T) {
	t.Parallel()
	onBoth(t, testCommit[pgx.Tx], testCommit[*sql.Tx])
}

func testCommit[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	var calls atomic.Int64
	var err error
	w.tasks, err = partnercentralriver.New(s.driver, w.svc.Client(), func(ctx context.Context, tx TTx, task partnercentral.Task) error {
		calls.Add(1)
		if err := s.exec(tx)(ctx, `INSERT INTO ends (object, status) VALUES ($1, $2)`, task.OpportunityID, string(task.Status)); err != nil {
			return err
		}
		return s.end(tx, true)
	})
	require.NoError(t, err)
	w.start(t, "O0000001", "1")
	w.work(t)
	w.until(t, "1", handled)
	require.Eventually(t, func() bool { return s.number(t, "SELECT count(*) FROM river_job WHERE state = 'completed'") == 1 }, time.Minute, 100*time.Millisecond)
	require.EqualValues(t, 1, calls.Load())
	require.Equal(t, 1, s.number(t, "SELECT count(*) FROM ends"))
	row, err := w.tasks.Get(t.Context(), partnercentral.ClientTokenFor("1"))
	require.NoError(t, err)
	require.Empty(t, row.LastError)
}

func TestOnEndThatPanics(t *testing.T) {
	t.Parallel()
	onBoth(t, testPanic[pgx.Tx], testPanic[*sql.Tx])
}

func testPanic[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	var err error
	w.tasks, err = partnercentralriver.New(s.driver, w.svc.Client(), func(context.Context, TTx, partnercentral.Task) error {
		panic("no such end")
	})
	require.NoError(t, err)
	w.start(t, "O0000001", "1")
	w.work(t)
	row := w.until(t, "1", func(row partnercentralriver.Row) bool { return row.LastError != "" })
	require.Equal(t, "onEnd: it panicked: no such end", row.LastError)
	require.True(t, row.HandledAt.IsZero())
}

func TestWorkReturnsWhateverTheClientDoes(t *testing.T) {
	t.Parallel()
	onBoth(t, testDeafClient[pgx.Tx], testDeafClient[*sql.Tx])
}

func testDeafClient[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	entered := make(chan struct{})
	var once sync.Once
	client := mock{w.svc.Client(), func(string) {
		once.Do(func() { close(entered) })
		<-release // deaf to its context
	}}
	var err error
	w.tasks, err = partnercentralriver.New(s.driver, client, func(context.Context, TTx, partnercentral.Task) error { return nil })
	require.NoError(t, err)
	w.start(t, "O0000001", "1")
	stop := w.work(t)
	<-entered
	begin := time.Now()
	stop()
	require.Less(t, time.Since(begin), 10*time.Second)
	require.Equal(t, 1, s.number(t, "SELECT count(*) FROM partnercentral_lease WHERE expires_at < "+s.now), "another process may hold the account")
}

func TestWorkReturnsWhateverOnEndDoes(t *testing.T) {
	t.Parallel()
	onBoth(t, testDeafOnEnd[pgx.Tx], testDeafOnEnd[*sql.Tx])
}

func testDeafOnEnd[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	entered := make(chan struct{})
	var once sync.Once
	var err error
	w.tasks, err = partnercentralriver.New(s.driver, w.svc.Client(), func(context.Context, TTx, partnercentral.Task) error {
		once.Do(func() { close(entered) })
		<-release // deaf to its context
		return nil
	})
	require.NoError(t, err)
	w.start(t, "O0000001", "1")
	ctx, stop := context.WithCancel(t.Context())
	worked := make(chan error, 1)
	go func() { worked <- w.tasks.Work(ctx, nil) }()
	<-entered
	begin := time.Now()
	stop()
	require.ErrorIs(t, <-worked, context.DeadlineExceeded)
	require.Less(t, time.Since(begin), 40*time.Second, "30 and what a busy machine takes")
}

// TestWhatIsNotThere calls everything with what is nil.
func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	onBoth(t, testNils[pgx.Tx], testNils[*sql.Tx])
	end := func(context.Context, *sql.Tx, partnercentral.Task) error { return nil }
	endPgx := func(context.Context, pgx.Tx, partnercentral.Task) error { return nil }
	client := partnercentraltest.New(t).Client()
	_, err := partnercentralriver.New(riversqlite.New(nil), client, end)
	require.ErrorContains(t, err, "the driver has no database")
	_, err = partnercentralriver.New(riverpgxv5.New(nil), client, endPgx)
	require.ErrorContains(t, err, "the driver has no database")
	_, err = partnercentralriver.New((*riversqlite.Driver)(nil), (*partnercentral.Client)(nil), end, nil)
	require.ErrorContains(t, err, "the driver is nil")
	require.ErrorContains(t, err, "the client is nil")
}

// kept keeps something with an input.
type kept struct {
	*partnercentral.StartEngagementFromOpportunityTaskInput
	ID string
}

func testNils[TTx any](t *testing.T, s setup[TTx]) {
	tasks, err := partnercentralriver.New(s.driver, partnercentraltest.New(t).Client(), func(context.Context, TTx, partnercentral.Task) error { return nil })
	require.NoError(t, err)
	for what, call := range map[string]func() error{
		"Start": func() error { _, err := tasks.Start(t.Context(), submit("O0000001", "1")); return err },
		"Get":   func() error { _, err := tasks.Get(t.Context(), "1"); return err },
		"List":  func() error { _, err := tasks.List(t.Context(), partnercentralriver.ListParams{}); return err },
		"Nudge": func() error { return tasks.Nudge(t.Context(), partnercentral.Task{}) },
		"Work":  func() error { return tasks.Work(t.Context(), nil) },
		"Run":   func() error { return tasks.Run(t.Context()) },
	} {
		err := call()
		require.ErrorIs(t, err, partnercentralriver.ErrNotMigrated, what)
		require.ErrorContains(t, err, "call Migrate")
	}
	require.NoError(t, tasks.Migrate(t.Context()))

	var none context.Context
	var noTx TTx
	for what, call := range map[string]func() error{
		"Start":   func() error { _, err := tasks.Start(none, submit("O0000001", "1")); return err },
		"StartTx": func() error { _, err := tasks.StartTx(none, noTx, submit("O0000001", "1")); return err },
		"Get":     func() error { _, err := tasks.Get(none, "1"); return err },
		"List":    func() error { _, err := tasks.List(none, partnercentralriver.ListParams{}); return err },
		"Nudge":   func() error { return tasks.Nudge(none, partnercentral.Task{}) },
		"Work":    func() error { return tasks.Work(none, nil) },
		"Run":     func() error { return tasks.Run(none) },
		"Migrate": func() error { return tasks.Migrate(none) },
	} {
		require.ErrorContains(t, call(), "context is nil", what)
	}
	_, err = tasks.StartTx(t.Context(), noTx, submit("O0000001", "1"))
	require.ErrorContains(t, err, "transaction is nil")
	for _, input := range []partnercentral.StartTaskInput{nil, kept{}, &kept{}, (*kept)(nil)} {
		_, err = tasks.Start(t.Context(), input)
		require.ErrorContains(t, err, "input is nil")
	}
	row, err := tasks.Start(t.Context(), kept{submit("O0000001", "1"), "4711"})
	require.NoError(t, err)
	same, err := tasks.Start(t.Context(), submit("O0000001", "1"))
	require.NoError(t, err)
	require.Equal(t, row, same)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, tasks.Work(ended, nil))
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	s := onSQLite(t)
	client := partnercentraltest.New(t).Client()
	try := func(fn func(*partnercentralriver.Options)) error {
		_, err := partnercentralriver.New(s.driver, client, func(context.Context, *sql.Tx, partnercentral.Task) error { return nil }, fn)
		return err
	}
	type options = partnercentralriver.Options
	for _, c := range []struct {
		name string
		set  func(*options)
	}{
		{"StartsPerSecond", func(o *options) { o.StartsPerSecond = 1e-10 }},
		{"StartsPerSecond", func(o *options) { o.StartsPerSecond = math.Inf(1) }},
		{"StartsPerSecond", func(o *options) { o.StartsPerSecond = math.NaN() }},
		{"StartsPerSecond", func(o *options) { o.StartsPerSecond = -1 }},
		{"StartsPerSecond", func(o *options) { o.StartsPerSecond = 1e9 }},
		{"OnEndTimeout", func(o *options) { o.OnEndTimeout = 1 }},
		{"OnEndTimeout", func(o *options) { o.OnEndTimeout = math.MaxInt64 }},
		{"MaxRestarts", func(o *options) { o.MaxRestarts = math.MaxInt }},
		{"StartNotFoundGrace", func(o *options) { o.StartNotFoundGrace = math.MinInt64 }},
		{"Schema", func(o *options) { o.Schema = `a"; DROP TABLE deal` }},
		{"Schema", func(o *options) { o.Schema = "a name of more than forty-six letters, which is too long" }},
		{"WaiterOptions", func(o *options) {
			o.WaiterOptions = append(o.WaiterOptions, nil, func(o *partnercentral.TaskWaiterOptions) { o.MaxDelay = -1 })
		}},
	} {
		require.ErrorContains(t, try(c.set), c.name)
	}
	// The largest that pass do no harm later.
	require.NoError(t, try(func(o *options) {
		o.StartsPerSecond, o.OnEndTimeout, o.MaxRestarts = 0.001, 30*time.Minute, 1000
		o.StartNotFoundGrace, o.Adopt = math.MaxInt64, aws.Duration(math.MaxInt64)
	}))
}

func TestOneConfigurationForTwoWorks(t *testing.T) {
	t.Parallel()
	onBoth(t, testWorkTwice[pgx.Tx], testWorkTwice[*sql.Tx])
}

func testWorkTwice[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	config := &river.Config{Workers: river.NewWorkers(), FetchPollInterval: 100 * time.Millisecond}
	for i := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.tasks.Work(ctx, config) }()
		w.start(t, "O0000001", fmt.Sprint(i))
		w.until(t, fmt.Sprint(i), handled)
		cancel()
		require.NoError(t, <-done)
	}
}

// In onEnd SQLite's only transaction is that of the end.
func TestStartInOnEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, testStartInOnEnd[pgx.Tx], testStartInOnEnd[*sql.Tx])
}

func testStartInOnEnd[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	var beside atomic.Value
	var tasks *partnercentralriver.Tasks[TTx]
	var err error
	tasks, err = partnercentralriver.New(s.driver, w.svc.Client(), func(ctx context.Context, tx TTx, task partnercentral.Task) error {
		if task.OpportunityID != "O0000001" {
			return nil
		}
		_, err := tasks.Start(ctx, submit("O0000002", "beside"))
		beside.Store(fmt.Sprint(err))
		_, err = tasks.StartTx(ctx, tx, submit("O0000003", "within"))
		return err
	}, func(o *partnercentralriver.Options) { o.StartsPerSecond = 100 })
	require.NoError(t, err)
	w.tasks = tasks
	w.start(t, "O0000001", "1")
	w.work(t)
	w.until(t, "within", handled)
	if s.argsText != "args" { // SQLite
		require.Contains(t, beside.Load(), "use StartTx")
	} else {
		require.Equal(t, "<nil>", beside.Load())
		w.until(t, "beside", handled)
	}
}

// TestRowsThatNobodyShouldWrite changes rows by hand to what they cannot be.
func TestRowsThatNobodyShouldWrite(t *testing.T) {
	t.Parallel()
	onBoth(t, testOddRows[pgx.Tx], testOddRows[*sql.Tx])
}

func testOddRows[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	w.start(t, "O0000001", "1")
	changes := []string{"attempts = 'x'", "version = 'x'", "epoch = 'x'", "created_at = ''", "queued_at = 'soon'", "due_at = 'soon'", "due_at = 'infinity'",
		"task = 'not JSON'", "task = '5'", "input = '{'", "status = 'ODD'", "ended_at = created_at", "handled_at = created_at",
		"status = 'IN_PROGRESS'", "status = 'COMPLETE', ended_at = created_at", "job_id = 'x'"}
	for _, set := range changes {
		tx, err := s.begin(t.Context())
		require.NoError(t, err)
		require.Error(t, s.exec(tx)(t.Context(), "UPDATE partnercentral_task SET "+set), set)
		require.NoError(t, s.end(tx, false))
	}
	for _, set := range []string{"expires_at = 'infinity'", "next_write_at = 'soon'", "epoch = 'x'"} {
		s.do(t, "INSERT INTO partnercentral_lease VALUES ('another', 'x', 1, "+s.now+", "+s.now+", 1)")
		tx, err := s.begin(t.Context())
		require.NoError(t, err)
		require.Error(t, s.exec(tx)(t.Context(), "UPDATE partnercentral_lease SET "+set), set)
		require.NoError(t, s.end(tx, false))
		s.do(t, "DELETE FROM partnercentral_lease")
	}
	w.work(t)
	require.Empty(t, w.until(t, "1", handled).LastError)
}

// TestRowsWithoutTheirConstraints has rows that a database was made to take.
func TestRowsWithoutTheirConstraints(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	w := newWorking(t, s, nil)
	w.svc.Script(startSubmission, partnercentraltest.After(time.Second, partnercentraltest.Complete()))
	odd := map[string]string{
		"created": "created_at = ''", "queued": "queued_at = 'soon'", "input": "input = '{'", "unknown": "version = 2",
		"no task": "status = 'IN_PROGRESS'", "task": "status = 'IN_PROGRESS', task = 'not JSON'", "ended": "ended_at = created_at",
		"other": `status = 'IN_PROGRESS', task = '{"Version":1,"Kind":"ProspectingFromEngagement"}'`,
	}
	for key := range odd {
		w.start(t, "O0000001", key)
	}
	w.start(t, "O0000002", "good")
	w.start(t, "O0000002", "trigger")
	s.do(t, "CREATE TRIGGER vexing BEFORE UPDATE ON partnercentral_task WHEN new.token = '"+partnercentral.ClientTokenFor("trigger")+"' AND new.status = 'STARTING' BEGIN SELECT RAISE(ABORT, 'vexed'); END")
	tx, err := s.begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.exec(tx)(t.Context(), "PRAGMA ignore_check_constraints = ON"))
	for key, set := range odd {
		require.NoError(t, s.exec(tx)(t.Context(), "UPDATE partnercentral_task SET "+set+" WHERE token = $1", partnercentral.ClientTokenFor(key)), key)
	}
	require.NoError(t, s.exec(tx)(t.Context(), "PRAGMA ignore_check_constraints = OFF"))
	require.NoError(t, s.end(tx, true))
	w.work(t)
	w.until(t, "good", handled)
	for key, text := range map[string]string{"created": "created_at", "queued": "queued_at", "input": "cannot be decoded", "unknown": "version 2",
		"no task": "it has no task", "trigger": "vexed", "task": "its task cannot be decoded", "ended": "row ", "other": "its task is one of"} {
		require.Contains(t, w.until(t, key, func(row partnercentralriver.Row) bool { return row.LastError != "" }).LastError, text)
	}
	rows, err := w.tasks.List(t.Context(), partnercentralriver.ListParams{})
	require.NoError(t, err)
	require.Len(t, rows, len(odd)+2)
}

// A row that somebody has locked, in a long transaction, is the only one that
// waits for it.
func TestALockedRowHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	w := newWorking(t, s, nil)
	w.svc.Script(startSubmission, partnercentraltest.After(time.Second, partnercentraltest.Complete()))
	w.start(t, "O0000001", "queued")
	w.start(t, "O0000002", "same")
	begin := func() pgx.Tx {
		conn, err := pgx.Connect(t.Context(), s.address)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		return tx
	}
	again := begin()
	_, err := w.tasks.StartTx(t.Context(), again, submit("O0000002", "same"))
	require.NoError(t, err)
	tx := begin()
	require.NoError(t, s.exec(tx)(t.Context(), "SELECT 1 FROM partnercentral_task WHERE object = 'O0000001' FOR UPDATE"))
	w.work(t)
	w.until(t, "same", handled) // what a repeated StartTx reads is not locked
	w.start(t, "O0000003", "running")
	w.until(t, "running", inProgress)
	during := begin()
	require.NoError(t, s.exec(during)(t.Context(), "SELECT 1 FROM partnercentral_task WHERE object = 'O0000003' FOR UPDATE"))
	time.Sleep(12 * time.Second) // longer than a lease
	w.start(t, "O0000004", "4")
	w.until(t, "4", handled)
	require.Equal(t, 1, s.number(t, "SELECT epoch FROM partnercentral_lease"), "the lease was kept")
	queued, err := w.tasks.Get(t.Context(), partnercentral.ClientTokenFor("queued"))
	require.NoError(t, err)
	require.Empty(t, queued.LastError, "nothing is wrong with it")
	require.NoError(t, s.end(again, true))
	require.NoError(t, s.end(tx, true))
	require.NoError(t, s.end(during, true))
	w.until(t, "queued", handled)
	w.until(t, "running", handled)
	require.Len(t, w.svc.Tasks(), 4)
}

package partnercentralriver_test

import (
	"context"
	"database/sql"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

func inProgress(row partnercentralriver.Row) bool {
	return row.Status == partnercentralriver.StatusInProgress
}

func TestRowsThatCannotBeReadHoldUpNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, testBadRows[pgx.Tx], testBadRows[*sql.Tx])
}

func testBadRows[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	for _, key := range []string{"newer", "broken", "unknown kind", "good"} {
		w.start(t, "O0000001", key)
	}
	change := func(key, set string) {
		s.do(t, "UPDATE partnercentral_task SET "+set+" WHERE token = $1", partnercentral.ClientTokenFor(key))
	}
	var input string
	row, err := w.tasks.Get(t.Context(), partnercentral.ClientTokenFor("broken"))
	require.NoError(t, err)
	require.Empty(t, row.LastError)
	input = `{"AwsSubmission":{"InvolvementType":"Co-Sell","Visibility":"Full"},"Catalog":"Sandbox","Identifier":"O0000001"}`
	change("newer", "version = 2")
	change("broken", `input = '{"AWSSubmission2":{}}'`)
	change("unknown kind", "kind = 'EngagementFromTheFuture'")
	w.work(t)
	w.until(t, "good", handled)
	for key, text := range map[string]string{"newer": "version 2", "broken": "AWSSubmission2", "unknown kind": "EngagementFromTheFuture"} {
		row := w.until(t, key, func(row partnercentralriver.Row) bool { return row.LastError != "" })
		require.Equal(t, partnercentralriver.StatusQueued, row.Status)
		require.Contains(t, row.LastError, text)
		require.Contains(t, row.LastError, "row ")
		require.NotContains(t, row.LastError, row.Token)
	}
	require.Len(t, w.svc.Tasks(), 1)

	change("newer", "version = 1, due_at = created_at")
	change("broken", "input = '"+input+"', due_at = created_at")
	change("unknown kind", "kind = 'EngagementFromOpportunity', due_at = created_at")
	for _, key := range []string{"newer", "broken", "unknown kind"} {
		require.Empty(t, w.until(t, key, handled).LastError)
	}
	require.Len(t, w.svc.Tasks(), 4)
}

func TestATaskThatCannotBeReadIsFollowedLater(t *testing.T) {
	t.Parallel()
	onBoth(t, testBadTask[pgx.Tx], testBadTask[*sql.Tx])
}

func testBadTask[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	w.svc.Script(startSubmission, partnercentraltest.After(2*time.Second, partnercentraltest.Complete()))
	w.start(t, "O0000001", "1")
	stop := w.work(t)
	w.until(t, "1", inProgress)
	stop()
	s.do(t, `CREATE TABLE kept AS SELECT task FROM partnercentral_task`)
	s.do(t, `UPDATE partnercentral_task SET task = '{"version": 99}'`)
	stop = w.work(t)
	w.until(t, "1", func(row partnercentralriver.Row) bool { return row.LastError != "" })
	stop()
	s.do(t, `UPDATE partnercentral_task SET task = (SELECT task FROM kept)`)
	w.work(t)
	require.Equal(t, partnercentralriver.StatusComplete, w.until(t, "1", handled).Status)
	require.Len(t, w.svc.Tasks(), 1)
}

func TestJobsThatAreLostComeAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, testLostJobs[pgx.Tx], testLostJobs[*sql.Tx])
}

func testLostJobs[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	w.start(t, "O0000001", "deleted before the end")
	w.start(t, "O0000002", "of a newer program")
	w.start(t, "O0000003", "run by hand")
	byHand, err := w.tasks.Get(t.Context(), partnercentral.ClientTokenFor("run by hand"))
	require.NoError(t, err)
	s.do(t, "DELETE FROM river_job WHERE id = 1")
	s.do(t, `UPDATE river_job SET args = `+s.toArgs(`'{"version": 2, "row": 2}'`)+` WHERE id = 2`)
	s.do(t, `UPDATE river_job SET state = 'available' WHERE id = 3`)
	stop := w.work(t)
	w.until(t, "deleted before the end", handled)
	require.Equal(t, byHand.JobID, w.until(t, "run by hand", handled).JobID, "a job that comes early waits")
	require.Eventually(t, func() bool {
		return s.number(t, "SELECT count(*) FROM river_job WHERE id = 2 AND state IN ('retryable', 'available') AND CAST("+s.errorsText+" AS text) LIKE '%version 2%'") == 1
	}, 20*time.Second, 100*time.Millisecond, "what is wrong is said in the job, which is retried")
	stop()
	s.do(t, `UPDATE river_job SET state = 'discarded', finalized_at = created_at WHERE id = 2`)
	w.work(t)
	w.until(t, "of a newer program", handled)
	require.Equal(t, 3, s.number(t, "SELECT count(*) FROM ends"))
}

// lessClient is a client without the other kinds of tasks.
type lessClient struct{ partnercentral.RunnerAPIClient }

func TestAClientWithoutTheMethod(t *testing.T) {
	t.Parallel()
	onBoth(t, testLessClient[pgx.Tx], testLessClient[*sql.Tx])
}

func testLessClient[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	less, err := partnercentralriver.New(s.driver, lessClient{w.svc.Client()}, func(context.Context, TTx, partnercentral.Task) error { return nil })
	require.NoError(t, err)
	_, err = less.Start(t.Context(), &partnercentral.StartOpportunityFromEngagementTaskInput{
		Catalog: aws.String("AWS"), ClientToken: aws.String(partnercentral.ClientTokenFor("other")), ContextIdentifier: aws.String("1"), Identifier: aws.String("eng-0123456789abcd"),
	})
	require.NoError(t, err)
	stop := working[TTx]{s, less, w.svc}.work(t)
	row := w.until(t, "other", func(row partnercentralriver.Row) bool { return row.LastError != "" })
	require.Contains(t, row.LastError, "lacks StartOpportunityFromEngagementTask")
	require.Equal(t, partnercentralriver.StatusQueued, row.Status)
	require.Zero(t, row.Attempts)
	stop()
	s.do(t, "UPDATE partnercentral_task SET due_at = created_at")
	w.work(t)
	w.until(t, "other", handled)
}

func TestAFailureIsTriedAgainAsAskedFor(t *testing.T) {
	t.Parallel()
	onBoth(t, testRestarts[pgx.Tx], testRestarts[*sql.Tx])
}

func testRestarts[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil, func(o *partnercentralriver.Options) { o.MaxRestarts, o.RetryFailed = 1, true })
	transient := partnercentraltest.Fail(partnercentral.ReasonCodeInternalError, "passing")
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000001")).Script(transient, partnercentraltest.Complete())
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000002")).Script(
		partnercentraltest.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "no close date"), partnercentraltest.Complete())
	w.start(t, "O0000001", "1")
	w.start(t, "O0000002", "2")
	w.work(t)
	one := w.until(t, "1", handled)
	require.Equal(t, partnercentralriver.StatusComplete, one.Status)
	require.Equal(t, 1, one.Restarts)
	require.Equal(t, partnercentral.NextClientToken(one.Token), one.Task.ClientToken)
	failed := w.until(t, "2", handled)
	require.Equal(t, partnercentralriver.StatusFailed, failed.Status)

	// A person corrects the deal and submits it again.
	corrected := submit("O0000002", "2")
	corrected.AwsSubmission.Visibility = partnercentral.VisibilityLimited
	row, err := w.tasks.Start(t.Context(), corrected)
	require.NoError(t, err)
	require.Equal(t, partnercentralriver.StatusQueued, row.Status)
	require.NotEqual(t, failed.JobID, row.JobID, "what River still writes of the old job is not about the new end")
	two := w.until(t, "2", func(row partnercentralriver.Row) bool {
		return handled(row) && row.Status == partnercentralriver.StatusComplete
	})
	require.Equal(t, partnercentral.NextClientToken(two.Token), two.Task.ClientToken)
	require.Equal(t, 3, s.number(t, "SELECT count(*) FROM ends"), "the failure that was told was told too")

	// A program without the table has seen a deal fail before.
	svcClient := partnercentral.NewRunner(w.svc.Client())
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000003")).Script(
		partnercentraltest.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "no close date"), partnercentraltest.Complete())
	_, err = svcClient.Run(t.Context(), submit("O0000003", "3"))
	require.ErrorIs(t, err, partnercentral.RunFailed)
	w.start(t, "O0000003", "3")
	three := w.until(t, "3", handled)
	require.Equal(t, partnercentralriver.StatusComplete, three.Status)
	require.Zero(t, three.Restarts)
}

func TestATaskOfAnotherProgramIsAdopted(t *testing.T) {
	t.Parallel()
	onBoth(t, testAdopt[pgx.Tx], testAdopt[*sql.Tx])
}

func testAdopt[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil, func(o *partnercentralriver.Options) { o.Adopt = aws.Duration(time.Hour) })
	other, err := partnercentral.NewRunner(w.svc.Client()).Start(t.Context(), submit("O0000001", "by somebody else"))
	require.NoError(t, err)
	w.start(t, "O0000001", "1")
	// A kind that cannot be adopted is started all the same.
	_, err = w.tasks.Start(t.Context(), &partnercentral.StartOpportunityFromEngagementTaskInput{
		Catalog: aws.String("AWS"), ClientToken: aws.String(partnercentral.ClientTokenFor("2")), ContextIdentifier: aws.String("1"), Identifier: aws.String("eng-0123456789abcd"),
	})
	require.NoError(t, err)
	w.work(t)
	row := w.until(t, "1", handled)
	require.Equal(t, partnercentralriver.StatusComplete, row.Status)
	require.Equal(t, other.ID, row.Task.ID)
	require.True(t, row.Task.Adopted)
	require.Equal(t, partnercentralriver.StatusComplete, w.until(t, "2", handled).Status)
	require.Len(t, w.svc.Tasks(), 2)
}

func TestObjectsThatAppearLate(t *testing.T) {
	t.Parallel()
	onBoth(t, testGrace[pgx.Tx], testGrace[*sql.Tx])
}

func testGrace[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil, func(o *partnercentralriver.Options) { o.StartNotFoundGrace = 6 * time.Second })
	missing := partnercentraltest.Refuse(&partnercentral.ResourceNotFoundException{Message: aws.String("no such opportunity")})
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000001")).Fault(partnercentraltest.Times(2), missing)
	w.svc.When(startSubmission, partnercentraltest.WithIdentifier("O0000002")).Fault(partnercentraltest.Always(), missing)
	w.start(t, "O0000001", "1")
	w.start(t, "O0000002", "2")
	w.work(t)
	one := w.until(t, "1", handled)
	require.Equal(t, partnercentralriver.StatusComplete, one.Status)
	require.Equal(t, 3, one.Attempts)
	two := w.until(t, "2", handled)
	require.Equal(t, partnercentralriver.StatusRefused, two.Status)
	require.Contains(t, two.LastError, "no such opportunity")
}

func TestNudgeMakesTheHolderPoll(t *testing.T) {
	t.Parallel()
	onBoth(t, testNudge[pgx.Tx], testNudge[*sql.Tx])
}

func testNudge[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil, func(o *partnercentralriver.Options) {
		o.WaiterOptions = append(o.WaiterOptions, func(o *partnercentral.TaskWaiterOptions) { o.MaxDelay = time.Hour })
	})
	w.svc.Script(startSubmission, partnercentraltest.Never())
	w.start(t, "O0000001", "1")
	w.work(t)
	w.until(t, "1", inProgress)
	polls := func() int { return w.svc.Calls().For(partnercentraltest.ListEngagementFromOpportunityTasks).Len() }
	// The pauses between the polls of a task grow: wait for one to nudge in.
	for last := -1; last != polls(); time.Sleep(3 * time.Second) {
		last = polls()
	}
	before := polls()
	require.NoError(t, w.tasks.Nudge(t.Context(), partnercentral.Task{OpportunityID: "O0000001"}))
	require.Eventually(t, func() bool { return polls() > before }, 2*time.Second, 20*time.Millisecond)
	require.Zero(t, s.number(t, "SELECT count(*) FROM partnercentral_nudge"))
	require.NoError(t, w.tasks.Nudge(t.Context()))
}

func TestAClientOfTheCallersTakesEnds(t *testing.T) {
	t.Parallel()
	onBoth(t, testAddTo[pgx.Tx], testAddTo[*sql.Tx])
}

// crmJob is a job of the caller's.
type crmJob struct{}

func (crmJob) Kind() string { return "crm" }

func testAddTo[TTx any](t *testing.T, s setup[TTx]) {
	w := newWorking(t, s, nil)
	second := newTasks(t, s, func(o *partnercentralriver.Options) { o.Account, o.StartsPerSecond = "second", 100 })
	var worked atomic.Int64
	config := &river.Config{Workers: river.NewWorkers(), Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}}}
	river.AddWorker(config.Workers, river.WorkFunc(func(context.Context, *river.Job[crmJob]) error { worked.Add(1); return nil }))
	require.NoError(t, w.tasks.AddTo(config))
	require.NoError(t, second.AddTo(config))
	require.NoError(t, w.tasks.AddTo(config), "it has them already")
	require.ErrorContains(t, newTasks(t, s).AddTo(config), "other Tasks of this account")
	require.ErrorContains(t, w.tasks.AddTo(nil), "nil")
	require.ErrorContains(t, w.tasks.AddTo(&river.Config{Schema: "other"}), "schema")

	client, err := river.NewClient(s.driver, config)
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() { _ = client.Stop(context.Background()) })
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 2)
	go func() { ran <- w.tasks.Run(ctx) }()
	go func() { ran <- second.Run(ctx) }()
	_, err = client.Insert(t.Context(), crmJob{}, nil)
	require.NoError(t, err)
	w.start(t, "O0000001", "1")
	_, err = second.Start(t.Context(), submit("O0000001", "1"))
	require.NoError(t, err)
	w.until(t, "1", handled)
	working[TTx]{s, second, w.svc}.until(t, "1", handled)
	require.Eventually(t, func() bool { return worked.Load() == 1 }, 10*time.Second, 50*time.Millisecond)
	cancel()
	require.NoError(t, <-ran)
	require.NoError(t, <-ran)
}

// A process that froze in the middle of onEnd would keep the lock of its row.
func TestPostgresEndsTransactionsThatStandStill(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	var calls atomic.Int64
	entered := make(chan struct{})
	w := newWorking(t, s, func(partnercentral.Task) error {
		if calls.Add(1) == 1 {
			close(entered)
			time.Sleep(6 * time.Second) // deaf to its context
		}
		return nil
	}, func(o *partnercentralriver.Options) { o.OnEndTimeout = time.Second })
	w.start(t, "O0000001", "1")
	w.work(t)
	<-entered
	begin := time.Now()
	s.do(t, "UPDATE partnercentral_task SET last_error = NULL") // needs the lock
	require.Less(t, time.Since(begin), 5*time.Second)
	require.Equal(t, partnercentralriver.StatusComplete, w.until(t, "1", handled).Status)
	require.Equal(t, 1, s.number(t, "SELECT count(*) FROM ends"))
	require.Greater(t, calls.Load(), int64(1))
}

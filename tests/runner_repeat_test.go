package tests

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A Start that is answered without an id, and has not ended, is found by its
// object.
func TestRunOfAStartWithoutAnID(t *testing.T) {
	for name, tc := range map[string]struct {
		start fake.Operation
		list  fake.Operation
		in    pc.StartTaskInput
	}{
		"opportunity": {opStart, opList, keyed(submission(1), "k")},
		"invitation":  {fake.StartEngagementByAcceptingInvitationTask, fake.ListEngagementByAcceptingInvitationTasks, acceptance(1)},
		"prospecting": {fake.StartProspectingFromEngagementTask, fake.ListProspectingFromEngagementTasks, prospectingRun(1)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				svc.Script(tc.start, fake.WithoutTaskID(fake.VisibleAfter(3*time.Second, fake.After(20*time.Minute, fake.Complete()))))
				start := time.Now()
				runner := pc.NewRunner(svc.Client())
				task, err := runner.Start(t.Context(), tc.in)
				require.NoError(t, err)
				require.Equal(t, pc.TaskStatusInProgress, task.Status)
				require.NotEmpty(t, task.ID)
				require.NotEmpty(t, task.ClientToken)
				require.Less(t, time.Since(start), 10*time.Second)
				require.LessOrEqual(t, svc.Calls().For(tc.start).Len(), 3, "the client's own attempts")
				require.LessOrEqual(t, svc.Calls().For(tc.list).Len(), 2)

				in := task.ClientToken
				require.Len(t, startedTasks(svc)[in], 1)
				ended, err := pc.NewTaskWaiter(svc.Client()).Wait(t.Context(), task, time.Hour)
				require.NoError(t, err)
				require.Equal(t, task.ID, ended.ID)
			})
		})
	}
}

// An older task of the object is not taken for the one that was started.
func TestRunOfAStartWithoutAnIDAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.After(time.Hour, fake.Complete()), fake.WithoutTaskID(fake.After(time.Minute, fake.Complete())))
		older, err := pc.NewRunner(svc.Client()).Start(t.Context(), keyed(submission(1), "older"))
		require.NoError(t, err)
		time.Sleep(10 * time.Minute)
		task, err := pc.NewRunner(svc.Client()).Run(t.Context(), keyed(submission(1), "k"))
		require.NoError(t, err)
		require.NotEqual(t, older.ID, task.ID)
	})
}

// working is a service that works on a Start for a while. A repeat is refused
// meanwhile.
func working(svc *fake.Service, repeats int) {
	svc.Fault(opStart, fake.Nth(1), fake.AfterCommit(fake.Reset()))
	for n := 2; n < 2+repeats; n++ {
		svc.Fault(opStart, fake.Nth(n), fake.Refuse(&pc.ConflictException{Message: aws.String("in progress")}))
	}
}

// A conflict with the run's own first attempt is outlasted.
func TestRunConflictWithItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		working(svc, 3)
		task, err := pc.NewRunner(svc.Client()).Run(t.Context(), keyed(submission(1), "k"))
		require.NoError(t, err)
		require.Equal(t, []string{task.ID}, startedTasks(svc)[task.ClientToken])
		require.Len(t, svc.Tasks(), 1)
	})
}

// One that lasts longer than a Start is known to take is looked up by its object.
func TestRunConflictWithItselfThatStays(t *testing.T) {
	for _, started := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			svc := fake.New(t, fake.WithDuration(10*time.Minute), fake.AllowLeftovers())
			lost := fake.Reset()
			if started {
				lost = fake.AfterCommit(lost)
			}
			svc.Fault(opStart, fake.Nth(1), lost)
			for n := 2; n < 30; n++ {
				svc.Fault(opStart, fake.Nth(n), fake.Refuse(&pc.ConflictException{}))
			}
			start := time.Now()
			task, err := pc.NewRunner(svc.Client()).Start(t.Context(), keyed(submission(1), "k"))
			spent := time.Since(start)
			if started {
				require.NoError(t, err)
				require.Equal(t, svc.Tasks()[0].ID, task.ID)
				require.Equal(t, pc.ClientTokenFor("k"), task.ClientToken)
			} else {
				requireState(t, err, pc.RunMaybeStarted)
				require.ErrorAs(t, err, new(*pc.ConflictException))
				require.False(t, task.StartTime.IsZero())
			}
			require.GreaterOrEqual(t, spent, 30*time.Second)
			require.Less(t, spent, 45*time.Second)
		})
	}
}

// Waiting for turns of the Quota does not use up the patience for faults.
func TestRunHasPatienceWhileItQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		quota := pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerSecond = 0.02 })
		svc.Fault(opStart, fake.Times(8), fake.Error(500, "InternalServerException", ""))
		start := time.Now()
		_, err := pc.NewRunner(svc.Client(withQuota(quota))).Run(t.Context(), submission(1))
		require.NoError(t, err)
		require.Greater(t, time.Since(start), 6*time.Minute)
	})
}

// A Start for an object that cannot be found yet is repeated for as long as was asked.
func TestRunStartNotFoundGrace(t *testing.T) {
	missing := fake.Refuse(&pc.ResourceNotFoundException{})
	for name, tc := range map[string]struct {
		grace  time.Duration
		appear time.Duration // when the object can be found
		found  bool
	}{
		"default":     {0, time.Second, false},
		"soon":        {time.Minute, 4 * time.Second, true},
		"late":        {105 * time.Second, 100 * time.Second, true},
		"too late":    {20 * time.Second, time.Minute, false},
		"a moment":    {time.Second, 500 * time.Millisecond, true},
		"to the last": {10 * time.Second, 10*time.Second - time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				start := time.Now()
				var sent []time.Duration
				client := svc.Client(func(o *pc.Options) {
					inner := o.HTTPClient
					o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
						if r.Header.Get("X-Amz-Target") == "AWSPartnerCentralSelling."+string(opStart) {
							sent = append(sent, time.Since(start))
							if time.Since(start) < tc.appear {
								svc.Fault(opStart, fake.Times(1), missing)
							}
						}
						return inner.Do(r)
					})
				})
				_, err := pc.NewRunner(client, func(o *pc.RunnerOptions) { o.StartNotFoundGrace = tc.grace }).Start(t.Context(), keyed(submission(1), "k"))
				if tc.found {
					require.NoError(t, err)
				} else {
					requireState(t, err, pc.RunNotStarted)
					require.ErrorAs(t, err, new(*pc.ResourceNotFoundException))
					require.Equal(t, tc.grace, time.Since(start))
				}
				require.LessOrEqual(t, sent[len(sent)-1], tc.grace)
				for i := 2; i+1 < len(sent); i++ {
					require.Greater(t, sent[i]-sent[i-1], (sent[i-1]-sent[i-2])/2, "pauses grow")
				}
				require.Less(t, len(sent), 12)
			})
		})
	}
}

// The end of the context is not outlived, and the cause is said.
func TestRunStartNotFoundGraceEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Fault(opStart, fake.Always(), fake.Refuse(&pc.ResourceNotFoundException{}))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := pc.NewRunner(svc.Client()).Run(ctx, submission(1), func(o *pc.RunnerOptions) { o.StartNotFoundGrace = time.Hour })
		requireState(t, err, pc.RunNotStarted)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorAs(t, err, new(*pc.ResourceNotFoundException))
		require.Equal(t, 10*time.Second, time.Since(start))
	})
}

// A Quota without a pace is none that a throttled Start could queue up in.
func TestRunThrottledWithoutAPace(t *testing.T) {
	for name, options := range map[string]func(*pc.QuotaOptions){
		"writes":      func(o *pc.QuotaOptions) { o.WritesPerSecond = -1 },
		"prospecting": func(o *pc.QuotaOptions) { o.ProspectingStartsPerSecond = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				var in pc.StartTaskInput = submission(1)
				op := opStart
				if name == "prospecting" {
					in, op = prospectingRun(1), fake.StartProspectingFromEngagementTask
				}
				svc.Fault(op, fake.Always(), fake.Throttle())
				_, err := pc.NewRunner(svc.Client(withQuota(pc.NewQuota(options)))).Run(t.Context(), in, func(o *pc.RunnerOptions) { o.MaxWait = 10 * time.Minute })
				requireState(t, err, pc.RunNotStarted)
				require.Less(t, svc.Calls().Len(), 100)
			})
		})
	}
}

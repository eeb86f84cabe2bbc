package tests

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const (
	opStart = fake.StartEngagementFromOpportunityTask
	opList  = fake.ListEngagementFromOpportunityTasks
)

func keyed(in *pc.StartEngagementFromOpportunityTaskInput, key string) *pc.StartEngagementFromOpportunityTaskInput {
	in.ClientToken = aws.String(pc.ClientTokenFor(key))
	return in
}

// startedTasks are the tasks that the service has, by client token.
func startedTasks(svc *fake.Service) map[string][]string {
	tasks := map[string][]string{}
	for _, c := range svc.Calls().Committed() {
		if c.ClientToken != "" && !slices.Contains(tasks[c.ClientToken], c.TaskID) {
			tasks[c.ClientToken] = append(tasks[c.ClientToken], c.TaskID)
		}
	}
	return tasks
}

func requireState(t *testing.T, err error, state pc.RunState) *pc.RunError {
	t.Helper()
	var runErr *pc.RunError
	require.ErrorAs(t, err, &runErr)
	require.Equal(t, state, runErr.State, err)
	return runErr
}

func TestRunFromStartToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.After(30*time.Minute, fake.Complete()))
		in := keyed(submission(1), "a")
		before := *in
		var seen []pc.TaskStatus
		task, err := pc.NewRunner(svc.Client()).Run(t.Context(), in, func(o *pc.RunnerOptions) {
			o.OnChange = func(task pc.Task) {
				require.Equal(t, *in.ClientToken, task.ClientToken)
				seen = append(seen, task.Status)
			}
		})
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusComplete, task.Status)
		require.NotEmpty(t, task.EngagementID)
		require.Equal(t, pc.CatalogSandbox, task.Catalog)
		require.Equal(t, "O1001", task.OpportunityID)
		require.Equal(t, *in.ClientToken, task.ClientToken)
		require.Equal(t, []pc.TaskStatus{pc.TaskStatusInProgress, pc.TaskStatusComplete}, seen)
		require.Equal(t, before, *in, "the input is not written to")
		require.Len(t, startedTasks(svc), 1)
	})
}

func TestRunReturnsAtOnceWhenTheAnswerIsTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartEngagementByAcceptingInvitationTask, fake.Immediately(fake.Complete()), fake.WithoutTaskID(fake.Immediately(fake.Complete())))
		runner := pc.NewRunner(svc.Client())
		start := time.Now()
		for i := range 2 {
			task, err := runner.Run(t.Context(), acceptance(i))
			require.NoError(t, err)
			require.Equal(t, pc.TaskStatusComplete, task.Status)
			require.NotEmpty(t, task.ClientToken)
			require.Equal(t, pc.TaskKindEngagementByAcceptingInvitation, task.Kind)
		}
		require.Zero(t, time.Since(start))
		require.Equal(t, 2, svc.Calls().Len(), "nothing was listed")
	})
}

// Without a token each run is a task of its own, and the caller gets to know
// the token that was used.
func TestRunMakesATokenWhereThereIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		in := submission(1)
		runner := pc.NewRunner(svc.Client())
		first, err := runner.Run(t.Context(), in)
		require.NoError(t, err)
		second, err := runner.Run(t.Context(), in)
		require.NoError(t, err)
		require.NotEqual(t, first.ID, second.ID)
		require.Contains(t, startedTasks(svc), first.ClientToken)
		require.Contains(t, startedTasks(svc), second.ClientToken)
		require.Nil(t, in.ClientToken)

		own := pc.NewRunner(svc.Client(func(o *pc.Options) { o.IdempotencyTokenProvider = ownTokens("mine") }))
		task, err := own.Run(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, "mine", task.ClientToken)
	})
}

type ownTokens string

func (f ownTokens) GetIdempotencyToken() (string, error) {
	if f == "" {
		return "", errors.New("no entropy")
	}
	return string(f), nil
}

func TestRunRestartsTransientFailuresAlongTheChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart,
			fake.Fail(pc.ReasonCodeRequestThrottled, "busy"),
			fake.Immediately(fake.Fail(pc.ReasonCodeInternalError, "")),
			fake.Complete())
		var tokens []string
		in := keyed(submission(1), "deal")
		runner := pc.NewRunner(svc.Client(), func(o *pc.RunnerOptions) {
			o.MaxRestarts = 2
			o.OnChange = func(task pc.Task) {
				if !slices.Contains(tokens, task.ClientToken) {
					tokens = append(tokens, task.ClientToken)
				}
			}
		})
		task, err := runner.Run(t.Context(), in)
		require.NoError(t, err)
		first := pc.ClientTokenFor("deal")
		second := pc.NextClientToken(first)
		third := pc.NextClientToken(second)
		require.Equal(t, []string{first, second, third}, tokens)
		require.Equal(t, third, task.ClientToken)

		// The whole chain again starts nothing and finds the same end.
		again, err := pc.NewRunner(svc.Client(), func(o *pc.RunnerOptions) { o.MaxRestarts = 2 }).Run(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, task.ID, again.ID)
		require.Len(t, startedTasks(svc), 3)
	})
}

func TestRunDoesNotRestartUnasked(t *testing.T) {
	for _, tc := range []struct {
		name        string
		reason      pc.ReasonCode
		maxRestarts int
		tasks       int
	}{
		{"default", pc.ReasonCodeInternalError, 0, 1},
		{"used up", pc.ReasonCodeInternalError, 3, 4},
		{"needs a person", pc.ReasonCodeOpportunityValidationFailed, 3, 1},
		{"unknown reason", "SomethingNew", 3, 1},
		{"no reason", "", 3, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.WithDefaultOutcome(fake.Fail(tc.reason, "what to do")))
				task, err := pc.NewRunner(svc.Client()).Run(t.Context(), submission(1), func(o *pc.RunnerOptions) { o.MaxRestarts = tc.maxRestarts })
				runErr := requireState(t, err, pc.RunFailed)
				require.Equal(t, tc.tasks-1, runErr.Restarts)
				require.Equal(t, tc.reason, task.ReasonCode)
				require.Equal(t, task, runErr.Task)
				var failed *pc.TaskFailedError
				require.ErrorAs(t, err, &failed)
				require.ErrorContains(t, err, "what to do")
				if tc.reason != "" {
					require.ErrorContains(t, err, string(tc.reason))
					require.ErrorContains(t, err, tc.reason.Remedy())
				}
				require.Len(t, startedTasks(svc), tc.tasks)
			})
		})
	}
}

// The context's end is never outlived, not by a restart either.
func TestRunDoesNotRestartAfterTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDefaultOutcome(fake.Immediately(fake.Fail(pc.ReasonCodeInternalError, ""))))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := pc.NewRunner(svc.Client()).Run(ctx, submission(1), func(o *pc.RunnerOptions) { o.MaxRestarts = 5 })
		requireState(t, err, pc.RunFailed)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "not started again")
		require.Equal(t, time.Second, time.Since(start))
		require.Equal(t, 1, svc.Calls().Len())
	})
}

// What is known of a Start that did not succeed.
func TestRunErrorsOfTheStart(t *testing.T) {
	internal := fake.Error(500, "InternalServerException", "")
	for _, tc := range []struct {
		name  string
		fault func(svc *fake.Service)
		state pc.RunState
		as    any
		text  string
	}{
		{"refused", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Always(), fake.Refuse(&pc.ValidationException{Message: aws.String("no")}))
		}, pc.RunNotStarted, new(*pc.ValidationException), "was not started: "},
		{"denied", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Always(), fake.Refuse(&pc.AccessDeniedException{}))
		}, pc.RunNotStarted, new(*pc.AccessDeniedException), "was not started: "},
		{"throttled to the end", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Always(), fake.Throttle())
		}, pc.RunNotStarted, new(*pc.ThrottlingException), "was not started: "},
		{"answer lost", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Always(), fake.AfterCommit(fake.Reset()))
		}, pc.RunMaybeStarted, new(*net.OpError), "may have been started: "},
		{"fault of the service", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Always(), internal)
		}, pc.RunMaybeStarted, new(*pc.InternalServerException), "may have been started: "},
		{"proxy", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Always(), fake.HTML(502))
		}, pc.RunMaybeStarted, new(*smithy.OperationError), "may have been started: "},
		{"answer broken", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Always(), fake.AfterCommit(fake.Malformed()))
		}, pc.RunMaybeStarted, new(*smithy.DeserializationError), "may have been started: "},
		{"answer lost, then throttled, then refused", func(svc *fake.Service) {
			svc.Fault(opStart, fake.Nth(1), fake.AfterCommit(fake.CloseEarly()))
			svc.Fault(opStart, fake.Nth(2), fake.Throttle())
			svc.Fault(opStart, fake.Nth(3), fake.Refuse(&pc.AccessDeniedException{}))
		}, pc.RunMaybeStarted, new(*pc.AccessDeniedException), "may have been started: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				tc.fault(svc)
				in := keyed(submission(1), "k")
				task, err := pc.NewRunner(svc.Client()).Run(t.Context(), in, func(o *pc.RunnerOptions) { o.MaxWait = 5 * time.Minute })
				runErr := requireState(t, err, tc.state)
				require.ErrorAs(t, err, tc.as)
				require.ErrorContains(t, err, "EngagementFromOpportunity task of opportunity O1001 in Sandbox "+tc.text)
				require.Equal(t, *in.ClientToken, task.ClientToken, "what is known finds it again")
				require.Equal(t, "O1001", task.OpportunityID)
				require.Equal(t, pc.CatalogSandbox, task.Catalog)
				if tc.state == pc.RunMaybeStarted {
					require.NotContains(t, err.Error(), *in.ClientToken)
					require.False(t, task.StartTime.IsZero())
				}
				require.Equal(t, task, runErr.Task)
				for _, c := range svc.Calls() {
					require.Equal(t, *in.ClientToken, c.ClientToken, "always the same token")
				}
			})
		})
	}
}

func TestRunErrorsWithoutACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		runner := pc.NewRunner(svc.Client())
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		noCredentials := pc.NewRunner(svc.Client(func(o *pc.Options) { o.Credentials = nil }))
		spent := pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerDay = 1 })
		paced := pc.NewRunner(svc.Client(withQuota(spent)))
		_, err := paced.Run(t.Context(), submission(0))
		require.NoError(t, err)
		calls := svc.Calls().Len()

		var noContext context.Context
		for _, tc := range []struct {
			name string
			run  func() (pc.Task, error)
			text string
		}{
			{"nil", func() (pc.Task, error) { return runner.Run(t.Context(), nil) }, "the input is nil"},
			{"nil pointer", func() (pc.Task, error) {
				return runner.Run(t.Context(), (*pc.StartEngagementFromOpportunityTaskInput)(nil))
			}, "the input is nil"},
			{"nil context", func() (pc.Task, error) { return runner.Run(noContext, submission(1)) }, "the context is nil"},
			{"less than none", func() (pc.Task, error) {
				return runner.Run(t.Context(), submission(1), func(o *pc.RunnerOptions) { o.MaxRestarts = -3 })
			}, "MaxRestarts is less than zero"},
			{"less than no time", func() (pc.Task, error) {
				return runner.Start(t.Context(), submission(1), nil, func(o *pc.RunnerOptions) { o.MaxWait = -1 })
			}, "MaxWait is less than zero"},
			{"no runner", func() (pc.Task, error) { return (*pc.Runner)(nil).Run(t.Context(), submission(1)) }, "the runner was not made"},
			{"ended context", func() (pc.Task, error) { return runner.Run(ended, submission(1)) }, "context canceled"},
			{"invalid", func() (pc.Task, error) {
				return runner.Run(t.Context(), &pc.StartEngagementFromOpportunityTaskInput{Catalog: aws.String("Sandbox")})
			}, "missing required field, StartEngagementFromOpportunityTaskInput.Identifier"},
			{"no credentials", func() (pc.Task, error) { return noCredentials.Run(t.Context(), submission(1)) }, "no credentials"},
			{"quota used up", func() (pc.Task, error) { return paced.Run(t.Context(), submission(1)) }, "all 1 writes of the last 24 hours"},
			{"no token", func() (pc.Task, error) {
				return pc.NewRunner(svc.Client(func(o *pc.Options) { o.IdempotencyTokenProvider = ownTokens("") })).Run(t.Context(), submission(1))
			}, "no entropy"},
		} {
			start := time.Now()
			_, err := tc.run()
			requireState(t, err, pc.RunNotStarted)
			require.ErrorContains(t, err, tc.text, tc.name)
			require.ErrorContains(t, err, "was not started", tc.name)
			require.Zero(t, time.Since(start), tc.name)
		}
		require.Equal(t, calls, svc.Calls().Len())
	})
}

func TestRunNoConnectionIsNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
		svc := fake.New(t)
		client := svc.Client(func(o *pc.Options) {
			o.HTTPClient = doer(func(*http.Request) (*http.Response, error) { return nil, refused })
		})
		start := time.Now()
		_, err := pc.NewRunner(client).Run(t.Context(), submission(1))
		requireState(t, err, pc.RunNotStarted)
		require.ErrorContains(t, err, "connection refused")
		require.LessOrEqual(t, time.Since(start), 2*time.Minute, "it is told of a wrong address")
	})
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// A token that was used with other parameters is named, and not tried again.
func TestRunConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		runner := pc.NewRunner(svc.Client(), func(o *pc.RunnerOptions) { o.MaxRestarts = 5 })
		_, err := runner.Run(t.Context(), keyed(submission(1), "same"))
		require.NoError(t, err)
		calls := svc.Calls().For(opStart).Len()
		_, err = runner.Run(t.Context(), keyed(submission(2), "same"))
		requireState(t, err, pc.RunNotStarted)
		var conflict *pc.ConflictException
		require.ErrorAs(t, err, &conflict)
		require.ErrorContains(t, err, "ConflictException")
		require.ErrorContains(t, err, "its ClientToken was used with other parameters")
		require.Equal(t, calls+1, svc.Calls().For(opStart).Len())
	})
}

// Throttling and lost answers are waited out; the task is started once.
func TestRunOutlastsTrouble(t *testing.T) {
	for name, effect := range map[string]fake.Effect{
		"throttled":      fake.Throttle(),
		"answers lost":   fake.AfterCommit(fake.Reset()),
		"answers broken": fake.AfterCommit(fake.Truncate(20)),
		"faults":         fake.AfterCommit(fake.Error(500, "InternalServerException", "")),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				svc.Fault(opStart, fake.Times(10), effect)
				_, err := pc.NewRunner(svc.Client()).Run(t.Context(), submission(1))
				require.NoError(t, err)
				require.Equal(t, 11, svc.Calls().For(opStart).Len())
				tasks := startedTasks(svc)
				require.Len(t, tasks, 1)
				for _, ids := range tasks {
					require.Len(t, ids, 1)
				}
			})
		})
	}
}

func TestRunStillRunning(t *testing.T) {
	for _, tc := range []struct {
		name string
		run  func(ctx context.Context, runner *pc.Runner) (pc.Task, error)
		is   error
	}{
		{"too long", func(ctx context.Context, runner *pc.Runner) (pc.Task, error) {
			return runner.Run(ctx, submission(1), func(o *pc.RunnerOptions) { o.MaxWait = 10 * time.Minute })
		}, context.DeadlineExceeded},
		{"canceled", func(ctx context.Context, runner *pc.Runner) (pc.Task, error) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(10*time.Minute, cancel)
			return runner.Run(ctx, submission(1))
		}, context.Canceled},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				svc.Script(opStart, fake.After(20*time.Minute, fake.Complete()))
				start := time.Now()
				client := svc.Client()
				task, err := tc.run(t.Context(), pc.NewRunner(client))
				require.Equal(t, 10*time.Minute, time.Since(start))
				runErr := requireState(t, err, pc.RunStarted)
				require.ErrorIs(t, err, tc.is)
				require.NotEmpty(t, task.ID)
				require.ErrorContains(t, err, task.ID)
				require.ErrorContains(t, err, "was started")

				// Both ways on that the error names find the task.
				ended, err := pc.NewTaskWaiter(client).Wait(t.Context(), runErr.Task, time.Hour)
				require.NoError(t, err)
				require.Equal(t, task.ID, ended.ID)
				in := submission(1)
				in.ClientToken = &runErr.Task.ClientToken
				again, err := pc.NewRunner(client).Run(t.Context(), in)
				require.NoError(t, err)
				require.Equal(t, task.ID, again.ID)
			})
		})
	}
}

// Two processes that run the same key at the same time share its task.
func TestRunTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.Fail(pc.ReasonCodeInternalError, ""), fake.Complete())
		ids := make([]string, 4)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				task, err := pc.NewRunner(svc.Client()).Run(t.Context(), keyed(submission(1), "deal"), func(o *pc.RunnerOptions) { o.MaxRestarts = 1 })
				require.NoError(t, err)
				ids[i] = task.ID
			})
		}
		wg.Wait()
		require.Len(t, slices.Compact(ids), 1)
		require.Len(t, startedTasks(svc), 2, "the one that failed and the one after it")
	})
}

// A crash at each point of a run, and the same key again in a new process.
func TestRunAfterACrash(t *testing.T) {
	// A crash leaves the process no time to clean up. A run does nothing when
	// its context ends but return, so that stands for a crash here.
	type process struct {
		svc   *fake.Service
		crash context.CancelFunc
	}
	atChange := func(n int) func(p *process) func(pc.Task) {
		return func(p *process) func(pc.Task) {
			changes := 0
			return func(pc.Task) {
				if changes++; changes == n {
					p.crash()
				}
			}
		}
	}
	chain := []fake.Outcome{fake.After(time.Minute, fake.Fail(pc.ReasonCodeInternalError, "")), fake.After(time.Minute, fake.Complete())}
	for _, tc := range []struct {
		name     string
		prepare  func(p *process)
		onChange func(p *process) func(pc.Task)
		ended    bool // the first run got to its end
		before   int  // tasks that the first run has started
	}{
		{name: "before sending", prepare: func(p *process) { p.crash() }},
		{name: "sent, not committed", prepare: func(p *process) {
			p.svc.Fault(opStart, fake.Nth(1), fake.Stall())
			time.AfterFunc(time.Second, p.crash)
		}},
		{name: "committed, answer lost", before: 1, prepare: func(p *process) {
			p.svc.Fault(opStart, fake.Nth(1), fake.AfterCommit(fake.Stall()))
			time.AfterFunc(time.Second, p.crash)
		}},
		{name: "answered", before: 1, onChange: atChange(1)},
		{name: "waiting", before: 1, prepare: func(p *process) { time.AfterFunc(30*time.Second, p.crash) }},
		{name: "attempt failed", before: 1, onChange: atChange(2)},
		{name: "next attempt committed, answer lost", before: 2, prepare: func(p *process) {
			p.svc.Fault(opStart, fake.Nth(2), fake.AfterCommit(fake.Stall()))
			time.AfterFunc(10*time.Minute, p.crash)
		}},
		{name: "next attempt answered", before: 2, onChange: atChange(3)},
		{name: "ended", before: 2, onChange: atChange(4), ended: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				svc.Script(opStart, chain...)
				ctx, crash := context.WithCancel(t.Context())
				defer crash()
				first := &process{svc, crash}
				if tc.prepare != nil {
					tc.prepare(first)
				}
				restarts := func(o *pc.RunnerOptions) { o.MaxRestarts = 1 }
				_, err := pc.NewRunner(svc.Client(), restarts).Run(ctx, keyed(submission(1), "deal"), func(o *pc.RunnerOptions) {
					if tc.onChange != nil {
						o.OnChange = tc.onChange(first)
					}
				})
				require.Equal(t, tc.ended, err == nil, err)
				require.Len(t, startedTasks(svc), tc.before)

				task, err := pc.NewRunner(svc.Client(), restarts).Run(t.Context(), keyed(submission(1), "deal"))
				require.NoError(t, err)
				require.Equal(t, pc.TaskStatusComplete, task.Status)
				token := pc.ClientTokenFor("deal")
				tasks := startedTasks(svc)
				require.Len(t, tasks, 2)
				require.Len(t, tasks[token], 1)
				require.Equal(t, []string{task.ID}, tasks[pc.NextClientToken(token)])
			})
		})
	}
}

func TestRunCallbackThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		var log bytes.Buffer
		client := svc.Client(func(o *pc.Options) { o.Logger = logging.NewStandardLogger(&log) })
		task, err := pc.NewRunner(client, func(o *pc.RunnerOptions) {
			o.OnChange = func(pc.Task) { panic("display is gone") }
		}).Run(t.Context(), submission(1))
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusComplete, task.Status)
		require.Contains(t, log.String(), "display is gone")
	})
}

// A mock in place of the client: what can be told from the error alone.
func TestRunWithAMock(t *testing.T) {
	for _, tc := range []struct {
		err   error
		state pc.RunState
	}{
		{errors.New("no idea"), pc.RunMaybeStarted},
		{&pc.ConflictException{}, pc.RunNotStarted},
		{smithy.InvalidParamsError{}, pc.RunNotStarted},
		{nil, pc.RunMaybeStarted},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, err := pc.NewRunner(mock{err: tc.err}).Run(t.Context(), submission(1))
			requireState(t, err, tc.state)
			if tc.err != nil {
				require.ErrorContains(t, err, tc.err.Error())
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		done := &pc.StartEngagementFromOpportunityTaskOutput{TaskStatus: pc.TaskStatusComplete}
		task, err := pc.NewRunner(mock{out: done}).Run(t.Context(), submission(1))
		require.NoError(t, err)
		require.Equal(t, "O1001", task.OpportunityID)
		require.Equal(t, pc.CatalogSandbox, task.Catalog)
		require.NotEmpty(t, task.ClientToken)
	})
}

type mock struct {
	pc.RunnerAPIClient
	out *pc.StartEngagementFromOpportunityTaskOutput
	err error
}

func (m mock) StartEngagementFromOpportunityTask(context.Context, *pc.StartEngagementFromOpportunityTaskInput, ...func(*pc.Options)) (*pc.StartEngagementFromOpportunityTaskOutput, error) {
	return m.out, m.err
}

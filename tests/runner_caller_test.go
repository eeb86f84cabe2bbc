package tests

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// outcomes are what a loop over results came to.
type outcomes struct {
	ended, failed int
	last          []pc.RunResult // with Index -1
}

func outcomesOf(results iter.Seq[pc.RunResult]) (o outcomes) {
	for result := range results {
		switch {
		case result.Index < 0:
			o.last = append(o.last, result)
		case result.Err == nil:
			o.ended++
		default:
			o.failed++
		}
	}
	return o
}

// requireStopped checks that the taking of inputs ended with an error.
func requireStopped(t *testing.T, o outcomes, as any) {
	t.Helper()
	require.Len(t, o.last, 1)
	requireState(t, o.last[0].Err, pc.RunNotStarted)
	require.ErrorAs(t, o.last[0].Err, as)
	require.ErrorContains(t, o.last[0].Err, "no further inputs were taken")
	require.Nil(t, o.last[0].Input)
	require.Zero(t, o.last[0].Task)
}

// An error that every input would meet ends the taking of inputs.
func TestRunAllStopsForAnErrorOfTheCaller(t *testing.T) {
	denied, expired := fake.Refuse(&pc.AccessDeniedException{}), fake.ExpiredToken()
	var response interface{ HTTPStatusCode() int }
	for name, tc := range map[string]struct {
		fault  func(*fake.Service)
		client func(*pc.Options)
		as     any
		starts int // the most Starts, with 10 in flight
	}{
		"permission":          {func(svc *fake.Service) { svc.Fault(opStart, fake.Always(), denied) }, nil, new(*pc.AccessDeniedException), 10},
		"permission, later":   {func(svc *fake.Service) { svc.Fault(opStart, fake.Times(30), denied) }, nil, new(*pc.AccessDeniedException), 30},
		"expired credentials": {func(svc *fake.Service) { svc.Fault(opStart, fake.Always(), expired) }, nil, &response, 10},
		"front door":          {func(svc *fake.Service) { svc.Fault(opStart, fake.Always(), fake.HTML(403)) }, nil, &response, 10},
		"permission to list": {func(svc *fake.Service) {
			svc.Fault(opList, fake.Always(), denied)
		}, nil, new(*pc.AccessDeniedException), 30},
		"credentials provider": {nil, func(o *pc.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, errNoLogin
			})
		}, new(*noLogin), 0},
		"no credentials": {nil, func(o *pc.Options) { o.Credentials = nil }, new(error), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.AllowLeftovers())
				if tc.fault != nil {
					tc.fault(svc)
				}
				var options []func(*pc.Options)
				if tc.client != nil {
					options = append(options, tc.client)
				}
				start := time.Now()
				o := outcomesOf(pc.NewRunner(svc.Client(options...)).RunAll(t.Context(), submissions(300), func(o *pc.RunAllOptions) { o.Concurrency = 10 }))
				requireStopped(t, o, tc.as)
				require.Zero(t, o.ended)
				require.LessOrEqual(t, svc.Calls().For(opStart).Len(), tc.starts)
				require.LessOrEqual(t, o.failed, max(tc.starts, 10))
				require.Less(t, time.Since(start), time.Minute)
			})
		})
	}
}

type noLogin struct{ error }

var errNoLogin error = &noLogin{errors.New("log in first")}

// What ends the taking of inputs in the middle leaves what is in flight alone.
func TestRunAllStopsInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.AllowLeftovers())
		for n := 41; n <= 60; n++ {
			svc.Fault(opStart, fake.Nth(n), fake.Refuse(&pc.AccessDeniedException{}))
		}
		o := outcomesOf(pc.NewRunner(svc.Client(withQuota(pc.NewQuota()))).RunAll(t.Context(), submissions(300), func(o *pc.RunAllOptions) { o.Concurrency = 10 }))
		requireStopped(t, o, new(*pc.AccessDeniedException))
		require.Equal(t, 40, o.ended)
		require.Less(t, o.failed, 20)
	})
}

// One object that nobody may touch is a fault of the input, and so is what the
// service refuses of a request.
func TestRunAllGoesOnAfterAnErrorOfTheInput(t *testing.T) {
	for name, effect := range map[string]fake.Effect{
		"denied":     fake.Refuse(&pc.AccessDeniedException{}),
		"invalid":    fake.Refuse(&pc.ValidationException{}),
		"missing":    fake.Refuse(&pc.ResourceNotFoundException{}),
		"conflict":   fake.Refuse(&pc.ConflictException{}),
		"full":       fake.Refuse(&pc.ServiceQuotaExceededException{}),
		"unknown":    fake.Error(400, "SomethingNewException", ""),
		"no service": fake.Error(500, "InternalServerException", ""),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				for _, i := range []int{5, 17, 18, 30} {
					svc.When(opStart, fake.WithIdentifier(fmt.Sprint("O", 1000+i))).Fault(fake.Always(), effect)
				}
				o := outcomesOf(pc.NewRunner(svc.Client(withQuota(pc.NewQuota()))).RunAll(t.Context(), submissions(40), func(o *pc.RunAllOptions) { o.Concurrency = 3 }))
				require.Empty(t, o.last)
				require.Equal(t, 36, o.ended)
				require.Equal(t, 4, o.failed)
			})
		})
	}
}

// The budget of the day ends the taking of inputs, or is waited for.
func TestRunAllAndTheBudgetOfTheDay(t *testing.T) {
	budget := func() *pc.Quota { return pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerDay = 50 }) }
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		start := time.Now()
		o := outcomesOf(pc.NewRunner(svc.Client(withQuota(budget()))).RunAll(t.Context(), submissions(20_000), func(o *pc.RunAllOptions) { o.Concurrency = 10 }))
		requireStopped(t, o, new(*pc.QuotaExhaustedError))
		require.Equal(t, 50, o.ended)
		require.LessOrEqual(t, o.failed, 10)
		require.Len(t, startedTasks(svc), 50)
		require.Less(t, time.Since(start), 2*time.Minute)
	})
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		start := time.Now()
		runner := pc.NewRunner(svc.Client(withQuota(budget())), func(o *pc.RunnerOptions) { o.MaxWait = time.Minute })
		o := outcomesOf(runner.RunAll(t.Context(), submissions(120), func(o *pc.RunAllOptions) { o.WaitForQuota = true }))
		require.Equal(t, outcomes{ended: 120}, o)
		require.Len(t, startedTasks(svc), 120)
		require.InDelta(t, 48, time.Since(start).Hours(), 0.1)
	})
}

// A budget of reads that is used up is waited for as well, by tasks that were
// started.
func TestRunAllWaitsForTheBudgetOfReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDuration(time.Minute))
		quota := pc.NewQuota(func(o *pc.QuotaOptions) { o.ReadsPerDay = 2 })
		client := svc.Client(withQuota(quota))
		for range 2 {
			_, err := client.ListEngagementFromOpportunityTasks(t.Context(), listInput())
			require.NoError(t, err)
		}
		runner := pc.NewRunner(client, func(o *pc.RunnerOptions) { o.MaxWait = 10 * time.Minute })
		start := time.Now()
		o := outcomesOf(runner.RunAll(t.Context(), submissions(3), func(o *pc.RunAllOptions) { o.WaitForQuota = true }))
		require.Equal(t, outcomes{ended: 3}, o)
		require.InDelta(t, 24, time.Since(start).Hours(), 0.5)
	})
}

// Options that no run accepts are said once.
func TestRunAllWithBadOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		runner := pc.NewRunner(svc.Client(), func(o *pc.RunnerOptions) { o.MaxWait, o.StartNotFoundGrace = -1, -1 })
		o := outcomesOf(runner.RunAll(t.Context(), inputs(-1)))
		require.Len(t, o.last, 1)
		require.ErrorContains(t, o.last[0].Err, "MaxWait is less than zero")
		require.ErrorContains(t, o.last[0].Err, "StartNotFoundGrace is less than zero")
	})
}

// A source that blocks does not keep the last result waiting.
func TestRunAllStopsWhileTheInputBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Fault(opStart, fake.Always(), fake.ExpiredToken())
		more := make(chan struct{})
		ended := false
		client := svc.Client(func(o *pc.Options) {
			inner := o.HTTPClient
			o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
				// The input blocks by then.
				time.Sleep(time.Second)
				return inner.Do(r)
			})
		})
		o := outcomesOf(pc.NewRunner(client).RunAll(t.Context(), func(yield func(pc.StartTaskInput) bool) {
			defer func() { ended = true }()
			if yield(submission(1)) {
				<-more
				yield(submission(2))
			}
		}))
		require.Len(t, o.last, 1)
		require.Equal(t, 1, o.failed)
		require.False(t, ended)
		close(more)
		synctest.Wait()
		require.True(t, ended)
		require.Equal(t, 1, svc.Calls().Len())
	})
}

// Several loops over one sequence, at once and one inside the other, do not mix.
func TestRunAllInSeveralLoops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDefaultOutcome(fake.Never()))
		svc.When(opStart, fake.WithIdentifier("O1000")).Script(fake.Immediately(fake.Complete()))
		var interrupted [2][]int
		runner := pc.NewRunner(svc.Client())
		loop := func(i, concurrency int) iter.Seq[pc.RunResult] {
			return runner.RunAll(t.Context(), submissions(100), func(o *pc.RunAllOptions) {
				o.Concurrency = concurrency
				o.OnInterrupted = func(result pc.RunResult) { interrupted[i] = append(interrupted[i], result.Index) }
			})
		}
		for range loop(0, 5) {
			for range loop(1, 9) {
				synctest.Wait()
				break
			}
			require.Len(t, interrupted[1], 9)
			require.Empty(t, interrupted[0])
			synctest.Wait()
			break
		}
		require.Len(t, interrupted[0], 5)
		require.Len(t, interrupted[1], 9)
	})
}

// The panic that came first is the one that is seen.
func TestRunAllOfManyPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.Immediately(fake.Complete()), fake.After(time.Minute, fake.Complete()))
		var log logLines
		runner := pc.NewRunner(svc.Client(func(o *pc.Options) { o.Logger = &log }))
		calls := 0
		options := func(o *pc.RunAllOptions) {
			o.OnInterrupted = func(pc.RunResult) { calls++; panic("the callback is gone") }
		}
		source := func(yield func(pc.StartTaskInput) bool) {
			submissions(2)(yield)
			panic("the database is gone")
		}
		require.PanicsWithValue(t, "the database is gone", func() {
			for range runner.RunAll(t.Context(), source, options) {
				synctest.Wait()
				break
			}
		})
		require.Equal(t, 1, calls)
		require.Equal(t, []string{"runner: OnInterrupted panicked: %v"}, log.lines)
		require.PanicsWithValue(t, "the display is gone", func() {
			for range runner.RunAll(t.Context(), source, options) {
				synctest.Wait()
				panic("the display is gone")
			}
		})
	})
}

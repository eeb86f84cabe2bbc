package tests

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func adopting(age time.Duration) func(*pc.RunnerOptions) {
	return func(o *pc.RunnerOptions) { o.Adopt = &age }
}

// elsewhere starts a task as another program does.
func elsewhere(t *testing.T, svc *fake.Service, in pc.StartTaskInput) pc.Task {
	t.Helper()
	task, err := pc.NewRunner(svc.Client()).Start(t.Context(), in)
	require.NoError(t, err)
	return task
}

func TestRunAdopts(t *testing.T) {
	hour := fake.After(40*time.Minute, fake.Complete())
	for name, tc := range map[string]struct {
		others  []fake.Outcome // tasks of other programs, ten minutes apart
		later   time.Duration
		age     time.Duration
		adopted int // which of them, -1 for none
	}{
		"nothing there":                    {nil, 0, time.Hour, -1},
		"one that runs":                    {[]fake.Outcome{hour}, 0, 0, 0},
		"one that runs, with age":          {[]fake.Outcome{hour}, 0, time.Hour, 0},
		"complete, of age":                 {[]fake.Outcome{fake.Complete()}, time.Hour, 2 * time.Hour, 0},
		"complete, too old":                {[]fake.Outcome{fake.Complete()}, 3 * time.Hour, 2 * time.Hour, -1},
		"complete does not count":          {[]fake.Outcome{fake.Immediately(fake.Complete())}, 0, 0, -1},
		"failed":                           {[]fake.Outcome{invalidDeal}, 0, time.Hour, -1},
		"failed after complete":            {[]fake.Outcome{fake.Complete(), invalidDeal}, 0, time.Hour, -1},
		"complete after failed":            {[]fake.Outcome{invalidDeal, fake.Complete()}, 0, time.Hour, 1},
		"failed after one that still runs": {[]fake.Outcome{hour, invalidDeal}, 0, 0, 0},
		"the newest of two":                {[]fake.Outcome{fake.Complete(), fake.Complete()}, 0, time.Hour, 1},
		"the newest of two that run":       {[]fake.Outcome{hour, hour}, 0, 0, 1},
	} {
		for kind, in := range map[string]func() pc.StartTaskInput{
			"opportunity": func() pc.StartTaskInput { return submission(1) },
			"invitation":  func() pc.StartTaskInput { return acceptance(1) },
			"invitation by ARN": func() pc.StartTaskInput {
				in := acceptance(1)
				in.Identifier = aws.String("arn:aws:partnercentral:us-east-1:111122223333:catalog/Sandbox/engagement-invitation/" + *in.Identifier)
				return in
			},
			"prospecting": func() pc.StartTaskInput { return prospectingRun(1) },
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					svc := fake.New(t)
					op := opStart
					switch in().(type) {
					case *pc.StartEngagementByAcceptingInvitationTaskInput:
						op = fake.StartEngagementByAcceptingInvitationTask
					case *pc.StartProspectingFromEngagementTaskInput:
						op = fake.StartProspectingFromEngagementTask
						if slices.ContainsFunc(tc.others, func(o fake.Outcome) bool { return o.String() == invalidDeal.String() }) {
							t.Skip("fails by engagement")
						}
					}
					var others []pc.Task
					for i, outcome := range tc.others {
						if i > 0 {
							time.Sleep(10 * time.Minute)
						}
						svc.Script(op, outcome)
						others = append(others, elsewhere(t, svc, in()))
					}
					time.Sleep(30*time.Second + tc.later)
					starts := svc.Calls().For(op).Len()
					task, err := pc.NewRunner(svc.Client(), adopting(tc.age)).Run(t.Context(), in())
					require.NoError(t, err)
					require.Equal(t, pc.TaskStatusComplete, task.Status)
					if tc.adopted < 0 {
						require.False(t, task.Adopted)
						require.Len(t, svc.Tasks(), len(others)+1)
						require.NotEmpty(t, task.ClientToken)
						return
					}
					require.True(t, task.Adopted)
					require.Equal(t, others[tc.adopted].ID, task.ID)
					require.Empty(t, task.ClientToken)
					require.Equal(t, pc.CatalogSandbox, task.Catalog)
					require.Equal(t, starts, svc.Calls().For(op).Len())
				})
			})
		}
	}
}

// An adopted task that fails, or is not awaited to its end, is known as such.
func TestRunAdoptsWhatDoesNotComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.After(40*time.Minute, invalidDeal))
		other := elsewhere(t, svc, submission(1))
		runner := pc.NewRunner(svc.Client(), adopting(0))
		started, err := runner.Start(t.Context(), keyed(submission(1), "k"))
		require.NoError(t, err)
		require.Equal(t, other.ID, started.ID)
		require.True(t, started.Adopted)
		task, err := runner.Run(t.Context(), keyed(submission(1), "k"), func(o *pc.RunnerOptions) { o.MaxWait = time.Minute })
		requireState(t, err, pc.RunStarted)
		require.NotContains(t, err.Error(), "with its ClientToken")
		require.True(t, task.Adopted)
		task, err = runner.Run(t.Context(), keyed(submission(1), "k"))
		requireState(t, err, pc.RunFailed)
		require.True(t, task.Adopted)
		require.Equal(t, other.ID, task.ID)
		require.Len(t, svc.Tasks(), 1)
	})
	// With restarts the run's own task follows, under the run's own token.
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.After(40*time.Minute, fake.Fail(pc.ReasonCodeInternalError, "")), fake.Complete())
		elsewhere(t, svc, submission(1))
		task, err := pc.NewRunner(svc.Client(), adopting(0)).Run(t.Context(), keyed(submission(1), "k"), func(o *pc.RunnerOptions) { o.MaxRestarts = 1 })
		require.NoError(t, err)
		require.False(t, task.Adopted)
		require.Equal(t, pc.ClientTokenFor("k"), task.ClientToken)
		require.Len(t, svc.Tasks(), 2)
	})
}

// lookUps are the Lists by object, and when each object was asked for last.
func lookUps(svc *fake.Service) (n int, asked map[string][]time.Time) {
	asked = map[string][]time.Time{}
	for _, c := range svc.Calls().For(opList) {
		in, ok := c.Input().(*pc.ListEngagementFromOpportunityTasksInput)
		if ok && len(in.OpportunityIdentifier) > 0 {
			n++
			for _, id := range in.OpportunityIdentifier {
				asked[id] = append(asked[id], c.Time)
			}
		}
	}
	return n, asked
}

// requireFresh checks that no Start went out more than ten seconds after a look
// for its object.
func requireFresh(t *testing.T, svc *fake.Service) {
	t.Helper()
	_, asked := lookUps(svc)
	for _, c := range svc.Calls().For(opStart) {
		id := *c.Input().(*pc.StartEngagementFromOpportunityTaskInput).Identifier
		require.True(t, slices.ContainsFunc(asked[id], func(at time.Time) bool {
			age := c.Time.Sub(at)
			return age >= 0 && age <= 10*time.Second
		}), "%s started at %s, asked for at %s", id, c.Time, asked[id])
	}
}

// Many share their look-ups, which are fresh all the same.
func TestRunAllAdopts(t *testing.T) {
	t.Parallel() // one of the few that take seconds
	for name, tc := range map[string]struct {
		inputs  int
		others  int // every so manieth has a task already
		perSec  float64
		cost    float64
		slowAt  bool
		process int
	}{
		"at the quota":       {inputs: 200, perSec: 1, cost: 0.2},
		"fifty":              {inputs: 50, perSec: 1, cost: 0.2},
		"without a pace":     {inputs: 200, perSec: -1, cost: 0.2},
		"half are there":     {inputs: 200, others: 2, perSec: 1, cost: 0.2},
		"all are there":      {inputs: 200, others: 1, perSec: 1, cost: 0.2},
		"ten per second":     {inputs: 200, others: 3, perSec: 10, cost: 0.2},
		"slow":               {inputs: 20, perSec: 0.05, cost: 1.1},
		"half of the quota":  {inputs: 100, perSec: 0.5, cost: 0.3},
		"a throttling world": {inputs: 60, perSec: 2, cost: 1, slowAt: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var options []fake.Option
				if tc.slowAt {
					options = append(options, fake.WithQuotas(fake.DefaultQuotas()))
				}
				svc := fake.New(t, options...)
				for i := range tc.inputs {
					if tc.others > 0 && i%tc.others == 0 {
						svc.When(opStart, fake.WithIdentifier(fmt.Sprint("O", 1000+i))).Script(fake.After(40*time.Minute, fake.Complete()))
						elsewhere(t, svc, submission(i))
					}
				}
				before := len(svc.Tasks())
				time.Sleep(time.Minute)
				quota := pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerSecond = tc.perSec })
				start := time.Now()
				adopted := 0
				for result := range pc.NewRunner(svc.Client(withQuota(quota)), adopting(2*time.Hour)).RunAll(t.Context(), submissions(tc.inputs)) {
					require.NoError(t, result.Err)
					require.Equal(t, tc.others > 0 && result.Index%tc.others == 0, result.Task.Adopted)
					if result.Task.Adopted {
						adopted++
					}
				}
				require.Equal(t, before, adopted)
				require.Len(t, svc.Tasks(), tc.inputs)
				n, _ := lookUps(svc)
				t.Logf("%.3f look-ups a task, %.1f s", float64(n)/float64(tc.inputs), time.Since(start).Seconds())
				require.LessOrEqual(t, float64(n), tc.cost*float64(tc.inputs))
				svcStarts := svc.Calls().For(opStart).Len()
				require.GreaterOrEqual(t, svcStarts, tc.inputs)
				if tc.others == 0 {
					requireFresh(t, svc)
				}
				if tc.perSec == 1 && tc.others == 0 {
					starts := svc.Calls().For(opStart)
					require.Less(t, starts[len(starts)-1].Time.Sub(starts[0].Time).Seconds(), 1.05*float64(tc.inputs), "no turn is wasted")
				}
			})
		})
	}
}

// What another program starts while a Start waits for its turn is seen.
func TestRunAllAdoptsWhatCameMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDuration(40*time.Minute))
		quota := pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerSecond = 0.02 })
		runner := pc.NewRunner(svc.Client(withQuota(quota)), adopting(0))
		time.AfterFunc(30*time.Second, func() {
			// The one that waits for its turn, which comes after 50 seconds.
			waits := 0
			if svc.Tasks()[0].Identifiers[0] == *submission(0).Identifier {
				waits = 1
			}
			elsewhere(t, svc, submission(waits))
		})
		adopted := 0
		for result := range runner.RunAll(t.Context(), submissions(2)) {
			require.NoError(t, result.Err)
			if result.Task.Adopted {
				adopted++
			}
		}
		require.Equal(t, 1, adopted)
		require.Len(t, svc.Tasks(), 2)
	})
}

// Two inputs for one object do not start two tasks.
func TestRunAllAdoptsItsOwn(t *testing.T) {
	for name, effect := range map[string]fake.Effect{
		"":               {},
		"slow answer":    fake.AfterCommit(fake.Slow(20 * time.Second)),
		"lost answer":    fake.AfterCommit(fake.Reset()),
		"not at first":   fake.Error(500, "InternalServerException", ""),
		"refused Starts": fake.Refuse(&pc.ServiceQuotaExceededException{}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.WithDuration(time.Minute))
				if name != "" {
					svc.Fault(opStart, fake.Nth(1), effect)
				}
				n, failed := 0, 0
				for result := range pc.NewRunner(svc.Client(), adopting(0)).RunAll(t.Context(), slices.Values([]pc.StartTaskInput{
					keyed(submission(1), "a"), keyed(submission(1), "b"), keyed(submission(1), "c"),
				})) {
					if result.Err != nil {
						failed++
						continue
					}
					if result.Task.Adopted {
						n++
					}
				}
				require.Len(t, svc.Tasks(), 1)
				if name == "refused Starts" {
					require.Equal(t, 1, failed)
					require.Equal(t, 1, n)
				} else {
					require.Zero(t, failed)
					require.Equal(t, 2, n)
				}
			})
		})
	}
}

// Without an answer to the look-up nothing is started.
func TestRunAdoptWithoutALookUp(t *testing.T) {
	for name, tc := range map[string]struct {
		effect fake.Effect
		times  int
		state  pc.RunState // "" if it passes
	}{
		"throttled":    {fake.Throttle(), 20, ""},
		"fault":        {fake.Error(500, "InternalServerException", ""), 7, ""},
		"reset":        {fake.Reset(), 4, ""},
		"stalled":      {fake.Stall(), 1, ""},
		"denied":       {fake.Refuse(&pc.AccessDeniedException{}), 1, pc.RunNotStarted},
		"expired":      {fake.ExpiredToken(), 1, pc.RunNotStarted},
		"broken":       {fake.Error(500, "InternalServerException", ""), 1000, pc.RunNotStarted},
		"no such deal": {fake.Refuse(&pc.ResourceNotFoundException{}), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.AllowLeftovers())
				svc.Fault(opList, fake.Times(tc.times), tc.effect)
				start := time.Now()
				_, err := pc.NewRunner(svc.Client(), adopting(0)).Start(t.Context(), keyed(submission(1), "k"))
				if tc.state == "" {
					require.NoError(t, err)
					requireFresh(t, svc)
					return
				}
				requireState(t, err, tc.state)
				require.ErrorContains(t, err, "look for a task of the object")
				require.Zero(t, svc.Calls().For(opStart).Len())
				require.Less(t, time.Since(start), 2*time.Minute)
			})
		})
	}
}

// One object that the List refuses costs nobody else anything.
func TestRunAllAdoptsBesideARefusedObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client(func(o *pc.Options) {
			inner := o.HTTPClient
			o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				if strings.HasSuffix(r.Header.Get("X-Amz-Target"), string(opList)) && strings.Contains(string(body), "O1007") {
					return answer(400, `{"__type":"ValidationException","Message":"no such form"}`)(r)
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				return inner.Do(r)
			})
		})
		failed := 0
		for result := range pc.NewRunner(client, adopting(0)).RunAll(t.Context(), func(yield func(pc.StartTaskInput) bool) {
			for in := range submissions(30) {
				if !yield(in) {
					return
				}
			}
			yield(&pc.StartEngagementFromOpportunityTaskInput{Catalog: aws.String(pc.CatalogSandbox), Identifier: aws.String("no id")})
		}) {
			if result.Err != nil {
				failed++
				require.Contains(t, []int{7, 30}, result.Index)
				requireState(t, result.Err, pc.RunNotStarted)
			}
		}
		require.Equal(t, 2, failed)
		require.Len(t, svc.Tasks(), 29)
	})
}

// Prospecting tasks are the same only if their engagements are.
func TestRunAdoptsProspecting(t *testing.T) {
	engagements := func(ids ...string) *pc.StartProspectingFromEngagementTaskInput {
		return &pc.StartProspectingFromEngagementTaskInput{Catalog: aws.String(pc.CatalogSandbox), TaskName: aws.String("autumn"), Identifiers: ids}
	}
	const a, b, c = "eng-0000000000000a", "eng-0000000000000b", "eng-0000000000000c"
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartProspectingFromEngagementTask,
			fake.Complete(), fake.WithEngagements(fake.Complete(), fake.FailEngagement(c, "Bad", "")), fake.After(40*time.Minute, fake.Complete()))
		first := elsewhere(t, svc, engagements(a, b))
		time.Sleep(time.Minute)
		elsewhere(t, svc, engagements(c))
		time.Sleep(time.Minute)
		other := elsewhere(t, svc, engagements(a, c))
		time.Sleep(time.Minute)
		runner := pc.NewRunner(svc.Client(), adopting(time.Hour))

		task, err := runner.Run(t.Context(), engagements(b, a))
		require.NoError(t, err)
		require.Equal(t, first.ID, task.ID)
		require.True(t, task.Adopted)
		require.Len(t, task.Engagements(), 2)
		task, err = runner.Run(t.Context(), engagements(c, a))
		require.NoError(t, err)
		require.Equal(t, other.ID, task.ID)
		task, err = runner.Run(t.Context(), engagements(c))
		require.NoError(t, err)
		require.False(t, task.Adopted)
		task, err = runner.Run(t.Context(), engagements(a))
		require.NoError(t, err)
		require.False(t, task.Adopted)
		require.Len(t, svc.Tasks(), 5)
	})
}

func TestRunAdoptBadInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		in := &pc.StartOpportunityFromEngagementTaskInput{
			Catalog: aws.String(pc.CatalogSandbox), Identifier: aws.String("eng-0000000000000a"), ContextIdentifier: aws.String("1"),
		}
		_, err := pc.NewRunner(svc.Client(), adopting(0)).Run(t.Context(), in)
		requireState(t, err, pc.RunNotStarted)
		require.ErrorContains(t, err, "Adopt is not possible for OpportunityFromEngagement tasks")
		_, err = pc.NewRunner(svc.Client(), adopting(-1)).Run(t.Context(), submission(1))
		requireState(t, err, pc.RunNotStarted)
		require.ErrorContains(t, err, "Adopt is less than zero")
		require.Zero(t, svc.Calls().Len())
		// What the service need not be asked for is not.
		_, err = pc.NewRunner(svc.Client()).Run(t.Context(), submission(1))
		require.NoError(t, err)
		n, _ := lookUps(svc)
		require.Zero(t, n)
	})
}

// An ended context takes one run out of the line and no other.
func TestRunAdoptCanceledInTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Fault(opList, fake.Nth(1), fake.Slow(5*time.Second))
		runner := pc.NewRunner(svc.Client(withQuota(pc.NewQuota())), adopting(0))
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				ctx := t.Context()
				if i%2 == 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*500*time.Millisecond+time.Second)
					defer cancel()
				}
				_, err := runner.Start(ctx, submission(i))
				if i%2 == 0 && err != nil {
					require.ErrorIs(t, err, context.DeadlineExceeded)
				} else {
					require.NoError(t, err)
				}
			})
		}
		wg.Wait()
		require.GreaterOrEqual(t, len(svc.Tasks()), 10)
		requireFresh(t, svc)
	})
}

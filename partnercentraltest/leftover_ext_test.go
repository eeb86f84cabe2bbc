package partnercentraltest_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// recorder is a test whose failures are looked at in place of failing.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	cleanups []func()
	errors   []string
	logs     []string
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Failed() bool     { r.mu.Lock(); defer r.mu.Unlock(); return len(r.errors) > 0 }
func (r *recorder) Error(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprint(args...))
}
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Log(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logs = append(r.logs, fmt.Sprint(args...))
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Error(fmt.Sprintf(format, args...))
	runtime.Goexit()
}
func (r *recorder) Logf(format string, args ...any) { r.Log(fmt.Sprintf(format, args...)) }

func (r *recorder) finish() {
	for _, cleanup := range slices.Backward(r.cleanups) {
		cleanup()
	}
}

func TestLeftoversFailTheTest(t *testing.T) {
	t.Parallel()
	complete := partnercentraltest.Complete()
	for name, c := range map[string]struct {
		declare func(*partnercentraltest.Service)
		want    []string
	}{
		"never called": {
			func(s *partnercentraltest.Service) {
				s.Fault(partnercentraltest.ListEngagementFromOpportunityTasks, partnercentraltest.Times(2), partnercentraltest.Throttle())
			},
			[]string{"Fault(ListEngagementFromOpportunityTasks, Times(2), Error(429, ThrottlingException))", "leftover_ext_test.go:", "struck 0 times, 2 more", "the nearest that was is StartEngagementFromOpportunityTask (1 calls)"},
		},
		"half used": {
			func(s *partnercentraltest.Service) { s.Script(startOp, complete, partnercentraltest.Never()) },
			[]string{"1 of 2 outcomes for StartEngagementFromOpportunityTask (leftover_ext_test.go:", "the next is Never()", "there were 1 calls of the operation"},
		},
		"other identifier": {
			func(s *partnercentraltest.Service) {
				s.When(startOp, partnercentraltest.WithIdentifier("O12")).Script(complete)
			},
			[]string{`nothing matched WithIdentifier("O12"), the nearest was "O1"`},
		},
		"other token": {
			func(s *partnercentraltest.Service) {
				s.When(startOp, partnercentraltest.WithIdentifier("O1"), partnercentraltest.WithToken("tokem")).Fault(partnercentraltest.Nth(1), partnercentraltest.Reset())
			},
			[]string{`nothing matched WithToken("tokem"), the nearest was "token"`},
		},
		"other catalog": {
			func(s *partnercentraltest.Service) {
				s.When(startOp, partnercentraltest.WithCatalog("AWS")).Script(complete)
			},
			[]string{`WithCatalog("AWS"), the nearest was "Sandbox"`},
		},
		"always": {
			func(s *partnercentraltest.Service) {
				s.When(listOp, partnercentraltest.WithTaskID("task-0000000000000")).Fault(partnercentraltest.Always(), partnercentraltest.Stall())
			},
			[]string{"struck 0 times, 1 more were expected"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			svc := partnercentraltest.New(r)
			c.declare(svc)
			_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "token"))
			require.NoError(t, err)
			r.finish()
			require.Len(t, r.errors, 1)
			for _, part := range c.want {
				require.Contains(t, r.errors[0], part)
			}
		})
	}
}

func TestUsedUpPasses(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	svc := partnercentraltest.New(r)
	svc.Script(startOp, partnercentraltest.Complete())
	svc.Fault(startOp, partnercentraltest.Times(1), partnercentraltest.Throttle())
	_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "token"), atOnce)
	require.NoError(t, err)
	r.finish()
	require.Empty(t, r.errors)

	r = &recorder{TB: t}
	partnercentraltest.New(r, partnercentraltest.AllowLeftovers()).Script(startOp, partnercentraltest.Complete())
	r.finish()
	require.Empty(t, r.errors)

	r = &recorder{TB: t, errors: []string{"failed before"}}
	partnercentraltest.New(r).Script(startOp, partnercentraltest.Complete())
	r.finish()
	require.Len(t, r.errors, 1, "a test that has failed is not told more failures")
	require.Len(t, r.logs, 1)
}

func TestCallAfterCloseFailsTheTest(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	svc := partnercentraltest.New(r)
	client := svc.Client(atOnce)
	svc.Close()
	svc.Close()
	_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "token"))
	require.ErrorContains(t, err, "StartEngagementFromOpportunityTask after Close")
	require.Contains(t, r.errors[0], "something of the test still runs")
	r.finish()
	before := len(r.errors)
	_, err = client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "token"))
	require.Error(t, err)
	require.Len(t, r.errors, before, "the test is over: a report would end the test binary")
}

func TestRefusalsAreLogged(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	svc := partnercentraltest.New(r)
	_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "token"))
	require.NoError(t, err)
	_, err = svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O2", "token"))
	require.Error(t, err)
	require.Len(t, r.logs, 1)
	require.Contains(t, r.logs[0], "refused with ConflictException: the token started task-")
	require.Contains(t, r.logs[0], `"Identifier":"O2"`)
	r.finish()
	require.Empty(t, r.errors)
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := partnercentraltest.New(t, partnercentraltest.WithQuotas(partnercentraltest.DefaultQuotas()))
		client := svc.Client(func(o *partnercentral.Options) { o.Retryer = aws.NopRetryer{} })
		start := func(id string) error {
			_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit(id, id))
			return err
		}
		look := func() error {
			_, err := client.ListEngagementFromOpportunityTasks(t.Context(), &listInput{Catalog: aws.String("Sandbox")})
			return err
		}
		var throttling *partnercentral.ThrottlingException
		require.NoError(t, start("O1"))
		require.ErrorAs(t, start("O2"), &throttling)
		time.Sleep(time.Second)
		require.NoError(t, start("O2"))
		_, err := client.StartEngagementByAcceptingInvitationTask(t.Context(), accept("engi-0000000000000", "a"))
		require.ErrorAs(t, err, &throttling, "one quota for all writes")
		for range 10 {
			require.NoError(t, look())
		}
		require.ErrorAs(t, look(), &throttling)
		time.Sleep(250 * time.Millisecond)
		require.NoError(t, look())
		require.NoError(t, look())
		require.ErrorAs(t, look(), &throttling)

		calls := svc.Calls()
		require.Equal(t, 4, calls.WithError("ThrottlingException").Len())
		require.Zero(t, calls.WithError("ThrottlingException").Committed().Len())
		require.Equal(t, 2, calls.For(startOp).Committed().Len())

		require.NoError(t, func() error {
			_, err := client.ListEngagementFromOpportunityTasks(t.Context(), &listInput{Catalog: aws.String("Sandbox")}, as("SOMEBODYELSE"))
			return err
		}(), "another account has a quota of its own")
	})
}

func TestCallTable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := partnercentraltest.New(t)
		require.Equal(t, "no calls\n", svc.Calls().String())
		svc.Fault(startOp, partnercentraltest.Nth(1), partnercentraltest.AfterCommit(partnercentraltest.CloseEarly()))
		client := svc.Client(atOnce)
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a-token"))
		require.NoError(t, err)
		list(t, client, listInput{})
		table := svc.Calls().String()
		lines := strings.Split(table, "\n")
		require.Len(t, lines, 5)
		require.Regexp(t, `^1 +00:00:00.000 +StartEngagementFromOpportunityTask +1/3 +O1 +ok +Nth\(1\) AfterCommit\(CloseEarly\(\)\) +yes +- +task-`, lines[1])
		require.Regexp(t, `^2 .* 2/3 +O1 +ok +- +yes +200 +task-`, lines[2])
		require.Regexp(t, `^3 .*ListEngagementFromOpportunityTasks +1/3 +- +ok +- +yes +200 +1 tasks$`, lines[3])
		require.NotContains(t, table, "a-token")
	})
}

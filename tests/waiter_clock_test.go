package tests

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// aPoll is what the last poll of a wait may take beyond MaxDelay, jitter and all.
const aPoll = 4 * time.Second

// clocked adds a task that takes so long and of which the service says that it
// started at another time.
func (s *stub) clocked(n int, takes time.Duration, says time.Time) pc.Task {
	s.add(stubTask{id: stubID(n), object: fmt.Sprintf("O%d", n), catalog: "AWS", start: says, end: time.Now().Add(takes)})
	return pc.Task{
		Kind: pc.TaskKindEngagementFromOpportunity, Catalog: "AWS", ID: stubID(n), Status: pc.TaskStatusInProgress, StartTime: says.UTC(),
	}
}

var skews = []time.Duration{
	20 * time.Second, 4 * time.Minute, time.Hour, 24 * 365 * time.Hour, -20 * time.Second, -4 * time.Minute, -time.Hour, -24 * 365 * time.Hour,
}

// gaps checks that the list was never left alone for longer than MaxDelay.
func gaps(t *testing.T, begun time.Time, calls []stubCall) {
	t.Helper()
	last := begun
	for _, c := range calls {
		require.LessOrEqual(t, c.at.Sub(last), 30*time.Second+aPoll)
		last = c.at
	}
}

func TestAnyClockCostsAtMostMaxDelay(t *testing.T) {
	t.Parallel()
	starts := map[string]func() time.Time{
		"year 1600": func() time.Time { return time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year 9999": func() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) },
	}
	for _, skew := range skews {
		starts[skew.String()] = func() time.Time { return time.Now().Add(skew) }
	}
	for name, start := range starts {
		for _, takes := range []time.Duration{5 * time.Second, 10 * time.Minute} {
			t.Run(name+" "+takes.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := &stub{}
					task := s.clocked(1, takes, start())
					begun := time.Now()
					got, err := pc.NewTaskWaiter(s).Wait(t.Context(), task, time.Hour)
					require.NoError(t, err)
					require.True(t, got.Done())
					require.Less(t, time.Since(begun)-takes, 30*time.Second+aPoll)
					gaps(t, begun, s.recorded())
				})
			})
		}
	}
}

// The wall clock of a process that slept goes on while its monotonic one stands
// still: for such a process the service's times leap ahead.
func TestWaiterOfAProcessThatSlept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		w := pc.NewTaskWaiter(s)
		_, err := w.Wait(t.Context(), s.running(1, 5*time.Second), time.Hour)
		require.NoError(t, err)
		for n := 2; n < 6; n++ {
			begun := time.Now()
			_, err = w.Wait(t.Context(), s.clocked(n, 5*time.Second, time.Now().Add(time.Hour)), time.Hour)
			require.NoError(t, err)
			require.Less(t, time.Since(begun), 30*time.Second+aPoll)
		}
	})
}

// dated answers with the Date of another time.
type dated struct {
	aws.HTTPClient

	by func(n int) time.Duration
	n  *int
}

func (d dated) Do(r *http.Request) (*http.Response, error) {
	resp, err := d.HTTPClient.Do(r)
	if err == nil {
		*d.n++
		resp.Header.Set("Date", time.Now().Add(d.by(*d.n)).UTC().Format(http.TimeFormat))
	}
	return resp, err
}

func TestDateThatIsWrongCostsAtMostMaxDelay(t *testing.T) {
	t.Parallel()
	for _, by := range skews[:7] {
		for name, when := range map[string]func(n int) bool{
			"once":        func(n int) bool { return n == 2 },
			"every time":  func(int) bool { return true },
			"every other": func(n int) bool { return n%2 == 0 },
		} {
			t.Run(by.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					svc := fake.New(t, fake.WithoutSignatures())
					n := 0
					client := svc.Client(func(o *pc.Options) {
						o.HTTPClient = dated{o.HTTPClient, func(n int) time.Duration {
							if when(n) {
								return by
							}
							return 0
						}, &n}
					})
					w := pc.NewTaskWaiter(client)
					for range 4 {
						svc.Script(fake.StartEngagementFromOpportunityTask, fake.After(40*time.Second, fake.Complete()))
						out, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
						require.NoError(t, err)
						begun := time.Now()
						_, err = w.Wait(t.Context(), out.Task(), time.Hour)
						require.NoError(t, err)
						require.Less(t, time.Since(begun), 70*time.Second+aPoll)
					}
				})
			})
		}
	}
}

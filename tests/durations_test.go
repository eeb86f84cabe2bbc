package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// begun starts a task.
func begun(t testing.TB, client *pc.Client) pc.Task {
	t.Helper()
	out, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
	require.NoError(t, err)
	return out.Task()
}

// lifeOf waits for tasks that all take as long, one after the other, and returns
// the polls and the lag of the last one.
func lifeOf(t testing.TB, takes time.Duration, tasks int, given pc.Durations) (polls int64, lag time.Duration, learned pc.Durations) {
	t.Helper()
	svc := fake.New(t, fake.WithDefaultOutcome(fake.After(takes, fake.Complete())))
	client := svc.Client()
	waiter := pc.NewTaskWaiter(client, func(o *pc.TaskWaiterOptions) { o.Durations = given })
	for range tasks {
		at, before := time.Now(), waiter.Stats().Polls
		_, err := waiter.Wait(t.Context(), begun(t, client), time.Hour)
		require.NoError(t, err)
		polls, lag = waiter.Stats().Polls-before, time.Since(at)-takes
	}
	return polls, lag, waiter.Durations()
}

func overJSON(t testing.TB, d pc.Durations) (got pc.Durations) {
	t.Helper()
	b, err := json.Marshal(d)
	require.NoError(t, err)
	require.Less(t, len(b), 4<<10)
	require.NoError(t, json.Unmarshal(b, &got))
	return got
}

// What one waiter has learned makes the next one poll when tasks end.
func TestDurationsSurviveARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cold, _, _ := lifeOf(t, 100*time.Second, 1, pc.Durations{})
		_, _, learned := lifeOf(t, 100*time.Second, 200, pc.Durations{})
		require.NotZero(t, learned)
		warm, lag, again := lifeOf(t, 100*time.Second, 1, overJSON(t, learned))
		require.Less(t, warm, cold, "fewer polls than a waiter that has learned nothing")
		require.Less(t, lag, 10*time.Second)
		require.NotEqual(t, learned, again, "and it goes on learning")
		require.Equal(t, again, overJSON(t, again))
	})
}

// It is learned for each kind and catalog on its own.
func TestDurationsAreOfOneKindAndCatalog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, learned := lifeOf(t, 5*time.Minute, 50, pc.Durations{})
		first := func(kind pc.TaskKind, given pc.Durations) time.Duration {
			polled := make(chan time.Duration, 1)
			begun := time.Now()
			svc := fake.New(t)
			waiter := pc.NewTaskWaiter(svc.Client(), func(o *pc.TaskWaiterOptions) {
				o.Durations = given
				o.OnPoll = func(p pc.PollInfo) {
					select {
					case polled <- p.Time.Sub(begun):
					default:
					}
				}
			})
			_, _ = waiter.Wait(t.Context(), pc.Task{Kind: kind, Catalog: "Sandbox", ID: "task-0000000000001", StartTime: begun}, time.Minute)
			return <-polled
		}
		require.Greater(t, first(pc.TaskKindEngagementFromOpportunity, learned), 15*time.Second, "none of them ended as early")
		require.Less(t, first(pc.TaskKindEngagementByAcceptingInvitation, learned), 8*time.Second, "nothing was learned of these")
	})
}

func TestDurationsOfNoWaiter(t *testing.T) {
	t.Parallel()
	var none *pc.TaskWaiter
	require.Zero(t, none.Durations())
	require.Zero(t, pc.NewTaskWaiter(nil).Durations())
	require.Zero(t, pc.NewTaskWaiter(fake.New(t).Client()).Durations())
	b, err := json.Marshal(pc.Durations{})
	require.NoError(t, err)
	d := someDurations(t)
	require.NoError(t, json.Unmarshal(b, &d))
	require.Zero(t, d)
}

// someDurations are those that testdata has, as a waiter has learned them.
func someDurations(t testing.TB) (d pc.Durations) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "durations.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &d))
	return d
}

// The JSON of this version can be read by every later one that claims the same,
// and what a document store makes of it, too.
func TestDurationsOfAnEarlierProgram(t *testing.T) {
	t.Parallel()
	d := someDurations(t)
	require.NotZero(t, d)
	b, err := json.MarshalIndent(map[string]any{"Durations": d}, "", "\t")
	require.NoError(t, err)
	var stored map[string]map[string]any // orders members and rewrites numbers
	require.NoError(t, json.Unmarshal(b, &stored))
	b, err = json.Marshal(stored)
	require.NoError(t, err)
	var got struct{ Durations pc.Durations }
	require.NoError(t, json.Unmarshal(b, &got))
	require.Equal(t, d, got.Durations)
}

// A damaged value, or one of another version, is as none and no error.
func TestDamagedDurations(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(someDurations(t))
	require.NoError(t, err)
	good := string(b)
	damaged := map[string]string{
		"empty": ``, "null": `null`, "a list": `[]`, "a number": `7`, "a string": `"x"`, "cut off": good[:len(good)/2],
		"another version": strings.Replace(good, `"Version":1`, `"Version":2`, 1),
		"no version":      strings.Replace(good, `"Version":1,`, ``, 1),
		"no check":        good[:strings.Index(good, `,"Check"`)] + "}",
		"negative":        strings.Replace(good, `"Seconds":[`, `"Seconds":[-`, 1),
		"huge":            strings.Replace(good, `"Seconds":[`, `"Seconds":[1e300,`, 1),
		"infinite":        strings.Replace(good, `"Seconds":[`, `"Seconds":[1e999,`, 1),
		"not a number":    strings.Replace(good, `"Seconds":[`, `"Seconds":["NaN",`, 1),
		"another catalog": strings.Replace(good, `Sandbox`, `AWS`, 1),
		"too long":        good[:len(good)-1] + strings.Repeat(" ", 1<<20) + "}",
	}
	for i := range good {
		if c := good[i]; c >= '0' && c <= '8' {
			damaged[fmt.Sprint("digit ", i)] = good[:i] + string(c+1) + good[i+1:]
		}
	}
	require.Greater(t, len(damaged), 80)
	for name, data := range damaged {
		d := someDurations(t)
		require.NoError(t, d.UnmarshalJSON([]byte(data)), name)
		require.Zero(t, d, name)
	}
}

// Durations may be taken while tasks are waited for.
func TestDurationsWhileTasksAreWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDuration(20*time.Second))
		client := svc.Client()
		waiter := pc.NewTaskWaiter(client)
		var tasks []pc.Task
		for range 100 {
			tasks = append(tasks, begun(t, client))
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for range 30 {
					_, err := json.Marshal(waiter.Durations())
					require.NoError(t, err)
					time.Sleep(time.Second)
				}
			})
		}
		for _, err := range waiter.WaitAll(t.Context(), slices.Values(tasks), time.Hour) {
			require.NoError(t, err)
		}
		wg.Wait()
	})
}

// Whatever is read, what is taken for good can be written and read again, and a
// waiter polls within MaxDelay and not all the time. The fuzzer does not
// guess check sums, so they are made right here.
func FuzzDurations(f *testing.F) {
	b, err := json.Marshal(someDurations(f))
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"Version":1,"Lists":null}`))
	f.Add([]byte(`{"Version":1,"Lists":[{"Kind":"x","Catalog":"y","Ends":[1e308],"Seconds":[-1]}]}`))
	f.Add([]byte(`{"Version":1,"Lists":[{"Kind":"EngagementFromOpportunity","Catalog":"Sandbox","Ends":[0,2000],"Seconds":[0,0,0,0,0,0,0,1e3]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d pc.Durations
		require.NoError(t, d.UnmarshalJSON(data))
		require.Equal(t, d, sameJSON(t, d))
		require.NoError(t, d.UnmarshalJSON(checked(data)))
		require.Equal(t, d, sameJSON(t, d))
		synctest.Test(t, func(t *testing.T) {
			client := fake.New(t).Client()
			begun := time.Now()
			waiter := pc.NewTaskWaiter(client, func(o *pc.TaskWaiterOptions) {
				o.Durations = d
				o.OnPoll = func(p pc.PollInfo) {
					if gap := p.Time.Sub(begun); gap > 40*time.Second {
						t.Errorf("a poll after %s", gap)
					}
					begun = p.Time
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			_, _ = waiter.Wait(ctx, pc.Task{Kind: pc.TaskKindEngagementFromOpportunity, Catalog: "Sandbox", ID: "task-0000000000001", StartTime: begun}, time.Hour)
			require.NotZero(t, waiter.Stats().Polls)
			require.Less(t, waiter.Stats().Polls, int64(150))
		})
	})
}

// checked is the JSON with the check sum that belongs to it.
func checked(data []byte) []byte {
	var all map[string]json.RawMessage
	var lists []struct {
		Kind, Catalog string
		Ends, Seconds []float64
	}
	if json.Unmarshal(data, &all) != nil || json.Unmarshal(all["Lists"], &lists) != nil {
		return data
	}
	encoded, err := json.Marshal(lists)
	if err != nil {
		return data
	}
	all["Check"] = fmt.Append(nil, crc32.ChecksumIEEE(encoded))
	if data, err = json.Marshal(all); err != nil {
		return nil
	}
	return data
}

func sameJSON(t testing.TB, d pc.Durations) (got pc.Durations) {
	b, err := json.Marshal(d)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &got))
	return got
}

package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// list is an account of which only the List is seen: a client for the real
// TaskWaiter that answers from the simulation's model.
type list struct {
	partnercentral.TaskWaiterAPIClient
	mu    sync.Mutex
	model *account
	begun time.Time
	ids   []string
	index map[string]int
}

func (l *list) ListEngagementFromOpportunityTasks(ctx context.Context, in *partnercentral.ListEngagementFromOpportunityTasksInput, _ ...func(*partnercentral.Options)) (*partnercentral.ListEngagementFromOpportunityTasksOutput, error) {
	time.Sleep(latency / 2)
	l.mu.Lock()
	now := time.Since(l.begun)
	admitted := l.model.admit(now)
	out := &partnercentral.ListEngagementFromOpportunityTasksOutput{}
	if admitted {
		rows, from := []int(nil), 0
		for _, id := range in.TaskIdentifier {
			rows = append(rows, l.index[id])
		}
		if in.TaskIdentifier == nil {
			from = len(aws.ToString(in.NextToken))
			more := false
			if rows, more = l.model.page(now, from, 1000); more {
				out.NextToken = aws.String(strings.Repeat("n", from+1))
			}
		}
		for _, i := range rows {
			t := l.model.tasks[i]
			status := partnercentral.TaskStatusInProgress
			if t.end <= now {
				status = partnercentral.TaskStatusComplete
			}
			out.TaskSummaries = append(out.TaskSummaries, partnercentral.ListEngagementFromOpportunityTaskSummary{
				TaskId: &l.ids[i], TaskStatus: status, StartTime: aws.Time(l.begun.Add(t.start)),
			})
		}
	}
	l.mu.Unlock()
	time.Sleep(latency / 2)
	if !admitted {
		return nil, &partnercentral.ThrottlingException{}
	}
	return out, nil
}

// simulateReal is simulateShared with the real TaskWaiter, in a bubble whose
// time is not real.
func simulateReal(t *testing.T, s scenario, r *rand.Rand, events bool) (res result) {
	synctest.Test(t, func(t *testing.T) {
		l := &list{model: s.account(r), begun: time.Now(), index: map[string]int{}}
		var tasks []partnercentral.Task
		for i, task := range l.model.tasks {
			id := "task-" + string(rune('a'+i/17576%26)) + string(rune('a'+i/26/26%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26)) + "000000000"
			l.ids = append(l.ids, id)
			l.index[id] = i
			tasks = append(tasks, partnercentral.Task{
				Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "AWS", ID: id,
				Status: partnercentral.TaskStatusInProgress, StartTime: l.begun.Add(task.start),
			})
		}
		waiter := partnercentral.NewTaskWaiter(l, func(o *partnercentral.TaskWaiterOptions) { o.ExpectEvents = events })
		if events {
			for _, ev := range eventsOf(l.model.tasks, func(int) bool { return true }, r) {
				time.AfterFunc(ev.at, func() { waiter.Nudge(partnercentral.Task{ID: l.ids[ev.task]}) })
			}
		}
		note := func(got partnercentral.Task, err error) {
			if err != nil || !got.Done() {
				t.Errorf("%v: %v", got, err)
				return
			}
			res.finished++
			res.lags = append(res.lags, time.Since(l.begun)-l.model.tasks[l.index[got.ID]].end)
		}
		if s.every == 0 {
			time.Sleep(latency)
			for got, err := range waiter.WaitAll(t.Context(), slices.Values(tasks), time.Hour) {
				note(got, err)
			}
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		for i := 0; i < len(tasks) && s.every > 0; i++ {
			wg.Go(func() {
				time.Sleep(l.model.tasks[i].start + latency)
				got, err := waiter.Wait(t.Context(), tasks[i], time.Hour)
				mu.Lock()
				defer mu.Unlock()
				note(got, err)
			})
		}
		wg.Wait()
		res.requests, res.throttled = l.model.requests, l.model.throttled
	})
	slices.Sort(res.lags)
	return res
}

// The real TaskWaiter reaches what the simulation of its parts promises.
func TestRealWaiterReachesTheTargets(t *testing.T) {
	for _, c := range []struct {
		n     int
		every time.Duration
		most  float64
	}{{1000, time.Second, 0.6}, {1000, 0, 0.12}, {10_000, 0, 0.08}} {
		s := scenario{n: c.n, every: c.every, duration: lognormal(20*time.Second, 120*time.Second)}
		r := simulateReal(t, s, rand.New(rand.NewPCG(1, 1)), false)
		t.Logf("%d tasks, one every %s: %.3f requests a task, lag %.2f s in the median, %.2f s in the 99th percentile, %d throttled",
			c.n, c.every, r.perTask(), r.lag(.5), r.lag(.99), r.throttled)
		if r.finished != c.n || r.perTask() > c.most || r.lag(.5) > 1.2 || r.lag(.99) > 4 || r.throttled > 0 {
			t.Errorf("missed: %d finished, at most %v requests a task, 1.2 s, 4 s, none throttled", r.finished, c.most)
		}
	}
}

// The real TaskWaiter that expects events does what the simulation says.
func TestRealWaiterWithEvents(t *testing.T) {
	for _, n := range []int{1, 1000} {
		s := scenario{n: n, every: time.Second, duration: lognormal(20*time.Second, 120*time.Second)}
		most := 2.1
		if n > 1 {
			most = 1
		}
		var sum result
		for i := range 1000 / n {
			sum.add(simulateReal(t, s, rand.New(rand.NewPCG(uint64(i), 1)), true))
		}
		slices.Sort(sum.lags)
		t.Logf("%d tasks: %.3f requests a task, lag %.2f s in the median", n, sum.perTask(), sum.lag(.5))
		if sum.finished != 1000/n*n || sum.perTask() > most || sum.lag(.5) > 1.7 || sum.throttled > 0 {
			t.Errorf("missed: %+v finished, at most %v requests a task", sum.finished, most)
		}
	}
}

// The same over the fake service: the real client, signing, its List and its
// documented quotas.
func TestRealWaiterOverTheFake(t *testing.T) {
	for _, every := range []time.Duration{0} {
		var lags []time.Duration
		var calls fake.Calls
		synctest.Test(t, func(t *testing.T) {
			const n = 1000
			s := scenario{n: n, every: every, duration: lognormal(20*time.Second, 120*time.Second)}
			model := s.account(rand.New(rand.NewPCG(2, 1)))
			svc := fake.New(t, fake.WithQuotas(fake.Quotas{ReadsPerSecond: 10}))
			outcomes := make([]fake.Outcome, n)
			for i, task := range model.tasks {
				outcomes[i] = fake.After(task.end-task.start, fake.Complete())
			}
			svc.Script(fake.StartEngagementFromOpportunityTask, outcomes...)
			client := svc.Client()
			waiter := partnercentral.NewTaskWaiter(client)
			var wg sync.WaitGroup
			var mu sync.Mutex
			for i := range n {
				begun := time.Now()
				started, err := client.StartEngagementFromOpportunityTask(t.Context(), &partnercentral.StartEngagementFromOpportunityTaskInput{
					Catalog: aws.String("AWS"), Identifier: aws.String("O" + strconv.Itoa(i+1)),
					AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
				})
				if err != nil {
					t.Fatal(err)
				}
				wg.Go(func() {
					if _, err := waiter.Wait(t.Context(), started.Task(), time.Hour); err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					lags = append(lags, time.Since(begun)-(model.tasks[i].end-model.tasks[i].start))
				})
				time.Sleep(every)
			}
			wg.Wait()
			calls = svc.Calls().For(fake.ListEngagementFromOpportunityTasks)
		})
		slices.Sort(lags)
		r := result{requests: calls.Len(), finished: len(lags), lags: lags}
		t.Logf("1000 tasks, one every %s: %.3f requests a task, lag %.2f s in the median, %.2f s in the 99th percentile", every, r.perTask(), r.lag(.5), r.lag(.99))
		most := 0.6
		if every == 0 {
			most = 0.12
		}
		if r.perTask() > most || r.lag(.5) > 1.2 || r.lag(.99) > 4 {
			t.Error("missed")
		}
	}
}

// A hundred thousand awaited tasks cost under 1 KiB each over the map of tasks
// that the caller has anyway, and one goroutine.
func TestHundredThousandAwaitedTasks(t *testing.T) {
	const n = 100_000
	d := lognormal(1000*time.Hour, 2000*time.Hour)
	synctest.Test(t, func(t *testing.T) {
		l := &list{model: scenario{n: n, duration: d}.account(rand.New(rand.NewPCG(1, 1))), begun: time.Now(), index: map[string]int{}}
		bare := map[string]partnercentral.Task{}
		for i := range n {
			id := "task-" + strings.Repeat("0", 7) + string(rune('a'+i/17576%26)) + string(rune('a'+i/26/26%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26)) + "00"
			l.ids = append(l.ids, id)
			l.index[id] = i
			bare[id] = partnercentral.Task{
				Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "AWS", ID: id,
				Status: partnercentral.TaskStatusInProgress, StartTime: l.begun,
			}
		}
		before := heapInUse()
		waiter := partnercentral.NewTaskWaiter(l)
		all := make(chan int)
		go func() {
			ended := 0
			for _, err := range waiter.WaitAll(context.Background(), func(yield func(partnercentral.Task) bool) {
				for _, task := range bare {
					if !yield(task) {
						return
					}
				}
			}, 10*time.Minute) {
				if err != nil {
					ended++
				}
			}
			all <- ended
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		// One, and two more while a poll is under way.
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		goroutines := bytes.Count(stacks, []byte("created by github.com/cosell-dev/partnercentral-go/internal/waiting."))
		each := float64(heapInUse()-before) / n
		t.Logf("%d awaited: %.0f bytes each over the map, %d goroutines in the library, %d polls", waiter.Stats().Awaited, each, goroutines, waiter.Stats().Polls)
		if waiter.Stats().Awaited != n || each > 1024 || goroutines < 1 || goroutines > 3 {
			t.Error("missed")
		}
		if err := waiter.Close(); err != nil {
			t.Error(err)
		}
		if ended := <-all; ended != n {
			t.Errorf("%d of %d waits ended with the waiter", ended, n)
		}
		runtime.KeepAlive(bare)
		time.Sleep(time.Second) // this client's calls do not heed their context
	})
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

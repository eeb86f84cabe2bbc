package waiting

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// job is a task of the tests.
type job struct {
	id, object string
	status     string
	start      time.Time
	note       string // of the caller
}

// service is a list of jobs.
type service struct {
	mu    sync.Mutex
	jobs  []job
	ends  map[string]time.Time // by id
	polls []Query[job]
	list  func(context.Context, Query[job]) error // runs before a poll is answered
	kind  *Kind[job]
}

func newService() *service {
	s := &service{ends: map[string]time.Time{}}
	s.kind = &Kind[job]{
		Name:    "job",
		Limits:  poll.Limits{IDs: 10, Page: 1000},
		Catalog: func(*job) string { return "AWS" },
		ID:      func(j *job) string { return j.id },
		Object:  func(j *job) string { return j.object },
		Start:   func(j *job) time.Time { return j.start },
		Status: func(j *job) (string, State) {
			return j.status, map[string]State{"DONE": Completed, "FAILED": Failed, "ODD": Unknown}[j.status]
		},
		Merge: func(old job, now *job) job {
			j := *now
			j.note = old.note
			return j
		},
		List: s.answer,
	}
	return s
}

func (s *service) start(id string, takes time.Duration) job {
	j := job{id: id, object: "O" + id, status: "RUNNING", start: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = append(s.jobs, j)
	s.ends[id] = time.Now().Add(takes)
	return j
}

func (s *service) polled() []Query[job] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.polls)
}

func (s *service) answer(ctx context.Context, q Query[job]) (Page[job], error) {
	s.mu.Lock()
	s.polls = append(s.polls, q)
	list := s.list
	s.mu.Unlock()
	if list != nil {
		if err := list(ctx, q); err != nil {
			return Page[job]{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var page Page[job]
	for _, j := range s.jobs {
		if q.IDs == nil && q.Objects == nil || slices.Contains(q.IDs, j.id) || slices.Contains(q.Objects, j.object) {
			if !time.Now().Before(s.ends[j.id]) {
				j.status = "DONE"
			}
			page.Tasks = append(page.Tasks, j)
		}
	}
	return page, nil
}

func (s *service) engine(change ...func(*Config[job])) *Engine[job] {
	config := Config[job]{
		KindOf:      func(*job) (*Kind[job], error) { return s.kind, nil },
		Judge:       func(error) Verdict { return Passes },
		PerSecond:   5,
		PollTimeout: 10 * time.Second,
		MaxDelay:    30 * time.Second,
		Logger:      logging.Nop{},
		Tracer:      (&tracing.NopTracerProvider{}).Tracer(""),
		Meter:       metrics.NopMeterProvider{}.Meter(""),
		Random:      func() float64 { return 0 },
	}
	for _, fn := range change {
		fn(&config)
	}
	return New(config)
}

func request() Request[job] { return Request[job]{MaxWait: time.Hour, Grace: 30 * time.Second} }

func TestOneWatchedTaskForManyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		var changes []string
		e := s.engine(func(c *Config[job]) {
			c.OnChange = func(j job) { changes = append(changes, j.id+" "+j.status) }
		})
		task := s.start("a", 20*time.Second)
		var waits sync.WaitGroup
		var own atomic.Int32
		for i := range 50 {
			mine := task
			mine.note = fmt.Sprint(i)
			waits.Go(func() {
				r := request()
				r.OnChange = func(job) { own.Add(1) }
				out := e.Wait(t.Context(), r, mine)
				assert.Equal(t, Ended, out.Cause)
				assert.Equal(t, fmt.Sprint(i), out.Task.note, "each has what its caller knows")
			})
			synctest.Wait()
		}
		e.locked(func() {
			ln := e.lanes[laneKey{"job", "AWS"}]
			require.Len(t, ln.watched, 1)
			require.Len(t, ln.watched[0].members, 50)
			require.Equal(t, 1, ln.poll.Len(), "the task counts once, however many wait for it")
		})
		require.Equal(t, 50, e.Stats().Awaited)
		waits.Wait()
		require.Equal(t, []string{"a DONE"}, changes)
		require.EqualValues(t, 50, own.Load())
		require.Zero(t, e.Stats().Awaited)
		for _, q := range s.polled() {
			require.Equal(t, []string{"a"}, q.IDs)
		}
	})
}

func TestWaitByObjectJoinsTheWatchedTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		changes := 0
		e := s.engine(func(c *Config[job]) { c.OnChange = func(job) { changes++ } })
		task := s.start("a", 40*time.Second)
		byObject := task
		byObject.id = ""
		var waits sync.WaitGroup
		for _, j := range []job{task, byObject, byObject} {
			waits.Go(func() {
				out := e.Wait(t.Context(), request(), j)
				assert.Equal(t, Ended, out.Cause)
				assert.Equal(t, "a", out.Task.id)
			})
		}
		time.Sleep(25 * time.Second)
		e.locked(func() {
			ln := e.lanes[laneKey{"job", "AWS"}]
			require.Len(t, ln.watched, 1)
			require.Len(t, ln.watched[0].members, 3)
			require.Empty(t, ln.noID)
		})
		waits.Wait()
		require.Equal(t, 1, changes)
	})
}

func TestLeavingWaitTakesItselfAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine()
		task := s.start("a", 40*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan Outcome[job], 1)
		go func() { left <- e.Wait(ctx, request(), task) }()
		time.AfterFunc(15*time.Second, cancel)
		out := e.Wait(t.Context(), request(), task)
		require.Equal(t, Ended, out.Cause)
		require.Equal(t, Canceled, (<-left).Cause)
		e.locked(func() {
			ln := e.lanes[laneKey{"job", "AWS"}]
			require.Empty(t, ln.watched)
			require.Empty(t, ln.byID)
		})
	})
}

func TestMaxDelayOfOneWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine()
		task := s.start("a", 2*time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		go e.Wait(t.Context(), Request[job]{MaxWait: 3 * time.Hour}, task)
		time.Sleep(30 * time.Minute)
		before := len(s.polled())
		r := request()
		r.MaxDelay = 5 * time.Second
		go e.Wait(ctx, r, task)
		time.Sleep(10 * time.Minute)
		require.GreaterOrEqual(t, len(s.polled())-before, 600/6, "polled every 5 seconds")
		time.Sleep(25 * time.Minute)
		before = len(s.polled())
		time.Sleep(10 * time.Minute)
		require.Less(t, len(s.polled())-before, 600/12, "the other goes on as before")
		e.Close()
	})
}

func TestSlowCallbackDelaysItsRegistrationAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine(func(c *Config[job]) { c.OnChange = func(job) { time.Sleep(time.Hour) } })
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		begun := time.Now()
		out := e.Wait(ctx, request(), s.start("a", 5*time.Second))
		require.Equal(t, 30*time.Second, time.Since(begun), "an ended context ends a wait at once")
		require.Equal(t, Ended, out.Cause, "its callback was called")
		out = e.Wait(ctx, request(), s.start("b", 0))
		require.Equal(t, Canceled, out.Cause)
		time.Sleep(3 * time.Hour)
	})
}

func TestCanceledWaitKeepsTheStateThatWasTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		first := make(chan string, 2)
		e := s.engine(func(c *Config[job]) { c.OnChange = func(j job) { first <- j.id; time.Sleep(time.Minute) } })
		a, b := s.start("a", 5*time.Second), s.start("b", 5*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		outs := map[string]Outcome[job]{}
		for out := range e.WaitAll(ctx, request(), slices.Values([]job{a, b})) {
			outs[out.Task.id] = out
		}
		require.Len(t, outs, 2)
		require.Len(t, first, 1)
		told := <-first
		for id, out := range outs {
			if id == told {
				require.Equal(t, Ended, out.Cause)
			} else {
				require.Equal(t, Canceled, out.Cause)
				require.Equal(t, "RUNNING", out.Task.status)
			}
		}
		time.Sleep(time.Hour)
	})
}

func TestClientThatMisbehavesCostsItsPoll(t *testing.T) {
	t.Parallel()
	for name, misbehave := range map[string]func(){
		"panics":              func() { panic("boom") },
		"ends the goroutine":  runtime.Goexit,
		"ignores the context": func() { time.Sleep(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newService()
				var n atomic.Int32
				s.list = func(context.Context, Query[job]) error {
					if n.Add(1) == 1 {
						misbehave()
					}
					return nil
				}
				begun := time.Now()
				out := s.engine().Wait(t.Context(), request(), s.start("a", 8*time.Second))
				require.Equal(t, Ended, out.Cause)
				require.Less(t, time.Since(begun), 25*time.Second)
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

func TestClientThatNeverReturnsHasTwoPollsAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		release := make(chan struct{})
		s.list = func(context.Context, Query[job]) error { <-release; return nil }
		e := s.engine()
		task := s.start("a", time.Second)
		r := request()
		r.MaxWait = 30 * time.Minute
		begun := time.Now()
		out := e.Wait(t.Context(), r, task)
		require.Equal(t, TimedOut, out.Cause)
		require.InDelta(t, 30*time.Minute, time.Since(begun), float64(lastPoll))
		require.LessOrEqual(t, len(s.polled()), 2)
		r.Once, r.MaxWait = true, 30*time.Second
		out = e.Wait(t.Context(), r, task)
		require.Equal(t, PollFailed, out.Cause)
		require.Error(t, out.Err)
		close(release)
		synctest.Wait()
		require.Equal(t, Ended, e.Wait(t.Context(), request(), task).Cause, "the list is polled again")
	})
}

func TestCanceledPollsLeaveTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine()
		task := s.start("a", time.Hour)
		for range 1000 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			r := request()
			r.Once = true
			e.Wait(ctx, r, task)
			cancel()
		}
		begun := time.Now()
		require.Equal(t, Ended, e.Wait(t.Context(), request(), s.start("b", time.Second)).Cause)
		require.Less(t, time.Since(begun), 10*time.Second)
	})
}

func TestErrorsOfSingleTasksOnAPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		list, passing, failures := s.kind.List, errors.New("passing"), 0
		s.kind.List = func(ctx context.Context, q Query[job]) (Page[job], error) {
			page, err := list(ctx, q)
			for _, j := range page.Tasks {
				if j.id == "a" && j.status == "DONE" && failures < 3 {
					failures++
					page.Errs = map[string]error{"a": passing}
				}
			}
			return page, err
		}
		e := s.engine()
		tasks := []job{s.start("a", 5*time.Second), s.start("b", 5*time.Second)}
		var order []string
		for out := range e.WaitAll(t.Context(), request(), slices.Values(tasks)) {
			require.Equal(t, Ended, out.Cause)
			order = append(order, out.Task.id)
		}
		require.Equal(t, []string{"b", "a"}, order)
		require.Equal(t, 3, failures)
		require.EqualValues(t, 3, e.Stats().FailedPolls)
	})
}

package partnercentral_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

var updateGolden = flag.Bool("update-golden", false, "rewrite testdata/golden")

// goldenRandom stands for every random number, so that no trace depends on
// which of several goroutines asks first.
func goldenRandom() float64 { return 0.3 }

// A golden trace is every request of a scenario, with the time at which it
// reached the service, and how everything that was waited for came out. The
// traces hold waits and runs to what they did before: after a change on purpose
// they are written anew with -update-golden, and the difference is reviewed.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	require.NoError(t, err)
	for _, s := range goldenScenarios {
		name := filepath.Join("testdata", "golden", strings.ReplaceAll(s.name, " ", "-")+".txt")
		files = slices.DeleteFunc(files, func(f string) bool { return f == name })
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var got string
			synctest.Test(t, func(t *testing.T) {
				g := newGolden(t, s.options...)
				s.play(g)
				g.running.Wait()
				got = g.String()
			})
			if *updateGolden {
				require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
				require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
	require.Empty(t, files, "traces of no scenario")
}

const (
	opStart = fake.StartEngagementFromOpportunityTask
	opList  = fake.ListEngagementFromOpportunityTasks
)

func withQuota(q *pc.Quota) func(*pc.Options) { return func(o *pc.Options) { o.Quota = q } }

func submission(i int) *pc.StartEngagementFromOpportunityTaskInput {
	return &pc.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(pc.CatalogSandbox),
		Identifier:    aws.String(fmt.Sprintf("O%d", 1000+i)),
		AwsSubmission: &pc.AwsSubmission{InvolvementType: pc.SalesInvolvementTypeCoSell},
	}
}

func keyed(in *pc.StartEngagementFromOpportunityTaskInput, key string) *pc.StartEngagementFromOpportunityTaskInput {
	in.ClientToken = aws.String(pc.ClientTokenFor(key))
	return in
}

const (
	engA = "eng-aaaaaaaaaaaaaa"
	engB = "eng-bbbbbbbbbbbbbb"
)

func acceptance(i int) *pc.StartEngagementByAcceptingInvitationTaskInput {
	return &pc.StartEngagementByAcceptingInvitationTaskInput{
		Catalog:    aws.String(pc.CatalogSandbox),
		Identifier: aws.String(fmt.Sprintf("engi-%013d", i)),
	}
}

func fromEngagementInput() *pc.StartOpportunityFromEngagementTaskInput {
	return &pc.StartOpportunityFromEngagementTaskInput{
		Catalog: aws.String(pc.CatalogSandbox), Identifier: aws.String("eng-0123456789abcd"), ContextIdentifier: aws.String("1"),
	}
}

func startProspecting(t testing.TB, client *pc.Client, name string) pc.Task {
	t.Helper()
	out, err := client.StartProspectingFromEngagementTask(t.Context(), &pc.StartProspectingFromEngagementTaskInput{
		Catalog: aws.String("Sandbox"), TaskName: &name, Identifiers: []string{engA, engB},
	})
	require.NoError(t, err)
	return out.Task()
}

// oneOfEach starts a task of every kind.
func oneOfEach(t testing.TB, client *pc.Client, i int) []pc.Task {
	t.Helper()
	ctx := t.Context()
	accepted, err := client.StartEngagementByAcceptingInvitationTask(ctx, acceptance(i))
	require.NoError(t, err)
	submitted, err := client.StartEngagementFromOpportunityTask(ctx, submission(i))
	require.NoError(t, err)
	in := fromEngagementInput()
	in.ContextIdentifier = aws.String(fmt.Sprint(i + 1))
	converted, err := client.StartOpportunityFromEngagementTask(ctx, in)
	require.NoError(t, err)
	return []pc.Task{accepted.Task(), submitted.Task(), converted.Task(), startProspecting(t, client, fmt.Sprintf("name %d", i))}
}

// inputs are n submissions and acceptances by turns, with tokens of their own.
func inputs(n int) iter.Seq[pc.StartTaskInput] {
	return func(yield func(pc.StartTaskInput) bool) {
		for i := 0; n < 0 || i < n; i++ {
			var in pc.StartTaskInput
			token := pc.ClientTokenFor(fmt.Sprint("item/", i))
			if i%2 == 0 {
				s := submission(i)
				s.ClientToken = &token
				in = s
			} else {
				a := acceptance(i)
				a.ClientToken = &token
				in = a
			}
			if !yield(in) {
				return
			}
		}
	}
}

type goldenScenario struct {
	name    string
	options []fake.Option
	play    func(*golden)
}

// golden plays a scenario in a synctest bubble.
type golden struct {
	t      *testing.T
	svc    *fake.Service
	start  time.Time
	starts *pc.Client // without latency
	client *pc.Client
	waiter *pc.TaskWaiter

	running sync.WaitGroup

	mu      sync.Mutex
	endings []goldenEnding
}

// goldenEnding is how something came out.
type goldenEnding struct {
	at   time.Time
	what string
	task pc.Task
	err  error
}

func newGolden(t *testing.T, options ...fake.Option) *golden {
	g := &golden{t: t, svc: fake.New(t, options...), start: time.Now()}
	g.starts = g.svc.Client()
	g.client = g.newClient()
	g.waiter = g.newWaiter()
	return g
}

func (g *golden) newClient(optFns ...func(*pc.Options)) *pc.Client {
	retryer := g.svc.Client().Options().Retryer.(aws.RetryerV2)
	return g.svc.Client(append([]func(*pc.Options){func(o *pc.Options) {
		o.HTTPClient = fixedLatency{g.svc.Transport()}
		o.Retryer = fixedDelay{retryer}
	}}, optFns...)...)
}

func (g *golden) newWaiter(optFns ...func(*pc.TaskWaiterOptions)) *pc.TaskWaiter {
	w := pc.NewTaskWaiter(g.client, optFns...)
	pc.SetRandom(w, goldenRandom)
	return w
}

func (g *golden) newRunner(client *pc.Client, optFns ...func(*pc.RunnerOptions)) *pc.Runner {
	r := pc.NewRunner(client, optFns...)
	pc.SetRunnerRandom(r, goldenRandom)
	return r
}

// fixedLatency is a network that takes 40 ms there and 60 ms back.
type fixedLatency struct{ next http.RoundTripper }

func (l fixedLatency) Do(r *http.Request) (*http.Response, error) {
	if err := l.wait(r.Context(), 40*time.Millisecond); err != nil {
		return nil, err
	}
	resp, err := l.next.RoundTrip(r)
	if waitErr := l.wait(r.Context(), 60*time.Millisecond); waitErr != nil {
		return nil, waitErr
	}
	return resp, err
}

func (fixedLatency) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// fixedDelay is a retryer without a random backoff.
type fixedDelay struct{ aws.RetryerV2 }

func (fixedDelay) RetryDelay(int, error) (time.Duration, error) { return 200 * time.Millisecond, nil }

// begin starts the task of a submission, which comes out as said.
func (g *golden) begin(i int, outcome fake.Outcome) pc.Task {
	g.t.Helper()
	in := submission(i)
	g.svc.When(opStart, fake.WithIdentifier(*in.Identifier)).Script(outcome)
	out, err := g.starts.StartEngagementFromOpportunityTask(g.t.Context(), in)
	require.NoError(g.t, err)
	return out.Task()
}

// wait waits for the task in a goroutine of its own, after those before it.
func (g *golden) wait(ctx context.Context, task pc.Task, maxWait time.Duration) {
	g.running.Go(func() {
		got, err := g.waiter.Wait(ctx, task, maxWait)
		g.ended("Wait", got, err)
	})
	synctest.Wait()
}

func (g *golden) refresh(task pc.Task) {
	got, err := g.waiter.Refresh(g.t.Context(), task)
	g.ended("Refresh", got, err)
}

func (g *golden) run(runner *pc.Runner, in pc.StartTaskInput) {
	task, err := runner.Run(g.t.Context(), in)
	g.ended("Run", task, err)
}

// ended notes how something came out, now.
func (g *golden) ended(what string, task pc.Task, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.endings = append(g.endings, goldenEnding{time.Now(), what, task, err})
}

// endingOf says how a wait or a run came out, in words that do not depend on
// the names of types.
func endingOf(task pc.Task, err error) string {
	if err == nil {
		return string(task.Status)
	}
	var runErr *pc.RunError
	if errors.As(err, &runErr) {
		state := map[pc.RunState]string{
			pc.RunNotStarted: "not started", pc.RunMaybeStarted: "maybe started",
			pc.RunStarted: "started", pc.RunFailed: "ended",
		}[runErr.State]
		return fmt.Sprintf("%s after %d restarts, %s", state, runErr.Restarts, endingOf(task, runErr.Err))
	}
	if task.Status == pc.TaskStatusFailed {
		if n := len(task.Engagements()); n > 0 {
			return fmt.Sprintf("failed, %s", task.Message)
		}
		return strings.TrimSpace("failed " + string(task.ReasonCode))
	}
	var apiErr smithy.APIError
	switch {
	case errors.Is(err, pc.WaitNotFound):
		return "not found"
	case errors.Is(err, context.DeadlineExceeded):
		return "timed out"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &apiErr):
		return "refused " + apiErr.ErrorCode()
	}
	return "error"
}

// goldenLine is a line of a trace without its time.
type goldenLine struct {
	at   time.Time
	text string
}

// String is the trace. Lines of the same time are sorted, since their order
// is that of the goroutines.
func (g *golden) String() string {
	var b strings.Builder
	names := newGoldenNames(g.svc.Calls())
	var requests []goldenLine
	for _, call := range g.svc.Calls() {
		// With its latency the client under test makes no call at the start:
		// these are the Starts that a scenario begins with.
		if call.Time.After(g.start) {
			requests = append(requests, goldenLine{call.Time, names.line(call)})
		}
	}
	g.write(&b, requests)
	b.WriteString("\n")
	g.mu.Lock()
	defer g.mu.Unlock()
	var endings []goldenLine
	for _, e := range g.endings {
		endings = append(endings, goldenLine{e.at, fmt.Sprint(e.what, " ", names.task(e.task), ": ", endingOf(e.task, e.err))})
	}
	g.write(&b, endings)
	return b.String()
}

func (g *golden) write(b *strings.Builder, lines []goldenLine) {
	slices.SortStableFunc(lines, func(a, b goldenLine) int {
		if c := a.at.Round(time.Millisecond).Compare(b.at.Round(time.Millisecond)); c != 0 {
			return c
		}
		return strings.Compare(a.text, b.text)
	})
	for _, l := range lines {
		fmt.Fprintf(b, "%+.3fs %s\n", l.at.Sub(g.start).Round(time.Millisecond).Seconds(), l.text)
	}
}

// goldenNames names tasks by what they were started for: the second one for
// O1 is O1/2.
type goldenNames struct {
	tasks  map[string]string // by id
	tokens map[string]string // the same for client tokens
	count  map[string]int
}

func newGoldenNames(calls fake.Calls) *goldenNames {
	n := &goldenNames{tasks: map[string]string{}, tokens: map[string]string{}, count: map[string]int{}}
	for _, call := range calls {
		if call.ClientToken == "" {
			continue
		}
		object := strings.Join(requestOf(call).objects(), " ")
		name := n.tokens[call.ClientToken]
		if name == "" {
			name = object
			if n.count[name] > 0 {
				name = fmt.Sprintf("%s/%d", name, n.count[name]+1)
			}
			n.count[object]++
			n.tokens[call.ClientToken] = name
		}
		if call.TaskID != "" {
			n.tasks[call.TaskID] = name
		}
	}
	return n
}

func (n *goldenNames) task(t pc.Task) string {
	if name, ok := n.tasks[t.ID]; ok {
		return name
	}
	return t.OpportunityID
}

// line says what a call asked for and was answered.
func (n *goldenNames) line(call fake.Call) string {
	r := requestOf(call)
	words := []string{string(call.Operation)}
	switch ids, objects := r.texts("TaskIdentifier"), r.objects(); {
	case call.ClientToken != "":
		words = append(words, n.tokens[call.ClientToken])
	case len(ids) > 0:
		for i, id := range ids {
			if name, ok := n.tasks[id]; ok {
				ids[i] = name
			}
		}
		slices.Sort(ids)
		words = append(words, "by id", strings.Join(ids, " "))
	case len(objects) > 0:
		words = append(words, "by object", strings.Join(objects, " "))
	default:
		words = append(words, fmt.Sprint("page of ", r["MaxResults"]))
	}
	if r["NextToken"] != nil {
		words = append(words, "(next)")
	}
	switch {
	case call.Error != "":
		words = append(words, "->", call.Error)
	case call.Fault != "":
		words = append(words, "->", call.Fault)
	default:
		words = append(words, "->", fmt.Sprint(call.Tasks))
	}
	return strings.Join(words, " ")
}

// goldenRequest is the body of a request.
type goldenRequest map[string]any

func requestOf(call fake.Call) goldenRequest {
	r := goldenRequest{}
	if err := json.Unmarshal(call.Body, &r); err != nil {
		panic(err)
	}
	return r
}

// texts returns a member that is a string or a list of strings, sorted.
func (r goldenRequest) texts(member string) []string {
	switch v := r[member].(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, e.(string))
		}
		slices.Sort(list)
		return list
	}
	return nil
}

// objects is what a Start is about, or a List asks for.
func (r goldenRequest) objects() []string {
	for _, member := range []string{
		"TaskName", "Identifier", "OpportunityIdentifier", "EngagementInvitationIdentifier", "EngagementIdentifier",
	} {
		if list := r.texts(member); len(list) > 0 {
			return list
		}
	}
	return nil
}

var goldenScenarios = []goldenScenario{
	{"one short task", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.After(7*time.Second, fake.Complete())), time.Hour)
	}},
	{"one long task", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.After(10*time.Minute, fake.Complete())), time.Hour)
	}},
	{"complete in the answer to the start", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.Immediately(fake.Complete())), time.Hour)
	}},
	{"failed", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.Fail(pc.ReasonCodeOpportunityConflict, "")), time.Hour)
	}},
	{"5 tasks at once", nil, func(g *golden) { g.atOnce(5) }},
	{"30 tasks at once", nil, func(g *golden) { g.atOnce(30) }},
	{"1200 tasks at once", nil, func(g *golden) {
		// Those that are waited for are on the second page.
		for i := range 1200 {
			task := g.begin(i, fake.After(goldenDuration(i), fake.Complete()))
			if i < 100 {
				g.wait(g.t.Context(), task, time.Hour)
			}
		}
	}},
	{"a task a second", nil, func(g *golden) {
		for i := range 60 {
			g.wait(g.t.Context(), g.begin(i, fake.After(goldenDuration(i), fake.Complete())), time.Hour)
			time.Sleep(time.Second)
		}
	}},
	{"not listed at first", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.VisibleAfter(20*time.Second, fake.Complete())), time.Hour)
	}},
	{"never listed", nil, func(g *golden) {
		task := g.begin(1, fake.VisibleAfter(time.Hour, fake.Never()))
		task.Status, task.StartTime = "", time.Time{} // as from an ARN that was pasted
		g.wait(g.t.Context(), task, time.Hour)
	}},
	{"without id", nil, func(g *golden) {
		task := g.begin(1, fake.After(15*time.Second, fake.Complete()))
		task.ID, task.ARN = "", ""
		g.wait(g.t.Context(), task, time.Hour)
	}},
	{"two waits of one task", nil, func(g *golden) {
		task := g.begin(1, fake.After(30*time.Second, fake.Complete()))
		g.wait(g.t.Context(), task, time.Hour)
		time.Sleep(3 * time.Second)
		g.wait(g.t.Context(), task, 10*time.Second)
		g.wait(g.t.Context(), task, 2*time.Hour)
	}},
	{"timed out", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.Never()), 90*time.Second)
	}},
	{"canceled", nil, func(g *golden) {
		ctx, cancel := context.WithCancel(g.t.Context())
		g.wait(ctx, g.begin(1, fake.Never()), time.Hour)
		g.wait(g.t.Context(), g.begin(2, fake.After(40*time.Second, fake.Complete())), time.Hour)
		time.Sleep(21 * time.Second)
		cancel()
	}},
	{"closed", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.Never()), time.Hour)
		time.Sleep(21 * time.Second)
		require.NoError(g.t, g.waiter.Close())
	}},
	{"throttled lists", nil, func(g *golden) {
		g.svc.Fault(opList, fake.Times(7), fake.Throttle())
		g.atOnce(3)
	}},
	{"lists with status 500", nil, func(g *golden) {
		g.svc.Fault(opList, fake.Times(7), fake.Error(500, "InternalServerException", ""))
		g.atOnce(3)
	}},
	{"access denied", nil, func(g *golden) {
		g.svc.Fault(opList, fake.Always(), fake.Refuse(&pc.AccessDeniedException{}))
		g.atOnce(3)
	}},
	{"one id of 8 refused", nil, func(g *golden) {
		tasks := g.beginMany(8)
		g.svc.When(opList, fake.WithTaskID(tasks[4].ID)).Fault(fake.Always(), fake.Refuse(&pc.ResourceNotFoundException{}))
		for _, task := range tasks {
			g.wait(g.t.Context(), task, time.Hour)
		}
	}},
	{"refresh", nil, func(g *golden) {
		task := g.begin(1, fake.After(10*time.Second, fake.Complete()))
		for range 3 {
			g.refresh(task)
			time.Sleep(6 * time.Second)
		}
		g.svc.Fault(opList, fake.Times(1), fake.Throttle())
		g.refresh(g.begin(2, fake.Never()))
		g.refresh(g.begin(3, fake.VisibleAfter(time.Hour, fake.Never())))
	}},
	{"wait for all of a sequence", nil, func(g *golden) {
		source := func(yield func(pc.Task) bool) {
			for i := range 40 {
				if !yield(g.begin(i, fake.After(goldenDuration(i), fake.Complete()))) {
					return
				}
				time.Sleep(250 * time.Millisecond)
			}
		}
		for task, err := range g.waiter.WaitAll(g.t.Context(), source, time.Hour) {
			g.ended("WaitAll", task, err)
		}
	}},
	{"prospecting", nil, func(g *golden) {
		g.svc.Script(fake.StartProspectingFromEngagementTask,
			fake.After(12*time.Second, fake.WithEngagements(fake.Complete(), fake.FailEngagement(engB, "X", "text"))),
			fake.After(25*time.Second, fake.Complete()), fake.After(25*time.Second, fake.Complete()))
		for _, name := range []string{"spring", "summer", "autumn"} {
			g.wait(g.t.Context(), startProspecting(g.t, g.starts, name), time.Hour)
		}
	}},
	{"one of each kind", nil, func(g *golden) {
		for _, task := range oneOfEach(g.t, g.starts, 1) {
			g.wait(g.t.Context(), task, time.Hour)
			time.Sleep(300 * time.Millisecond)
		}
	}},
	{"nudge", nil, func(g *golden) {
		g.wait(g.t.Context(), g.begin(1, fake.After(5*time.Minute, fake.Complete())), time.Hour)
		g.wait(g.t.Context(), g.begin(2, fake.After(6*time.Minute, fake.Complete())), time.Hour)
		time.Sleep(5*time.Minute + time.Second)
		require.True(g.t, g.waiter.Nudge(pc.Task{OpportunityID: "O1001"}))
	}},
	{"run", nil, func(g *golden) {
		g.svc.Script(opStart, fake.After(20*time.Second, fake.Complete()))
		g.run(g.newRunner(g.client), keyed(submission(1), "a"))
	}},
	{"run with restarts", nil, func(g *golden) {
		g.svc.Script(opStart, fake.Fail(pc.ReasonCodeInternalError, ""),
			fake.Immediately(fake.Fail(pc.ReasonCodeRequestThrottled, "")), fake.Fail(pc.ReasonCodeInternalError, ""))
		g.run(g.newRunner(g.client, func(o *pc.RunnerOptions) { o.MaxRestarts = 2 }), keyed(submission(1), "a"))
	}},
	{"run with a lost answer", nil, func(g *golden) {
		g.svc.Fault(opStart, fake.Times(4), fake.AfterCommit(fake.Reset()))
		g.run(g.newRunner(g.client), keyed(submission(1), "a"))
	}},
	{"run that never gets an answer", nil, func(g *golden) {
		g.svc.Fault(opStart, fake.Always(), fake.Error(500, "InternalServerException", ""))
		g.run(g.newRunner(g.client), keyed(submission(1), "a"))
	}},
	{"run with a throttled start", nil, func(g *golden) {
		g.svc.Fault(opStart, fake.Times(10), fake.Throttle())
		g.run(g.newRunner(g.client), keyed(submission(1), "a"))
	}},
	{"run with a throttled start and a quota", nil, func(g *golden) {
		g.svc.Fault(opStart, fake.Times(5), fake.Throttle())
		g.run(g.newRunner(g.newClient(withQuota(pc.NewSeededQuota(goldenRandom)))), keyed(submission(1), "a"))
	}},
	{"run that is refused", nil, func(g *golden) {
		g.svc.Fault(opStart, fake.Always(), fake.Refuse(&pc.ConflictException{}))
		g.run(g.newRunner(g.client), keyed(submission(1), "a"))
	}},
	{"run all", []fake.Option{fake.WithQuotas(fake.DefaultQuotas())}, func(g *golden) {
		runner := g.newRunner(g.newClient(withQuota(pc.NewSeededQuota(goldenRandom))))
		spaced := func(yield func(pc.StartTaskInput) bool) {
			// One after another, so that they ask the quota in this order.
			for in := range inputs(20) {
				if !yield(in) {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}
		for result := range runner.RunAll(g.t.Context(), spaced) {
			g.ended("RunAll", result.Task, result.Err)
		}
	}},
}

// goldenDuration is how long task i takes: from 2 seconds to a minute.
func goldenDuration(i int) time.Duration {
	return 2*time.Second + time.Duration(i*i*733%58_000)*time.Millisecond
}

func (g *golden) beginMany(n int) []pc.Task {
	tasks := make([]pc.Task, n)
	for i := range tasks {
		tasks[i] = g.begin(i, fake.After(goldenDuration(i), fake.Complete()))
	}
	return tasks
}

// atOnce waits for n tasks that start together.
func (g *golden) atOnce(n int) {
	for _, task := range g.beginMany(n) {
		g.wait(g.t.Context(), task, time.Hour)
	}
}

package partnercentral

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
	"github.com/cosell-dev/partnercentral-go/internal/validate"
	"github.com/cosell-dev/partnercentral-go/internal/waiting"
)

func (o *TaskWaiterOptions) validate(noClient bool) error {
	p := validate.Of("NewTaskWaiter")
	if noClient {
		p.Wrong("client", "is nil: give it a client")
	}
	if o.ReadsPerSecond != o.ReadsPerSecond {
		p.Wrong("ReadsPerSecond", "is not a number")
	}
	if o.PollTimeout < 0 {
		p.Wrong("PollTimeout", "is less than zero: leave it 0 for the default")
	}
	checkMaxDelay(p, o.MaxDelay)
	checkGrace(p, o.NotFoundGrace)
	return p.Err()
}

func checkMaxDelay(p *validate.Problems, d time.Duration) {
	if d != 0 && d < minMaxDelay {
		p.Wrong("MaxDelay", "is less than 2s: leave it 0 for the default")
	}
}

func checkGrace(p *validate.Problems, d time.Duration) {
	if d < 0 {
		p.Wrong("NotFoundGrace", "is less than zero: leave it 0 for the default")
	}
}

func (o *TaskWaiterOptions) setDefaults() {
	if o.ReadsPerSecond == 0 {
		o.ReadsPerSecond = poll.DefaultPerSecond
	}
	if o.ReadsPerDay == 0 {
		o.ReadsPerDay = poll.DefaultPerDay
	}
	if o.PollTimeout <= 0 {
		o.PollTimeout = defaultPollTimeout
	}
	if o.MaxDelay <= 0 {
		o.MaxDelay = defaultMaxDelay
	}
	if o.NotFoundGrace <= 0 {
		o.NotFoundGrace = defaultNotFoundGrace
	}
	if o.Logger == nil {
		o.Logger = logging.Nop{}
	}
	if o.TracerProvider == nil {
		o.TracerProvider = &tracing.NopTracerProvider{}
	}
	if o.MeterProvider == nil {
		o.MeterProvider = metrics.NopMeterProvider{}
	}
}

// request checks the arguments of a wait.
func (w *TaskWaiter) request(ctx context.Context, method string, maxWait time.Duration, optFns []func(*WaitOptions)) (waiting.Request[Task], error) {
	p := validate.Of(method)
	if w == nil || w.engine == nil {
		p.Wrong("waiter", "was not made: make one with NewTaskWaiter")
		return waiting.Request[Task]{}, p.Err()
	}
	if w.problem != nil {
		return waiting.Request[Task]{}, w.problem
	}
	o := WaitOptions{MaxDelay: w.options.MaxDelay, NotFoundGrace: w.options.NotFoundGrace}
	for _, fn := range optFns {
		if fn != nil {
			fn(&o)
		}
	}
	if ctx == nil {
		p.Wrong("ctx", "is nil: give it a context, such as context.Background()")
	}
	if maxWait <= 0 {
		p.Wrong("maxWait", "is "+maxWait.String()+": give it a time to wait, such as 10m")
	}
	checkMaxDelay(p, o.MaxDelay)
	checkGrace(p, o.NotFoundGrace)
	if o.MaxDelay == 0 {
		o.MaxDelay = w.options.MaxDelay
	}
	if o.NotFoundGrace == 0 {
		o.NotFoundGrace = w.options.NotFoundGrace
	}
	return waiting.Request[Task]{
		MaxWait: maxWait, MaxDelay: o.MaxDelay, Grace: o.NotFoundGrace,
		OnChange: o.OnChange, OnPoll: onPoll(o.OnPoll),
	}, p.Err()
}

func onPoll(callback func(PollInfo)) func(waiting.Poll) {
	if callback == nil {
		return nil
	}
	return func(p waiting.Poll) {
		callback(PollInfo{
			Kind: TaskKind(p.Kind), Catalog: p.Catalog, Asked: p.Asked, Listed: p.Listed, Ended: p.Ended,
			Time: p.Time, Duration: p.Duration, Err: p.Err,
		})
	}
}

// config is what the engine has to know of the waiter and of tasks.
func (w *TaskWaiter) config() waiting.Config[Task] {
	o := &w.options
	return waiting.Config[Task]{
		KindOf:      w.accept,
		Judge:       judgePoll,
		PerSecond:   o.ReadsPerSecond,
		PerDay:      o.ReadsPerDay,
		PollTimeout: o.PollTimeout,
		MaxDelay:    o.MaxDelay,
		Durations:   o.Durations.learned,
		OnChange:    o.OnChange,
		OnPoll:      onPoll(o.OnPoll),
		Logger:      o.Logger,
		Tracer:      o.TracerProvider.Tracer(scope),
		Meter:       o.MeterProvider.Meter(scope),
		Random:      func() float64 { return w.random() },
	}
}

// pollOptions are the options of a client for polls. The waiter polls again by
// itself, and retries would use up the retry quota that other calls need.
func pollOptions(o *TaskWaiterOptions) []func(*Options) {
	fns := []func(*Options){func(o *Options) { o.RetryMaxAttempts = 1 }}
	for _, fn := range o.ClientOptions {
		// A mock may call all that it gets.
		if fn != nil {
			fns = append(fns, fn)
		}
	}
	return fns
}

func pollingClient(client TaskWaiterAPIClient, o *TaskWaiterOptions) any {
	c, ok := client.(*Client)
	if !ok {
		return client
	}
	return c.derive(func(options *Options) {
		for _, fn := range pollOptions(o) {
			fn(options)
		}
	})
}

// renewing returns what makes a client ask for its credentials anew.
func renewing(client any) (renew func()) {
	if c, ok := client.(interface{ Options() Options }); ok {
		if cache, ok := c.Options().Credentials.(interface{ Invalidate() }); ok {
			return cache.Invalidate
		}
	}
	return func() {}
}

// kindOf declares a family to the engine.
func (w *TaskWaiter) kindOf(f *taskFamily) *waiting.Kind[Task] {
	kind := &waiting.Kind[Task]{
		Name:    string(f.kind),
		Limits:  f.limits,
		Catalog: func(t *Task) string { return t.Catalog },
		ID:      taskID,
		Object:  f.object,
		Start:   func(t *Task) time.Time { return t.StartTime },
		Status:  func(t *Task) (string, waiting.State) { return string(t.Status), stateOf(t.Status) },
		Merge:   func(old Task, now *Task) Task { return now.filledFrom(old) },
	}
	share := w.options.ReadsPerSecond / poll.DefaultPerSecond
	kind.PerSecond, kind.GetsPerSecond = f.listsPerSecond*share, f.getsPerSecond*share
	kind.ExpectNudges = w.options.ExpectEvents && f.announced
	if w.problem != nil {
		return kind
	}
	list, err := f.lister(w.client)
	if err != nil {
		return kind
	}
	renew := renewing(w.client)
	var optFns []func(*Options)
	if _, ours := w.client.(*Client); !ours {
		optFns = pollOptions(&w.options)
	}
	kind.List = func(ctx context.Context, q waiting.Query[Task]) (waiting.Page[Task], error) {
		if q.Fresh {
			renew()
		}
		page, err := list(withQueue(ctx, q.Queue), taskQuery{
			catalog: q.Catalog, ids: q.IDs, objects: q.Objects, size: int32(q.Size), token: q.Token,
			awaited: q.Awaited, turn: q.Turn,
		}, optFns...)
		out := waiting.Page[Task]{Tasks: page.tasks, Next: page.next, Errs: page.errs}
		out.Ahead, out.HasClock = clockAhead(page.metadata)
		return out, err
	}
	return kind
}

func stateOf(s TaskStatus) waiting.State {
	switch s {
	case TaskStatusComplete:
		return waiting.Completed
	case TaskStatusFailed:
		return waiting.Failed
	case TaskStatusInProgress, "":
		return waiting.Running
	}
	return waiting.Unknown
}

// clockAhead returns by how much the service's clock is ahead of ours.
func clockAhead(metadata middleware.Metadata) (time.Duration, bool) {
	server, ok := awsmiddleware.GetServerTime(metadata)
	at, ok2 := awsmiddleware.GetResponseAt(metadata)
	if !ok || !ok2 {
		return 0, false
	}
	// The header has whole seconds.
	ahead := server.Sub(at)
	if ahead.Abs() < 2*time.Second {
		ahead = 0
	}
	return ahead, true
}

// accept returns the kind of a task, or what has to be put right before it can
// be waited for.
func (w *TaskWaiter) accept(task *Task) (*waiting.Kind[Task], error) {
	p := validate.Of("Task")
	kind, family := w.kinds[task.Kind], familyOf(task.Kind)
	switch {
	case kind == nil && task.Kind == "":
		p.Wrong("Kind", "is empty: set it to one of "+knownKinds())
		return nil, p.Err()
	case kind == nil:
		p.Wrong("Kind", "is not known: set it to one of "+knownKinds())
		return nil, p.Err()
	case task.Done():
		return kind, nil
	}
	if kind.List == nil {
		p.Wrong("Kind", "cannot be listed by the client: give the waiter one that has the methods for "+string(task.Kind)+" tasks, as *Client has")
	}
	if wrong := miscataloged(task.Catalog); wrong != "" {
		p.Wrong("Catalog", wrong)
	}
	checkTaskID(p, task, family)
	return kind, p.Err()
}

// checkTaskID checks what finds a task.
func checkTaskID(p *validate.Problems, task *Task, family *taskFamily) {
	id := taskID(task)
	if id == "" {
		if task.Object() == "" {
			p.Wrong("ID", "is empty: set it, ARN, or "+family.objectName+" to find the task by")
		}
		return
	}
	// An id that an answer has told is the service's, whatever its form.
	told := task.Status != "" || !task.StartTime.IsZero()
	if wrong := mispaired(task); wrong != "" {
		p.Wrong("ID", wrong)
	} else if !told && !validate.IsClassicTaskID(id) && !validate.IsProspectingTaskID(id) {
		p.Wrong("ID", fmt.Sprintf("is %q: the id of a task is task- and 13 of 0-9 and a-z, or 14 for prospecting", id))
	}
	if task.ARN != "" && lastPart(task.ARN) != id {
		p.Wrong("ARN", "names another task than ID: set one of them only")
	}
	// ID may be an ARN, too.
	for _, arn := range []string{task.ARN, task.ID} {
		catalog, kind := namedByARN(arn)
		if catalog != "" && !strings.EqualFold(catalog, task.Catalog) {
			p.Wrong("ARN", "names the catalog "+catalog+", and Catalog another: the service finds a task in its own only")
		}
		if kind != "" && kind != task.Kind {
			p.Wrong("ARN", "names a "+string(kind)+" task, and Kind another: the service finds a task in the list of its own kind only")
		}
	}
}

func knownKinds() string {
	names := make([]string, 0, len(taskFamilies))
	for i := range taskFamilies {
		names = append(names, string(taskFamilies[i].kind))
	}
	return strings.Join(names, ", ")
}

// judgePoll says what the error of a poll means for its tasks. What is not known
// to be final may pass, since the tasks run on either way.
func judgePoll(err error) waiting.Verdict {
	switch fault.Of(err) {
	case fault.Throttled:
		return waiting.Throttled
	case fault.RefusesCaller:
		if !fault.Named(err) {
			return waiting.Passes
		}
		return waiting.Denied
	case fault.RefusesObject:
		return waiting.NoTask
	case fault.RefusesRequest:
		if aboutRequest(err) {
			return waiting.BadRequest
		}
		return waiting.BadTask
	}
	return waiting.Passes
}

// aboutRequest reports whether a refusal is about members of the request other
// than those that name tasks.
func aboutRequest(err error) bool {
	var invalid *ValidationException
	if !errors.As(err, &invalid) || len(invalid.ErrorList) == 0 {
		return false
	}
	for _, f := range invalid.ErrorList {
		// TaskIdentifier, OpportunityIdentifier, EngagementInvitationIdentifier;
		// a field without a name may be any of them.
		if name := aws.ToString(f.FieldName); name == "" || strings.Contains(strings.ToLower(name), "identifier") {
			return false
		}
	}
	return true
}

// Durations is what a [TaskWaiter] has learned of how long tasks take, for
// each kind and catalog. [TaskWaiter.Durations] returns it and
// [TaskWaiterOptions.Durations] takes it, in the same process or, as JSON, in
// a later one. A waiter that starts with it polls from the first poll on when
// tasks are likely to end.
//
// It has a few kilobytes at most, names no task, and does not change. The zero
// value is that of a waiter that has learned nothing.
type Durations struct {
	learned []waiting.Learned
}

const (
	// maxDurations bounds what is read: a list takes up to 1 KiB.
	maxDurations = 256 << 10

	// maxName bounds the names of kinds and catalogs.
	maxName = 256
)

// durationsJSON is the JSON of Durations.
type durationsJSON struct {
	Version int
	Lists   []waiting.Learned `json:",omitempty"`
	Check   uint32            // what tells a damaged value
}

// check returns the check sum of the lists. It is that of their JSON as it is
// encoded here, so that nothing depends on how others write or order it.
func check(lists []waiting.Learned) (uint32, error) {
	b, err := json.Marshal(lists)
	return crc32.ChecksumIEEE(b), err
}

// MarshalJSON returns the value as JSON, for UnmarshalJSON alone: the form
// depends on the version of this package. The error is always nil.
func (d Durations) MarshalJSON() ([]byte, error) {
	sum, err := check(d.learned)
	if err != nil {
		return nil, err
	}
	return json.Marshal(durationsJSON{Version: poll.RecordVersion, Lists: d.learned, Check: sum})
}

// UnmarshalJSON reads what MarshalJSON has returned. Any other JSON, and that
// of another version, becomes the zero value, since a waiter can learn
// everything again. The error is always nil. (For what is not JSON at all
// json.Unmarshal returns an error and leaves the value as it is.)
func (d *Durations) UnmarshalJSON(data []byte) error {
	*d = Durations{readDurations(data)}
	return nil
}

// readDurations returns what was learned, or nothing if that is not to be read.
func readDurations(data []byte) []waiting.Learned {
	var in durationsJSON
	if len(data) > maxDurations || json.Unmarshal(data, &in) != nil || in.Version != poll.RecordVersion {
		return nil
	}
	if sum, err := check(in.Lists); err != nil || sum != in.Check {
		return nil
	}
	for _, l := range in.Lists {
		if l.Kind == "" || len(l.Kind) > maxName || l.Catalog == "" || len(l.Catalog) > maxName || !l.Valid() {
			return nil
		}
	}
	return in.Lists
}

// Durations returns what the waiter has learned so far of how long tasks take,
// including what it was given. It is safe for concurrent use.
func (w *TaskWaiter) Durations() Durations {
	if w == nil || w.engine == nil {
		return Durations{}
	}
	return Durations{w.engine.Durations()}
}

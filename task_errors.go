package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/stack"
	"github.com/cosell-dev/partnercentral-go/internal/validate"
	"github.com/cosell-dev/partnercentral-go/internal/waiting"
)

// TaskFailedError says that the service ended a task with FAILED. Waiting
// again gives the same error. Task.ReasonCode.Transient reports whether
// starting a new task may help.
//
// A prospecting task counts as failed when one of its engagements has failed.
// What succeeded stays. FailedEngagements returns the engagements that need a
// new task.
type TaskFailedError struct {
	// The task, as the last answer described it.
	Task Task
}

func (e *TaskFailedError) Error() string {
	var b strings.Builder
	b.WriteString(e.Task.name() + " failed")
	if e.partly() {
		b.WriteString(" in part")
	}
	if e.Task.ReasonCode != "" {
		b.WriteString(": " + string(e.Task.ReasonCode))
	}
	if e.Task.Message != "" {
		b.WriteString(": " + stack.WithoutToken(e.Task.Message, e.Task.ClientToken))
	}
	return b.String()
}

// FailedEngagements returns the results of the engagements of a prospecting task
// that failed; [Task.Engagements] has all. It is nil for other kinds of tasks.
// The slice is the caller's.
func (e *TaskFailedError) FailedEngagements() []EngagementProspectingResult {
	return e.engagements(ProspectingTaskStatusFailed)
}

func (e *TaskFailedError) engagements(status ProspectingTaskStatus) []EngagementProspectingResult {
	var some []EngagementProspectingResult
	for _, result := range e.Task.Engagements() {
		if result.Status == status {
			some = append(some, result)
		}
	}
	return some
}

// partly reports whether some engagements are known to have succeeded.
func (e *TaskFailedError) partly() bool {
	return len(e.engagements(ProspectingTaskStatusCompleted)) > 0
}

// Remedy returns what a caller can do about it, as one English clause without
// a full stop. It is [ReasonCode.Remedy] of the task's reason. If FieldErrors
// has some and the reason does not pass by itself, it says which fields to
// correct. For a prospecting task that failed in part it says what to do about
// the failed engagements (inferred: AWS documents no reasons). Task.Message,
// the service's own words, may know better.
func (e *TaskFailedError) Remedy() string {
	if fields := e.FieldErrors(); fields != nil && !e.Task.ReasonCode.Transient() {
		return fieldRemedy(fields)
	}
	if e.partly() {
		return "read the message of each failed engagement, correct what it names, then start a new task for the failed engagements alone"
	}
	return e.Task.ReasonCode.Remedy()
}

// FieldError is what the service says of one field of the object that a failed
// task worked on.
type FieldError struct {
	// What is wrong. A code that this package does not know is kept as it came.
	Code ValidationExceptionErrorCode

	// The path of the field, in the service's spelling, such as
	// customer.account.address.stateOrRegion.
	FieldName string

	// The service's words; may be empty.
	Message string
}

// FieldErrors returns what Task.Message says of single fields, in its order, and
// nil for a message of any other form. The slice is the caller's.
//
// The form is a list of CODE field.path:text separated by semicolons. AWS does not
// document it; a public sample of AWS's shows it for tasks of the Sandbox
// catalog. A message is taken for one only if all of it has that form.
func (e *TaskFailedError) FieldErrors() []FieldError {
	rest := strings.TrimSpace(e.Task.Message)
	var fields []FieldError
	for rest != "" {
		code, field, text, ok := cutFieldError(rest)
		if !ok {
			return nil
		}
		// A text may have semicolons of its own: it ends at one that another
		// field follows.
		end, next := len(text), ""
		for i := range len(text) {
			if text[i] != ';' {
				continue
			}
			after := strings.TrimSpace(text[i+1:])
			if _, _, _, ok := cutFieldError(after); ok || after == "" {
				end, next = i, after
				break
			}
		}
		fields = append(fields, FieldError{ValidationExceptionErrorCode(code), field, strings.TrimSpace(text[:end])})
		rest = next
	}
	return fields
}

// cutFieldError cuts CODE field.path:text. A code has an underscore, so that
// words in capitals are not taken for one.
func cutFieldError(s string) (code, field, text string, ok bool) {
	const (
		capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		letters  = capitals + "abcdefghijklmnopqrstuvwxyz"
		digits   = "0123456789"
	)
	// Codes and paths are short: a long text is not searched for their ends.
	code, _, ok = strings.Cut(s[:min(len(s), 64)], " ")
	if !ok || strings.Trim(code, capitals+digits+"_") != "" || !strings.Contains(strings.Trim(code, "_"), "_") {
		return "", "", "", false
	}
	s = s[len(code)+1:]
	field, _, ok = strings.Cut(s[:min(len(s), 256)], ":")
	if !ok || field == "" || !strings.Contains(letters, field[:1]) || strings.Trim(field, letters+digits+"_.[]-") != "" {
		return "", "", "", false
	}
	return code, field, s[len(field)+1:], true
}

// fieldRemedy says which fields to fill in and which to correct.
func fieldRemedy(fields []FieldError) string {
	var missing, wrong []string
	for _, f := range fields {
		list := &wrong
		if f.Code == ValidationExceptionErrorCodeRequiredFieldMissing {
			list = &missing
		}
		if !slices.Contains(*list, f.FieldName) {
			*list = append(*list, f.FieldName)
		}
	}
	var steps []string
	if missing != nil {
		steps = append(steps, "fill in "+enumerate(missing))
	}
	if wrong != nil {
		steps = append(steps, "correct "+enumerate(wrong))
	}
	return strings.Join(steps, ", ") + ", then start a new task"
}

// enumerate names at most five things.
func enumerate(names []string) string {
	const most = 5
	last := len(names) - 1
	switch {
	case last == 0:
		return names[0]
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// WaitState is why a wait ended before its task did. Each is an error itself, so
// that errors.Is(err, WaitNotFound) works for a [*WaitError].
type WaitState string

// Enum values for WaitState.
const (
	// maxWait elapsed. errors.Is also finds context.DeadlineExceeded.
	WaitTimedOut WaitState = "timed out"
	// The context ended. errors.Is also finds its error and its cause.
	WaitCanceled WaitState = "canceled"
	// The service does not list the task: its id, catalog or account is wrong,
	// its Start never took effect, or the service has forgotten it.
	WaitNotFound WaitState = "not found"
	// The task has a status that this package does not know. So it cannot
	// tell whether the task has ended.
	WaitUnknownStatus WaitState = "unknown status"
	// The service refused to tell the state of the task: a permission, valid
	// credentials or a valid request is missing. errors.As reaches its error,
	// such as [*AccessDeniedException].
	WaitRefused WaitState = "refused"
	// The poll of a Refresh failed, and trying again may help: throttling, a
	// fault of the service, or no answer. errors.As reaches the error.
	WaitPollFailed WaitState = "poll failed"
	// The waiter was closed.
	WaitClosed WaitState = "closed"
)

// Values returns the values of WaitState. The slice is the caller's.
func (WaitState) Values() []WaitState {
	return []WaitState{WaitTimedOut, WaitCanceled, WaitNotFound, WaitUnknownStatus, WaitRefused, WaitPollFailed, WaitClosed}
}

// Error returns the state in words.
func (s WaitState) Error() string { return "the wait ended: " + string(s) }

// Is makes WaitTimedOut a context.DeadlineExceeded.
func (s WaitState) Is(target error) bool {
	return s == WaitTimedOut && target == context.DeadlineExceeded
}

// WaitError says that a wait ended before its task did. The task may still run:
// wait for it again, with Task, to go on.
type WaitError struct {
	// Why the wait ended.
	State WaitState

	// The last known state of the task.
	Task Task

	// How many polls asked for the task, and how long the wait took.
	Polls   int
	Elapsed time.Duration

	// The cause, or nil if State says it all. For WaitTimedOut it is what went
	// wrong with the last poll, for WaitCanceled the error of the context with
	// its cause.
	Err error

	sight waiting.Sight
}

// Error says what happened to which task, why, and what to do.
func (e *WaitError) Error() string {
	var msg string
	spent := fmt.Sprintf("%s and %s", e.Elapsed, polls(e.Polls))
	switch e.State {
	case WaitTimedOut:
		msg = e.timedOut(spent)
	case WaitCanceled:
		runs := "may still run"
		if e.sight == waiting.Seen {
			runs = "still runs as of the last poll that saw it"
		}
		msg = fmt.Sprintf("stopped waiting after %s, %s %s: wait for it again", spent, e.Task.name(), runs)
	case WaitNotFound:
		msg = fmt.Sprintf("%s was not found after %s: check its catalog, account and id", e.Task.name(), spent)
	case WaitUnknownStatus:
		msg = fmt.Sprintf("%s has the unknown status %q: a newer version of this package may know it", e.Task.name(), string(e.Task.Status))
		if e.Task.Message != "" {
			msg += ": " + stack.WithoutToken(e.Task.Message, e.Task.ClientToken)
		}
	case WaitRefused:
		msg = fmt.Sprintf("the service refuses to tell the state of %s: check permissions, credentials and task, then wait again", e.Task.name())
	case WaitPollFailed:
		msg = fmt.Sprintf("the state of %s could not be read: try again", e.Task.name())
	case WaitClosed:
		msg = fmt.Sprintf("the waiter was closed, %s may still run: wait for it with another waiter", e.Task.name())
	default:
		msg = e.State.Error()
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// timedOut is the text of a wait that took all its time.
func (e *WaitError) timedOut(spent string) string {
	if e.sight == waiting.Absent {
		msg := fmt.Sprintf("%s is not known to have ended after %s, no List has shown it: check its catalog, account and id", e.Task.name(), spent)
		if e.Err != nil {
			msg += ": the last poll said"
		}
		return msg
	}
	msg := fmt.Sprintf("%s has not ended after %s: it may still end, wait for it again", e.Task.name(), spent)
	if e.Err != nil {
		msg += ": the last poll failed"
	}
	return msg
}

// Unwrap returns State and Err.
func (e *WaitError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.State}
	}
	return []error{e.State, e.Err}
}

func polls(n int) string {
	if n == 1 {
		return "1 poll"
	}
	return fmt.Sprintf("%d polls", n)
}

var waitStates = map[waiting.Cause]WaitState{
	waiting.TimedOut:      WaitTimedOut,
	waiting.Canceled:      WaitCanceled,
	waiting.NotFound:      WaitNotFound,
	waiting.UnknownStatus: WaitUnknownStatus,
	waiting.Refused:       WaitRefused,
	waiting.PollFailed:    WaitPollFailed,
	waiting.Closed:        WaitClosed,
}

// outcome is what a wait returns for what came of it.
func outcome(ctx context.Context, out waiting.Outcome[Task]) (Task, error) {
	switch out.Cause {
	case waiting.Ended:
		return out.Task, out.Task.Err()
	case waiting.Polled:
		return out.Task, nil
	case waiting.Invalid:
		return out.Task, out.Err
	case waiting.Inside:
		p := validate.Of("TaskWaiter")
		p.Wrong("wait", "was asked for inside a callback of the same waiter: do so in another goroutine")
		return out.Task, p.Err()
	case waiting.Canceled:
		out.Err = ctx.Err()
		if cause := context.Cause(ctx); !errors.Is(out.Err, cause) {
			out.Err = fmt.Errorf("%w: %w", out.Err, cause)
		}
	}
	return out.Task, &WaitError{State: waitStates[out.Cause], Task: out.Task, Polls: out.Polls, Elapsed: out.Elapsed, Err: out.Err, sight: out.Sight}
}

// taskVersionError says that a saved task was written by a newer version of
// this package, or is no saved task at all.
type taskVersionError struct {
	// The version found; 0 if there was none.
	version int
	// The newest version that this package reads.
	supported int
}

func (e *taskVersionError) Error() string {
	if e.version == 0 {
		return "not a saved task: it has no version"
	}
	return fmt.Sprintf("a saved task of version %d is not readable here (up to %d): update this package", e.version, e.supported)
}

// RunState is what is known of a run that ended with an error. Each is an error
// itself, so that errors.Is(err, RunNotStarted) works for a [*RunError].
type RunState string

// Enum values for RunState.
const (
	// No task was started: nothing was sent, or the service refused it.
	RunNotStarted RunState = "not started"
	// A Start was sent and its outcome was lost. Run the input again with the
	// token of the RunError: it finds the task, or starts it if there is none.
	RunMaybeStarted RunState = "may have been started"
	// The task was started and is not known to have ended. It may still run.
	RunStarted RunState = "started"
	// The task has failed, or a part of it.
	RunFailed RunState = "failed"
)

// Values returns the values of RunState. The slice is the caller's.
func (RunState) Values() []RunState {
	return []RunState{RunNotStarted, RunMaybeStarted, RunStarted, RunFailed}
}

// Error returns the state in words.
func (s RunState) Error() string { return string(s) }

// RunError is the type of every error of [Runner]. It says what is known of
// the task. errors.As and errors.Is reach the cause: [*TaskFailedError],
// [*WaitError], [*ConflictException] and the other errors of a Start,
// [*QuotaExhaustedError], context.Canceled, and smithy.InvalidParamsError for
// a mistake of the caller.
type RunError struct {
	// What is known.
	State RunState

	// The task as far as it is known. Kind, Catalog, ClientToken and the
	// object are set in every state, except that the ClientToken of an
	// adopted task is not known. ID is set only after an answer. If State is
	// RunStarted, a [TaskWaiter] can go on waiting for it.
	Task Task

	// How many tasks were started again before this one.
	Restarts int

	// The cause.
	Err error
}

// Error says what is known, why, and how to go on. It does not contain the
// client token, which Task has.
func (e *RunError) Error() string {
	var noMore *noMoreInputsError
	if errors.As(e.Err, &noMore) {
		return noMore.Error()
	}
	var b strings.Builder
	b.WriteString(e.Task.name() + " ")
	switch e.State {
	case RunFailed:
		// The cause begins with the task and the word failed.
		b.Reset()
	case RunStarted:
		b.WriteString("was started, its end is not known: ")
	case RunMaybeStarted:
		b.WriteString("may have been started: ")
	default:
		b.WriteString("was not started: ")
	}
	// Other clients than *Client leave it in.
	b.WriteString(stack.WithoutToken(fmt.Sprint(e.Err), e.Task.ClientToken))
	if e.Restarts > 0 {
		fmt.Fprintf(&b, " (after %d restarts)", e.Restarts)
	}
	if remedy := e.Remedy(); remedy != "" {
		b.WriteString("; " + remedy)
	}
	return b.String()
}

// Unwrap returns State and Err.
func (e *RunError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.State}
	}
	return []error{e.State, e.Err}
}

// Remedy returns what a caller can do about it, as one English clause, or ""
// if the cause says it all. For a failed task it is [TaskFailedError.Remedy].
func (e *RunError) Remedy() string {
	var conflict *ConflictException
	switch {
	case e.State == RunFailed:
		return (&TaskFailedError{Task: e.Task}).Remedy()
	case e.State == RunStarted && e.Task.Adopted:
		return "wait for it with a TaskWaiter, or run the input again"
	case e.State == RunStarted:
		return "wait for it with a TaskWaiter, or run it again with its ClientToken"
	case e.State == RunMaybeStarted:
		return "run it again with its ClientToken: that finds the task, or starts it if there is none"
	case errors.As(e.Err, &conflict):
		return "its ClientToken was used with other parameters, or the object is busy: " +
			"use a token of its own for each intended task, or look at the object first"
	}
	return ""
}

// failedBeforeError says that a task had failed before the run began.
type failedBeforeError struct{ failed error }

func (e *failedBeforeError) Error() string {
	return e.failed.Error() + " (it had failed before this run began, and its ClientToken gives this failure again:" +
		" set RetryFailed to go on after a correction)"
}

func (e *failedBeforeError) Unwrap() error { return e.failed }

package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// TaskFailedError says that the service ended a task with FAILED. The task is
// final: waiting again gives the same error. Whether starting a new task may
// help is told by Task.ReasonCode.Transient.
type TaskFailedError struct {
	// The task as the service described it last.
	Task Task
}

func (e *TaskFailedError) Error() string {
	var b strings.Builder
	b.WriteString(e.Task.name() + " failed")
	if e.Task.ReasonCode != "" {
		b.WriteString(": " + string(e.Task.ReasonCode))
	}
	if e.Task.Message != "" {
		b.WriteString(": " + e.Task.Message)
	}
	return b.String()
}

// Remedy returns what a caller can do about it: [ReasonCode.Remedy] of the
// task's reason. Task.Message, the service's own words, may know better.
func (e *TaskFailedError) Remedy() string { return e.Task.ReasonCode.Remedy() }

// WaitTimeoutError says that a task had not ended within the time that the
// caller gave: it may still run. errors.Is(err, context.DeadlineExceeded) is
// true. Wait again with Task to go on.
type WaitTimeoutError struct {
	// The last snapshot of the task.
	Task Task

	// The time that the caller gave.
	MaxWait time.Duration

	// How many looks asked for the task, and how long the wait took in all.
	Looks   int
	Elapsed time.Duration

	// What went wrong with the last look, or nil if it was answered.
	LastErr error
}

func (e *WaitTimeoutError) Error() string {
	state := "has not ended"
	if e.Task.Status != "" {
		state = "is still " + string(e.Task.Status)
	}
	msg := fmt.Sprintf("%s %s after %s (%s); it may still end: wait for it again", e.Task.name(), state, e.Elapsed, looks(e.Looks))
	if e.LastErr != nil {
		msg += ": last look: " + e.LastErr.Error()
	}
	return msg
}

// Is makes the error a context.DeadlineExceeded.
func (e *WaitTimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Unwrap returns LastErr.
func (e *WaitTimeoutError) Unwrap() error { return e.LastErr }

// WaitCanceledError says that the caller's context ended a wait. The task
// still runs. errors.Is finds the context's error (context.Canceled or
// context.DeadlineExceeded) and its cause.
type WaitCanceledError struct {
	// The last snapshot of the task.
	Task Task

	// How many looks asked for the task, and how long the wait took.
	Looks   int
	Elapsed time.Duration

	// The context's error and, where it was given another one, its cause.
	Err   error
	Cause error
}

func canceledError(ctx context.Context, t Task, n int, elapsed time.Duration) *WaitCanceledError {
	return &WaitCanceledError{Task: t, Looks: n, Elapsed: elapsed, Err: ctx.Err(), Cause: context.Cause(ctx)}
}

func (e *WaitCanceledError) Error() string {
	msg := fmt.Sprintf("stopped waiting after %s (%s), %s still runs: %v", e.Elapsed, looks(e.Looks), e.Task.name(), e.Err)
	if e.Cause != nil && !errors.Is(e.Err, e.Cause) {
		msg += ": " + e.Cause.Error()
	}
	return msg
}

// Unwrap returns Err and Cause.
func (e *WaitCanceledError) Unwrap() []error {
	if e.Cause == nil || errors.Is(e.Err, e.Cause) {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// TaskNotFoundError says that the service did not list a task, not even after
// a grace period ([TaskWaiterOptions] NotFoundGrace): its id, catalog or
// account is wrong, its Start never took effect, or the service has forgotten
// it.
type TaskNotFoundError struct {
	// The task as the caller gave it.
	Task Task

	// How many looks asked for the task, and how long the wait took.
	Looks   int
	Elapsed time.Duration

	// The service's own words, or nil if its lists simply did not have the task.
	Err error
}

func (e *TaskNotFoundError) Error() string {
	msg := fmt.Sprintf("%s was not found in %s after %s: check catalog, account and id", e.Task.name(), looks(e.Looks), e.Elapsed)
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Unwrap returns Err.
func (e *TaskNotFoundError) Unwrap() error { return e.Err }

// UnknownTaskStatusError says that a task is in a state which this package
// does not know, so that it cannot tell whether the task has ended.
type UnknownTaskStatusError struct {
	// The task; its Status has the word.
	Task Task
}

func (e *UnknownTaskStatusError) Error() string {
	msg := fmt.Sprintf("%s is in the unknown state %q: a newer version of this package may know it", e.Task.name(), string(e.Task.Status))
	if e.Task.Message != "" {
		msg += ": " + e.Task.Message
	}
	return msg
}

// PollRefusedError says that the service refuses to tell the state of a task
// for good, for want of a permission, valid credentials or a valid request.
// The task may still run. errors.As reaches the error of the operation, such
// as [*AccessDeniedException].
type PollRefusedError struct {
	// The last snapshot of the task.
	Task Task

	// How many looks asked for the task, and how long the wait took.
	Looks   int
	Elapsed time.Duration

	// The error of the operation.
	Err error
}

func (e *PollRefusedError) Error() string {
	return fmt.Sprintf("the state of %s cannot be read (%s in %s): %v", e.Task.name(), looks(e.Looks), e.Elapsed, e.Err)
}

// Unwrap returns Err.
func (e *PollRefusedError) Unwrap() error { return e.Err }

// InvalidTaskError says that a task cannot be waited for as it is.
type InvalidTaskError struct {
	// The task as the caller gave it.
	Task Task

	// What is wrong, and what would make it right.
	Problem string
}

func (e *InvalidTaskError) Error() string {
	return "cannot wait for " + e.Task.name() + ": " + e.Problem
}

// InvalidWaitError says that an argument or option of a wait makes no sense.
type InvalidWaitError struct {
	// The argument or option, such as maxWait.
	Argument string

	// What is wrong with it.
	Problem string
}

func (e *InvalidWaitError) Error() string {
	return "cannot wait: " + e.Argument + " " + e.Problem
}

// WaiterClosedError says that [TaskWaiter.Close] ended a wait, or that the
// waiter was closed already. The task, if there is one, still runs.
type WaiterClosedError struct {
	// The last snapshot of the task.
	Task Task
}

func (e *WaiterClosedError) Error() string {
	return "the waiter is closed, " + e.Task.name() + " still runs"
}

// UnsupportedTaskKindError says that the client of a waiter lacks the method
// that lists tasks of a kind.
type UnsupportedTaskKindError struct {
	// The kind that the client cannot list.
	Kind TaskKind
}

func (e *UnsupportedTaskKindError) Error() string {
	return "the client cannot list " + string(e.Kind) + " tasks: give the waiter one that has the method, as *Client has"
}

// TaskVersionError says that a saved task was written by a newer version of
// this package, or is no saved task at all.
type TaskVersionError struct {
	// The version found; 0 if there was none.
	Version int

	// The newest version that this package reads.
	Supported int
}

func (e *TaskVersionError) Error() string {
	if e.Version == 0 {
		return "not a saved task: it has no version"
	}
	return fmt.Sprintf("a saved task of version %d is not readable here (up to %d): update this package", e.Version, e.Supported)
}

func looks(n int) string {
	if n == 1 {
		return "1 look"
	}
	return fmt.Sprintf("%d looks", n)
}

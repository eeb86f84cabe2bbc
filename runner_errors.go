package partnercentral

import (
	"errors"
	"fmt"
	"strings"
)

// RunState is what is known of a run that ended with an error. Each is an error
// itself, so that errors.Is(err, RunNotStarted) works for a [*RunError].
type RunState string

// Enum values for RunState.
const (
	// No task was started: nothing was sent, or the service refused all that
	// was.
	RunNotStarted RunState = "not started"
	// A Start was sent and its outcome was lost. Run the input again with the
	// token of the RunError: it finds the task, or starts it if there is none.
	RunMaybeStarted RunState = "may have been started"
	// The task was started and is not known to have ended: it may still run.
	RunStarted RunState = "started"
	// The task has ended, and not with success: FAILED, or a part of it.
	RunFailed RunState = "failed"
)

// Values returns the values of RunState. The slice is the caller's.
func (RunState) Values() []RunState {
	return []RunState{RunNotStarted, RunMaybeStarted, RunStarted, RunFailed}
}

// Error returns the state in words.
func (s RunState) Error() string { return string(s) }

// RunError is every error of [Runner]: it says what is known of the task. The
// cause is reached with errors.As and errors.Is: [*TaskFailedError],
// [*WaitError], [*ConflictException] and the other errors of a Start,
// [*QuotaExhaustedError], context.Canceled, and smithy.InvalidParamsError for a
// mistake of the caller's.
type RunError struct {
	// What is known.
	State RunState

	// The task as far as it is known. Kind, Catalog, ClientToken and the object
	// are there in every state, but the ClientToken of a task that was adopted is
	// not known. ID is there only after an answer. A [TaskWaiter] takes it
	// up when State is RunStarted.
	Task Task

	// How many tasks were started again before this one.
	Restarts int

	// The cause.
	Err error
}

// Error says what is known, why, and how to go on. The client token is not in
// the text: Task has it.
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
	fmt.Fprint(&b, e.Err)
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
// where the cause says it all. For a failed task it is
// [TaskFailedError.Remedy].
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

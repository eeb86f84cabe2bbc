package partnercentral

import (
	"errors"
	"fmt"
	"strings"
)

// RunState is what is known of a run that ended with an error.
type RunState string

// Enum values for RunState.
const (
	// No task was started: nothing was sent, or the service refused all that
	// was.
	RunStateNotStarted RunState = "not started"
	// A Start was sent and its outcome was lost. Run the input again with the
	// token of the RunError: it finds the task, or starts it if there is none.
	RunStateMaybeStarted RunState = "may have been started"
	// The task was started and is not known to have ended: it may still run.
	RunStateStarted RunState = "started"
	// The task has ended, and not with success: FAILED, or a part of it.
	RunStateFailed RunState = "failed"
)

// Values returns the values of RunState. The slice is the caller's.
func (RunState) Values() []RunState {
	return []RunState{RunStateNotStarted, RunStateMaybeStarted, RunStateStarted, RunStateFailed}
}

// RunError is every error of [Runner]: it says what is known of the task. The
// cause is reached with errors.As and errors.Is: [*TaskFailedError],
// [*WaitError], [*ConflictException]
// and the other errors of a Start, [*QuotaExhaustedError], context.Canceled.
type RunError struct {
	// What is known.
	State RunState

	// The task as far as it is known. Kind, Catalog, ClientToken and the object
	// are there in every state, ID only after an answer. A [TaskWaiter] takes it
	// up when State is RunStateStarted.
	Task Task

	// How many tasks were started again before this one.
	Restarts int

	// The cause.
	Err error
}

// Error says what is known, why, and how to go on. Where going on takes the
// client token it is part of the text: it is no credential, and of no use to
// anybody without the account's.
func (e *RunError) Error() string {
	var b strings.Builder
	b.WriteString(e.Task.name() + " ")
	switch e.State {
	case RunStateFailed:
		// The cause begins with the task and the word failed.
		b.Reset()
	case RunStateStarted:
		b.WriteString("was started, its end is not known: ")
	case RunStateMaybeStarted:
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

// Unwrap returns Err.
func (e *RunError) Unwrap() error { return e.Err }

// Remedy returns what a caller can do about it, as one English clause, or ""
// where the cause says it all. For a failed task it is [ReasonCode.Remedy] or,
// where it failed in part, [TaskFailedError.Remedy].
func (e *RunError) Remedy() string {
	switch {
	case e.State == RunStateFailed:
		return (&TaskFailedError{Task: e.Task}).Remedy()
	case e.State == RunStateStarted:
		return "wait for it with a TaskWaiter, or run it again with ClientToken " + e.Task.ClientToken
	case e.State == RunStateMaybeStarted:
		return "run it again with ClientToken " + e.Task.ClientToken + ": that finds the task, or starts it if there is none"
	case e.conflict():
		return fmt.Sprintf("ClientToken %s was used with other parameters, or the object is busy: "+
			"use a token of its own for each intended task, or look at the object first", e.Task.ClientToken)
	}
	return ""
}

func (e *RunError) conflict() bool {
	var conflict *ConflictException
	return errors.As(e.Err, &conflict)
}

var errNilInput = errors.New("the input is nil")

var errNilContext = errors.New("the context is nil")

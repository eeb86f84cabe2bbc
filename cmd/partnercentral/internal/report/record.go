// Package report says what is known of tasks: as a table for people, as JSON for
// scripts, and as the code that the program exits with.
package report

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
)

// Status is the state of a task: the service's word, or one of those below.
type Status string

// The states. NotStarted, MaybeStarted and Unknown are not the service's.
const (
	Complete     Status = "COMPLETE"
	Failed       Status = "FAILED"
	InProgress   Status = "IN_PROGRESS"
	NotStarted   Status = "NOT_STARTED"   // the service has no task
	MaybeStarted Status = "MAYBE_STARTED" // the answer to the start was lost
	Unknown      Status = "UNKNOWN"       // the state could not be read
)

// Record is what is known of one task. Its JSON form is the output for scripts:
// members are added, and those that are there keep name and meaning.
type Record struct {
	Demo        bool        `json:"demo,omitempty"`
	Status      Status      `json:"status"`
	Kind        target.Kind `json:"kind,omitempty"`
	Catalog     string      `json:"catalog"`
	Object      string      `json:"object,omitempty"`
	Task        string      `json:"task,omitempty"`
	ARN         string      `json:"arn,omitempty"`
	Opportunity string      `json:"opportunity,omitempty"`
	Engagement  string      `json:"engagement,omitempty"`
	Invitation  string      `json:"invitation,omitempty"`
	Context     string      `json:"context,omitempty"`
	Name        string      `json:"name,omitempty"`
	SnapshotJob string      `json:"snapshotJob,omitempty"`
	Engagements []Engaged   `json:"engagements,omitempty"`
	Started     *time.Time  `json:"started,omitempty"`
	Ended       *time.Time  `json:"ended,omitempty"`
	Reason      string      `json:"reason,omitempty"`
	Message     string      `json:"message,omitempty"`
	Explanation string      `json:"explanation,omitempty"` // for the owner of the deal
	Remedy      string      `json:"remedy,omitempty"`      // for who runs the program
	Error       string      `json:"error,omitempty"`
	Line        int         `json:"line,omitempty"`

	// Adopted says that the task was found and not started.
	Adopted bool `json:"adopted,omitempty"`

	// Interrupted says that nothing went wrong: the program was told to stop.
	Interrupted bool `json:"interrupted,omitempty"`

	// TimedOut says the same: the time to wait was over.
	TimedOut bool `json:"timedOut,omitempty"`
}

// Engaged is what became of one engagement of a prospecting task.
type Engaged struct {
	Engagement string `json:"engagement"`
	Status     string `json:"status"`
	Reason     string `json:"reason,omitempty"`
	Message    string `json:"message,omitempty"`
}

// Of returns the record of a task, and of the error that came with it.
func Of(task partnercentral.Task, err error) Record {
	r := Record{
		Status: Status(task.Status), Kind: target.KindOf(task.Kind), Catalog: task.Catalog, Object: task.Object(),
		Task: task.ID, ARN: task.ARN,
		Opportunity: task.OpportunityID, Engagement: task.EngagementID, Invitation: task.EngagementInvitationID,
		Context: task.ContextID, Name: task.Name, SnapshotJob: task.ResourceSnapshotJobID,
		Started: known(task.StartTime), Ended: known(task.EndTime),
		Reason: string(task.ReasonCode), Message: OneLine(task.Message), Adopted: task.Adopted,
	}
	for _, e := range task.Engagements() {
		one := Engaged{Status: string(e.Status), Reason: text(e.ReasonCode)}
		one.Engagement, one.Message = text(e.EngagementIdentifier), OneLine(text(e.Message))
		r.Engagements = append(r.Engagements, one)
	}
	var failed *partnercentral.TaskFailedError
	if errors.As(task.Err(), &failed) {
		r.Remedy, r.Explanation = failed.Remedy(), task.ReasonCode.Explain()
	}
	if task.Done() {
		return r
	}
	switch {
	case errors.Is(err, partnercentral.RunNotStarted):
		r.Status, r.Started = NotStarted, nil
	case errors.Is(err, partnercentral.RunMaybeStarted):
		r.Status, r.Started = MaybeStarted, nil
	case r.Status == "":
		r.Status = Unknown
	}
	if err != nil {
		r.Error = OneLine(plain.Sentence(err))
		var late *plain.Late
		r.TimedOut = errors.As(err, &late) || errors.Is(err, partnercentral.WaitTimedOut)
		r.Interrupted = plain.Interrupted(err) && !r.TimedOut
	}
	return r
}

// result is what a task gave, in a few words.
func (r *Record) result() string {
	switch r.Kind {
	case target.Submit:
		return r.Engagement
	case target.Accept, target.Lead:
		return r.Opportunity
	}
	return ""
}

// Note says why, and what to do about it.
func (r *Record) Note() string {
	var parts []string
	for _, part := range []string{r.Reason, r.Message, r.Error} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	for _, e := range r.Engagements {
		if e.Status == string(partnercentral.ProspectingTaskStatusFailed) {
			parts = append(parts, strings.TrimRight(e.Engagement+" "+e.Reason+" "+e.Message, " "))
		}
	}
	note := strings.Join(parts, ": ")
	if r.Remedy != "" {
		note += "; " + r.Remedy
	}
	return note
}

// The codes that the program exits with.
const (
	ExitComplete = 0
	ExitFailed   = 1
	ExitUsage    = 2
	ExitUnknown  = 3
)

// Exit returns the code for one record.
func (r *Record) Exit() int {
	switch {
	case r.Status == Complete:
		return ExitComplete
	case r.Status == Failed, r.Status == NotStarted && !r.Interrupted && !r.TimedOut:
		return ExitFailed
	}
	return ExitUnknown
}

// OneLine makes one line of a text of the service, without what a terminal
// would act on.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC().Truncate(time.Millisecond)
	return &at
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

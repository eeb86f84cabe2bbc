package partnercentral

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// TaskKind says which operation started a task.
type TaskKind string

// Enum values for TaskKind.
const (
	// Started by [Client.StartEngagementByAcceptingInvitationTask].
	TaskKindEngagementByAcceptingInvitation TaskKind = "EngagementByAcceptingInvitation"
	// Started by [Client.StartEngagementFromOpportunityTask].
	TaskKindEngagementFromOpportunity TaskKind = "EngagementFromOpportunity"
	// Started by [Client.StartOpportunityFromEngagementTask].
	TaskKindOpportunityFromEngagement TaskKind = "OpportunityFromEngagement"
	// Started by [Client.StartProspectingFromEngagementTask].
	TaskKindProspectingFromEngagement TaskKind = "ProspectingFromEngagement"
)

// Values returns the known values of TaskKind. The slice is the caller's.
func (TaskKind) Values() []TaskKind {
	return []TaskKind{
		TaskKindEngagementByAcceptingInvitation,
		TaskKindEngagementFromOpportunity,
		TaskKindOpportunityFromEngagement,
		TaskKindProspectingFromEngagement,
	}
}

// Task is what is known of one task of the service, whatever started it: a
// plain value, comparable with ==, that can be copied, kept and sent. The zero
// value is no task.
//
// A Task is its own resume token: in every state it goes through JSON and back
// unchanged, and a [TaskWaiter] of another process takes it up where it was
// left. Besides Kind and Catalog that needs one way to find the task: ID, ARN,
// or what it was started with (OpportunityID for
// [TaskKindEngagementFromOpportunity], EngagementInvitationID for
// [TaskKindEngagementByAcceptingInvitation], EngagementID for
// [TaskKindOpportunityFromEngagement], Name for
// [TaskKindProspectingFromEngagement]).
type Task struct {
	// The operation that started the task.
	Kind TaskKind

	// The catalog that the task was started in, CatalogAWS or CatalogSandbox.
	// The service finds a task in its own catalog only.
	Catalog string

	// The id of the task (task-…). Empty until it is known: the service has
	// been seen to answer a Start without it.
	ID string

	// The ARN of the task; empty where ID is.
	ARN string

	// The token of the Start, if it is known. No error text, log line or String
	// contains it.
	ClientToken string

	// The state. Empty before the first answer. A status that this package does
	// not know is kept as it came. Prospecting tasks have other statuses, and
	// none for the task as a whole once it has started:
	// [GetProspectingFromEngagementTaskOutput.Task] says how these three follow
	// from them.
	Status TaskStatus

	// When the task started, by the clock of the service; zero if not known. The
	// answers to a Start and to a List differ by some milliseconds for one task.
	// If ID and Status are empty, it is the local time just before the Start. The
	// task is then found by its object, and one that had ended before is never taken.
	StartTime time.Time

	// When the task ended. Only prospecting tasks have it; zero otherwise, and
	// while the task runs.
	EndTime time.Time

	// Why the task failed; empty unless it did. For a prospecting task it is
	// the service's own word, and set only if every engagement failed for the
	// same reason.
	ReasonCode ReasonCode

	// What the service says about the failure, often with steps to recover.
	Message string

	// The opportunity: the submitted one, or the one created by accepting an
	// invitation.
	OpportunityID string

	// The engagement, once it is known. The service does not return it for tasks
	// that accept an invitation.
	EngagementID string

	// The invitation (engi-…): the accepted one, or the one sent to AWS.
	EngagementInvitationID string

	// The resource snapshot job that the task created, once it is known.
	ResourceSnapshotJobID string

	// The context inside the engagement, for kinds that have one.
	ContextID string

	// The name that the task was started with, for kinds that have one:
	// prospecting.
	Name string

	// Adopted says that a [Runner] has found the task instead of starting it;
	// see [RunnerOptions].Adopt. Its ClientToken is not known.
	Adopted bool

	// How the engagements of a prospecting task fared, as JSON rather than a
	// slice, so that a Task stays comparable.
	engagements string
}

// Done reports whether the task has ended, well or not.
func (t Task) Done() bool {
	return t.Status == TaskStatusComplete || t.Status == TaskStatusFailed
}

// Err returns a [*TaskFailedError] if the task has ended in failure, and nil
// otherwise, also while the task runs.
func (t Task) Err() error {
	if t.Status != TaskStatusFailed {
		return nil
	}
	return &TaskFailedError{Task: t}
}

// Object returns what the task was started with, which finds it while its ID is
// not known: OpportunityID, EngagementInvitationID, EngagementID or Name, as Kind
// says. It is empty if that is not known, or Kind is not.
func (t Task) Object() string {
	if f := familyOf(t.Kind); f != nil {
		return f.object(&t)
	}
	return ""
}

// String names the task and its state in one line, without the client token.
func (t Task) String() string {
	var b strings.Builder
	b.WriteString(t.name())
	if t.Status != "" {
		b.WriteString(" " + string(t.Status))
	}
	if t.ReasonCode != "" {
		b.WriteString(" " + string(t.ReasonCode))
	}
	return b.String()
}

// GoString is String, so that %#v does not show the client token either.
func (t Task) GoString() string { return "partnercentral.Task(" + t.String() + ")" }

// LogValue returns for log/slog what identifies the task, without the client
// token.
func (t Task) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", string(t.Kind)), slog.String("catalog", t.Catalog)}
	for _, a := range []slog.Attr{
		slog.String("id", t.ID),
		slog.String("status", string(t.Status)),
		slog.String("reason", string(t.ReasonCode)),
		slog.String("opportunity", t.OpportunityID),
		slog.String("invitation", t.EngagementInvitationID),
		slog.String("engagement", t.EngagementID),
		slog.String("name", t.Name),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	return slog.GroupValue(attrs...)
}

// name is how errors and log lines call the task: by its id or, while there is
// none, by the object that finds it.
func (t Task) name() string {
	kind := "task"
	if t.Kind != "" {
		kind = string(t.Kind) + " task"
	}
	switch {
	case t.ID != "":
		kind += " " + t.ID
	case t.ARN != "":
		kind += " " + t.ARN
	case t.Kind == TaskKindEngagementByAcceptingInvitation && t.EngagementInvitationID != "":
		kind += " of invitation " + t.EngagementInvitationID
	case t.Kind == TaskKindOpportunityFromEngagement && t.EngagementID != "":
		kind += " of engagement " + t.EngagementID
	case t.Name != "":
		kind += fmt.Sprintf(" %q", t.Name)
	case t.OpportunityID != "":
		kind += " of opportunity " + t.OpportunityID
	case t.EngagementID != "":
		kind += " of engagement " + t.EngagementID
	default:
		kind += " without id"
	}
	if t.Catalog != "" {
		kind += " in " + t.Catalog
	}
	return kind
}

// taskVersion is the version of the JSON form. It grows when an older reader
// would misunderstand a newer task, not when members are added.
const taskVersion = 1

// savedTask is the JSON form of a Task. Names and meanings of its members are
// kept for as long as the version is.
type savedTask struct {
	Version                int
	Kind                   TaskKind   `json:",omitempty"`
	Catalog                string     `json:",omitempty"`
	ID                     string     `json:",omitempty"`
	ARN                    string     `json:",omitempty"`
	ClientToken            string     `json:",omitempty"`
	Status                 TaskStatus `json:",omitempty"`
	StartTime              *time.Time `json:",omitempty"`
	ReasonCode             ReasonCode `json:",omitempty"`
	Message                string     `json:",omitempty"`
	OpportunityID          string     `json:",omitempty"`
	EngagementID           string     `json:",omitempty"`
	EngagementInvitationID string     `json:",omitempty"`
	ResourceSnapshotJobID  string     `json:",omitempty"`
	ContextID              string     `json:",omitempty"`
	Name                   string     `json:",omitempty"`
	EndTime                *time.Time `json:",omitempty"`
	Adopted                bool       `json:",omitempty"`

	Engagements []EngagementProspectingResult `json:",omitempty"`
}

// MarshalJSON returns the JSON form, which has a version. It contains the
// client token: save it where the token may be saved. StartTime is written in
// UTC.
func (t Task) MarshalJSON() ([]byte, error) {
	s := savedTask{
		Version:                taskVersion,
		Kind:                   t.Kind,
		Catalog:                t.Catalog,
		ID:                     t.ID,
		ARN:                    t.ARN,
		ClientToken:            t.ClientToken,
		Status:                 t.Status,
		ReasonCode:             t.ReasonCode,
		Message:                t.Message,
		OpportunityID:          t.OpportunityID,
		EngagementID:           t.EngagementID,
		EngagementInvitationID: t.EngagementInvitationID,
		ResourceSnapshotJobID:  t.ResourceSnapshotJobID,
		ContextID:              t.ContextID,
		Name:                   t.Name,
		StartTime:              savedTime(t.StartTime),
		EndTime:                savedTime(t.EndTime),
		Adopted:                t.Adopted,
		Engagements:            t.Engagements(),
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON has returned. A task saved by a newer
// version of this package, and JSON that is not a saved task, are errors, and
// t stays as it was. Unknown members are ignored, and null leaves t unchanged,
// as is usual for JSON in Go.
func (t *Task) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	// The version is read first: a newer form may give members other types.
	var v struct{ Version int }
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if v.Version < 1 || v.Version > taskVersion {
		return &taskVersionError{version: v.Version, supported: taskVersion}
	}
	var s savedTask
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = Task{
		Kind:                   s.Kind,
		Catalog:                s.Catalog,
		ID:                     s.ID,
		ARN:                    s.ARN,
		ClientToken:            s.ClientToken,
		Status:                 s.Status,
		ReasonCode:             s.ReasonCode,
		Message:                s.Message,
		OpportunityID:          s.OpportunityID,
		EngagementID:           s.EngagementID,
		EngagementInvitationID: s.EngagementInvitationID,
		ResourceSnapshotJobID:  s.ResourceSnapshotJobID,
		ContextID:              s.ContextID,
		Name:                   s.Name,
		StartTime:              utcTime(s.StartTime),
		EndTime:                utcTime(s.EndTime),
		Adopted:                s.Adopted,
		engagements:            encodeEngagements(s.Engagements),
	}
	return nil
}

func savedTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return inUTC(&at)
}

// utcTime returns a time in UTC, the zero time for none and for one that RFC
// 3339 cannot write in UTC, so that a task can always be saved.
func utcTime(at *time.Time) time.Time {
	if at == nil || at.IsZero() {
		return time.Time{}
	}
	utc := at.UTC()
	if utc.Year() < 0 || utc.Year() > 9999 {
		return time.Time{}
	}
	return utc
}

// answeredTask is the part that all answers about classic tasks share.
func answeredTask(kind TaskKind, id, arn *string, status TaskStatus, start *time.Time, reason ReasonCode, message *string) Task {
	t := Task{
		Kind:    kind,
		ID:      aws.ToString(id),
		ARN:     aws.ToString(arn),
		Status:  status,
		Message: aws.ToString(message),
	}
	if t.ID == "" {
		t.ID = lastPart(t.ARN)
	}
	t.Catalog = catalogOf(t.ARN)
	// Recordings of the service have the word null in place of no reason.
	if reason != "null" {
		t.ReasonCode = reason.canonical()
	}
	t.StartTime = utcTime(start)
	return t
}

// sentStartKey is the key under which the answer to a Start remembers the Task
// that its request was about.
type sentStartKey struct{}

// rememberSent stores the request's part of the task with the answer, for the
// Task method of the output: the service echoes neither catalog nor token. It
// is a pointer so that printing the output does not print the token.
func rememberSent(metadata *middleware.Metadata, sent Task) {
	metadata.Set(sentStartKey{}, &sent)
}

// withSent fills in what the answer left out from what the request said.
func (t Task) withSent(metadata middleware.Metadata) Task {
	sent, ok := metadata.Get(sentStartKey{}).(*Task)
	if !ok {
		return t
	}
	return t.filledFrom(*sent)
}

// filledFrom returns what is known of a task after an answer: t is the answer,
// and what it leaves out is as it was known before. Kind, Catalog and
// ClientToken are those that were known, if they were: no answer says more of
// them. EndTime is the answer's, since a task without one runs.
func (t Task) filledFrom(known Task) Task {
	for _, m := range [...]struct{ answer, known *string }{
		{(*string)(&t.Kind), (*string)(&known.Kind)}, {&t.Catalog, &known.Catalog}, {&t.ClientToken, &known.ClientToken},
	} {
		if *m.known != "" {
			*m.answer = *m.known
		}
	}
	for _, m := range [...]struct{ answer, known *string }{
		{&t.ID, &known.ID}, {&t.ARN, &known.ARN},
		{(*string)(&t.Status), (*string)(&known.Status)},
		{(*string)(&t.ReasonCode), (*string)(&known.ReasonCode)},
		{&t.Message, &known.Message},
		{&t.OpportunityID, &known.OpportunityID}, {&t.EngagementID, &known.EngagementID},
		{&t.EngagementInvitationID, &known.EngagementInvitationID},
		{&t.ResourceSnapshotJobID, &known.ResourceSnapshotJobID}, {&t.ContextID, &known.ContextID},
		{&t.Name, &known.Name}, {&t.engagements, &known.engagements},
	} {
		if *m.answer == "" || *m.answer == *m.known {
			// Of equal strings the old one is kept: a task that is polled for
			// hours does not hold on to the memory of every answer.
			*m.answer = *m.known
		}
	}
	if t.StartTime.IsZero() {
		t.StartTime = known.StartTime
	}
	t.Adopted = t.Adopted || known.Adopted
	return t
}

// mispaired returns what is wrong with a task that has the id of another kind
// of task, or "".
func mispaired(t *Task) string {
	prospecting := t.Kind == TaskKindProspectingFromEngagement
	switch id := taskID(t); {
	case prospecting && validate.IsClassicTaskID(id):
		return "task- and 13 characters are the id of a task of another kind; a prospecting task's has 14"
	case !prospecting && validate.IsProspectingTaskID(id):
		return "task- and 14 characters are the id of a prospecting task: its Kind should be " + string(TaskKindProspectingFromEngagement)
	}
	return ""
}

// taskID is the id of the task, which may be known only as part of an ARN.
func taskID(t *Task) string {
	if t.ID != "" {
		return lastPart(t.ID)
	}
	return lastPart(t.ARN)
}

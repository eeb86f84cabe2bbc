package partnercentral

import (
	"strings"
	"time"

	"github.com/aws/smithy-go/middleware"
)

// Task returns the task that this Start is about before its answer is known:
// kind, catalog, token and the object. Saved before the call, it can be found
// again after a crash in which the answer was lost; set its StartTime to the
// present so that an older task of the same object is not taken for it. To
// attach to exactly this Start instead, repeat it with the same ClientToken.
func (in *StartEngagementByAcceptingInvitationTaskInput) Task() Task {
	return Task{
		Kind:                   TaskKindEngagementByAcceptingInvitation,
		Catalog:                deref(in.Catalog),
		ClientToken:            deref(in.ClientToken),
		EngagementInvitationID: lastPart(deref(in.Identifier)),
	}
}

// Task returns the task that this Start is about before its answer is known:
// kind, catalog, token and the object. Saved before the call, it can be found
// again after a crash in which the answer was lost; set its StartTime to the
// present so that an older task of the same object is not taken for it. To
// attach to exactly this Start instead, repeat it with the same ClientToken.
func (in *StartEngagementFromOpportunityTaskInput) Task() Task {
	return Task{
		Kind:          TaskKindEngagementFromOpportunity,
		Catalog:       deref(in.Catalog),
		ClientToken:   deref(in.ClientToken),
		OpportunityID: deref(in.Identifier),
	}
}

// Task returns the task that this Start is about before its answer is known:
// kind, catalog, token and the engagement. Saved before the call, it can be
// found again after a crash in which the answer was lost; set its StartTime to
// the present so that an older task of the same engagement is not taken for it.
// To attach to exactly this Start instead, repeat it with the same ClientToken.
func (in *StartOpportunityFromEngagementTaskInput) Task() Task {
	return Task{
		Kind:         TaskKindOpportunityFromEngagement,
		Catalog:      deref(in.Catalog),
		ClientToken:  deref(in.ClientToken),
		EngagementID: lastPart(deref(in.Identifier)),
	}
}

// Task returns the started task, ready to be waited for. An answer of [Client]
// knows the catalog, token and invitation of its request. For an output made
// by a mock the catalog is taken from TaskArn; without one it stays empty, and
// a [TaskWaiter] says so.
func (out *StartEngagementByAcceptingInvitationTaskOutput) Task() Task {
	t := answeredTask(TaskKindEngagementByAcceptingInvitation, out.TaskId, out.TaskArn, out.TaskStatus, out.StartTime, out.ReasonCode, out.Message)
	t.OpportunityID = deref(out.OpportunityId)
	t.EngagementInvitationID = lastPart(deref(out.EngagementInvitationId))
	t.ResourceSnapshotJobID = deref(out.ResourceSnapshotJobId)
	return t.withSent(out.ResultMetadata)
}

// Task returns the started task, ready to be waited for. An answer of [Client]
// knows the catalog, token and opportunity of its request. For an output made
// by a mock the catalog is taken from TaskArn; without one it stays empty, and
// a [TaskWaiter] says so.
func (out *StartEngagementFromOpportunityTaskOutput) Task() Task {
	t := answeredTask(TaskKindEngagementFromOpportunity, out.TaskId, out.TaskArn, out.TaskStatus, out.StartTime, out.ReasonCode, out.Message)
	t.OpportunityID = deref(out.OpportunityId)
	t.EngagementID = deref(out.EngagementId)
	t.EngagementInvitationID = lastPart(deref(out.EngagementInvitationId))
	t.ResourceSnapshotJobID = deref(out.ResourceSnapshotJobId)
	return t.withSent(out.ResultMetadata)
}

// Task returns the started task, ready to be waited for. An answer of [Client]
// knows the catalog, token and engagement of its request. For an output made
// by a mock the catalog is taken from TaskArn; without one it stays empty, and
// a [TaskWaiter] says so.
func (out *StartOpportunityFromEngagementTaskOutput) Task() Task {
	t := answeredTask(TaskKindOpportunityFromEngagement, out.TaskId, out.TaskArn, out.TaskStatus, out.StartTime, out.ReasonCode, out.Message)
	t.OpportunityID = deref(out.OpportunityId)
	t.EngagementID = deref(out.EngagementId)
	t.ResourceSnapshotJobID = deref(out.ResourceSnapshotJobId)
	t.ContextID = deref(out.ContextId)
	return t.withSent(out.ResultMetadata)
}

// Task returns the listed task. Its catalog is taken from TaskArn; where that
// is missing, set it to the catalog of the List.
func (s *ListEngagementByAcceptingInvitationTaskSummary) Task() Task {
	t := answeredTask(TaskKindEngagementByAcceptingInvitation, s.TaskId, s.TaskArn, s.TaskStatus, s.StartTime, s.ReasonCode, s.Message)
	t.OpportunityID = deref(s.OpportunityId)
	t.EngagementInvitationID = lastPart(deref(s.EngagementInvitationId))
	t.ResourceSnapshotJobID = deref(s.ResourceSnapshotJobId)
	return t
}

// Task returns the listed task. Its catalog is taken from TaskArn; where that
// is missing, set it to the catalog of the List.
func (s *ListEngagementFromOpportunityTaskSummary) Task() Task {
	t := answeredTask(TaskKindEngagementFromOpportunity, s.TaskId, s.TaskArn, s.TaskStatus, s.StartTime, s.ReasonCode, s.Message)
	t.OpportunityID = deref(s.OpportunityId)
	t.EngagementID = deref(s.EngagementId)
	t.EngagementInvitationID = lastPart(deref(s.EngagementInvitationId))
	t.ResourceSnapshotJobID = deref(s.ResourceSnapshotJobId)
	return t
}

// Task returns the listed task. Its catalog is taken from TaskArn; where that
// is missing, set it to the catalog of the List.
func (s *ListOpportunityFromEngagementTaskSummary) Task() Task {
	t := answeredTask(TaskKindOpportunityFromEngagement, s.TaskId, s.TaskArn, s.TaskStatus, s.StartTime, s.ReasonCode, s.Message)
	t.OpportunityID = deref(s.OpportunityId)
	t.EngagementID = deref(s.EngagementId)
	t.ResourceSnapshotJobID = deref(s.ResourceSnapshotJobId)
	t.ContextID = deref(s.ContextId)
	return t
}

// answeredTask is the part that all answers about classic tasks share.
func answeredTask(kind TaskKind, id, arn *string, status TaskStatus, start *time.Time, reason ReasonCode, message *string) Task {
	t := Task{
		Kind:    kind,
		ID:      deref(id),
		ARN:     deref(arn),
		Status:  status,
		Message: deref(message),
	}
	if t.ID == "" {
		t.ID = lastPart(t.ARN)
	}
	t.Catalog = catalogOf(t.ARN)
	// Recordings of the service have the word null in place of no reason.
	if reason != "null" {
		t.ReasonCode = reason
	}
	t.StartTime = utcTime(start)
	return t
}

// lastPart returns what follows the last slash: the id in an ARN, since the
// service uses both forms in one member, and an id as it is.
func lastPart(arnOrID string) string {
	return arnOrID[strings.LastIndexByte(arnOrID, '/')+1:]
}

// catalogOf returns the catalog that a task's ARN names, or "".
func catalogOf(arn string) string {
	_, rest, ok := strings.Cut(arn, ":catalog/")
	if !ok {
		return ""
	}
	catalog, _, ok := strings.Cut(rest, "/")
	if !ok {
		return ""
	}
	return catalog
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
	t.Catalog = sent.Catalog
	t.ClientToken = sent.ClientToken
	if t.ID == "" {
		t.ID = sent.ID
	}
	if t.Name == "" {
		t.Name = sent.Name
	}
	if t.OpportunityID == "" {
		t.OpportunityID = sent.OpportunityID
	}
	if t.EngagementID == "" {
		t.EngagementID = sent.EngagementID
	}
	if sent.EngagementInvitationID != "" {
		t.EngagementInvitationID = sent.EngagementInvitationID
	}
	return t
}

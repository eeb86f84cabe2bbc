package partnercentralevents

import (
	"cmp"

	"github.com/cosell-dev/partnercentral-go"
)

// Engagement is an engagement in an event. Events spell its id in two ways, or
// name it in its ARN alone; ID returns whichever there is.
type Engagement struct {
	// The id (eng-…) as [EngagementMemberAdded] spells it. Documented.
	Id string `json:"id,omitempty"`

	// The id (eng-…) as [EngagementCreated] and [EngagementUpdated] spell it.
	// Documented.
	EngagementId string `json:"engagementId,omitempty"`

	// The ARN. Documented for EngagementCreated and EngagementUpdated.
	EngagementArn string `json:"engagementArn,omitempty"`

	// When and by whom it was created. Documented for EngagementCreated, with
	// an upper-case first letter; either case is read.
	CreatedAt Timestamp `json:"CreatedAt,omitzero"`
	CreatedBy string    `json:"CreatedBy,omitempty"`

	// When and by whom it was last changed. Documented for EngagementUpdated,
	// with an upper-case first letter; either case is read.
	LastModifiedAt Timestamp `json:"LastModifiedAt,omitzero"`
	LastModifiedBy string    `json:"LastModifiedBy,omitempty"`

	// The types of its contexts. Documented for EngagementCreated and
	// EngagementUpdated.
	ContextTypes []string `json:"ContextTypes,omitempty"`
}

// ID returns the id of the engagement in whichever spelling the event has, or
// the one in its ARN, or "".
func (e Engagement) ID() string {
	return cmp.Or(e.EngagementId, e.Id, inARN(e.EngagementArn).EngagementID)
}

func (e Engagement) task() partnercentral.Task {
	return filled(partnercentral.Task{EngagementID: e.ID()}, e.EngagementArn)
}

// EngagementCreated says that an engagement was created. It is documented to
// follow a submission.
type EngagementCreated struct {
	Header
	Engagement Engagement `json:"engagement"`
}

func (d *EngagementCreated) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return d.Engagement.task(), []partnercentral.TaskKind{partnercentral.TaskKindEngagementFromOpportunity}
}

// EngagementUpdated says that an engagement changed. That it follows an
// opportunity made from an engagement, or prospecting, is inferred.
type EngagementUpdated struct {
	Header
	Engagement Engagement `json:"engagement"`
}

func (d *EngagementUpdated) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return d.Engagement.task(), []partnercentral.TaskKind{
		partnercentral.TaskKindOpportunityFromEngagement,
		partnercentral.TaskKindProspectingFromEngagement,
	}
}

// EngagementMember is a member of an engagement in an event.
type EngagementMember struct {
	// The account of the member. Documented.
	AccountId string `json:"accountId,omitempty"`

	// The company of the member. Documented.
	CompanyName string `json:"companyName,omitempty"`
}

// EngagementMemberAdded says that an engagement has a new member. It is
// documented to follow a submission and an accepted invitation, and AWS's
// approval of a submission.
type EngagementMemberAdded struct {
	Header
	Engagement       Engagement       `json:"engagement"`
	EngagementMember EngagementMember `json:"engagementMember"`
}

func (d *EngagementMemberAdded) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return d.Engagement.task(), []partnercentral.TaskKind{
		partnercentral.TaskKindEngagementFromOpportunity,
		partnercentral.TaskKindEngagementByAcceptingInvitation,
	}
}

// EngagementMemberJoined is listed in the EventBridge reference. Its payload is
// not documented.
type EngagementMemberJoined struct{ Undocumented }

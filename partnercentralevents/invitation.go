package partnercentralevents

import (
	"strings"

	"github.com/cosell-dev/partnercentral-go"
)

// ParticipantType is a side of an invitation.
type ParticipantType string

// Enum values for ParticipantType, as documented. The service has been observed
// to write them in upper case; they are read without regard to case.
const (
	ParticipantTypeSender   ParticipantType = "Sender"
	ParticipantTypeReceiver ParticipantType = "Receiver"
)

// Values returns the known values of ParticipantType. The slice is the caller's.
func (ParticipantType) Values() []ParticipantType {
	return []ParticipantType{ParticipantTypeSender, ParticipantTypeReceiver}
}

// UnmarshalText reads a value in either spelling. Other words are kept as they
// came.
func (p *ParticipantType) UnmarshalText(text []byte) error {
	*p = ParticipantType(text)
	for _, known := range p.Values() {
		if strings.EqualFold(string(*p), string(known)) {
			*p = known
		}
	}
	return nil
}

// EngagementInvitation is an invitation in an event.
type EngagementInvitation struct {
	// The ARN of the invitation. Documented.
	Arn string `json:"arn,omitempty"`

	// The id of the invitation (engi-…). Documented.
	Id string `json:"id,omitempty"`

	// The engagement that it invites to (eng-…). Documented.
	EngagementId string `json:"engagementId,omitempty"`

	// The account that sent it. Documented.
	SenderAccountId string `json:"senderAccountId,omitempty"`

	// The company that sent it. Documented for [EngagementInvitationCreated]
	// only.
	SenderCompanyName string `json:"senderCompanyName,omitempty"`

	// The account that it was sent to. Documented.
	ReceiverAccountId string `json:"receiverAccountId,omitempty"`

	// When it expires. Documented for [EngagementInvitationCreated] only;
	// observed with nine fraction digits.
	ExpirationDate Timestamp `json:"expirationDate,omitzero"`

	// The side of the account that got the event (inferred). Documented as
	// Sender and Receiver, observed as RECEIVER.
	ParticipantType ParticipantType `json:"participantType,omitempty"`

	// What it offers: OpportunityInvitation or LeadInvitation. Documented.
	PayloadType string `json:"payloadType,omitempty"`
}

func (i *EngagementInvitation) task() partnercentral.Task {
	return filled(partnercentral.Task{EngagementInvitationID: i.Id, EngagementID: i.EngagementId}, i.Arn)
}

// side returns which side of the invitation an account is on, by the account
// that has sent it, or "" if the event does not tell. (Whose side the event's
// ParticipantType names is inferred.)
func (i *EngagementInvitation) side(account string) ParticipantType {
	switch {
	case account == "" || i.SenderAccountId == "":
		return ""
	case account == i.SenderAccountId:
		return ParticipantTypeSender
	}
	return ParticipantTypeReceiver
}

// EngagementInvitationCreated says that an invitation was sent or received. It
// is documented to follow a submission, which invites AWS. No task causes one
// that another account has sent.
type EngagementInvitationCreated struct {
	Header
	EngagementInvitation EngagementInvitation `json:"engagementInvitation"`
}

func (d *EngagementInvitationCreated) about(account string) (partnercentral.Task, []partnercentral.TaskKind) {
	if d.EngagementInvitation.side(account) == ParticipantTypeReceiver {
		return partnercentral.Task{}, nil
	}
	return d.EngagementInvitation.task(), []partnercentral.TaskKind{partnercentral.TaskKindEngagementFromOpportunity}
}

// EngagementInvitationAccepted says that an invitation was accepted. It is
// documented to follow a task that accepts one. It also comes when AWS approves
// a submission, and accepts what the account has sent; no task causes that.
type EngagementInvitationAccepted struct {
	Header
	EngagementInvitation EngagementInvitation `json:"engagementInvitation"`
}

func (d *EngagementInvitationAccepted) about(account string) (partnercentral.Task, []partnercentral.TaskKind) {
	if d.EngagementInvitation.side(account) == ParticipantTypeSender {
		return partnercentral.Task{}, nil
	}
	return d.EngagementInvitation.task(), []partnercentral.TaskKind{partnercentral.TaskKindEngagementByAcceptingInvitation}
}

// EngagementInvitationRejected says that an invitation was rejected, also when
// AWS rejects a submission. No task causes it.
type EngagementInvitationRejected struct {
	Header
	EngagementInvitation EngagementInvitation `json:"engagementInvitation"`
}

func (*EngagementInvitationRejected) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return partnercentral.Task{}, nil
}

// EngagementInvitationExpired says that an invitation expired (inferred from its
// name: its documented description is that of Rejected). No task causes it.
type EngagementInvitationExpired struct {
	Header
	EngagementInvitation EngagementInvitation `json:"engagementInvitation"`
}

func (*EngagementInvitationExpired) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return partnercentral.Task{}, nil
}

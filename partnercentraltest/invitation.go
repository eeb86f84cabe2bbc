package partnercentraltest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// DefaultInvitationAge is how long an invitation can be accepted that does not
// say. AWS documents that one expires after 15 days without an answer.
const DefaultInvitationAge = 15 * 24 * time.Hour

const (
	// accountID is the account behind the credentials of Client. Other worlds have
	// others.
	accountID = "111122223333"
	// awsAlias stands for AWS in place of an account id: an assumption.
	awsAlias = "aws"
)

// Invitation is an engagement invitation that the service has. The zero value
// is one of AWS to an opportunity, which waits for an answer in the Sandbox
// catalog: what is empty is filled in as each member says.
type Invitation struct {
	// ID is engi- and 13 of 0-9 and a-z; empty for one of the service's making.
	// An invitation with the ID of an earlier one takes its place.
	ID string `json:"id"`
	// Catalog is the Sandbox catalog when empty.
	Catalog string `json:"catalog"`
	// EngagementID is eng- and 14 of 0-9 and a-z; empty for one of the service's
	// making.
	EngagementID string `json:"engagementId"`
	// EngagementTitle has at most 40 characters.
	EngagementTitle string `json:"engagementTitle"`
	// PayloadType is OpportunityInvitation when empty. A Start refuses a
	// LeadInvitation.
	PayloadType partnercentral.EngagementInvitationPayloadType `json:"payloadType"`
	// ParticipantType is RECEIVER when empty: the invitation was sent to the
	// account.
	ParticipantType partnercentral.ParticipantType `json:"participantType"`
	// Status is PENDING when empty. A pending invitation becomes ACCEPTED with
	// the end of a task that accepts it, else EXPIRED when its time has come. While
	// a task accepts it that began before, it does not expire.
	Status partnercentral.InvitationStatus `json:"status"`
	// SenderAWSAccountID and SenderCompanyName are those of AWS when empty, or of
	// the account where ParticipantType is SENDER.
	SenderAWSAccountID string `json:"senderAwsAccountId"`
	SenderCompanyName  string `json:"senderCompanyName"`
	// InvitationDate is when it was sent, now when zero, and ExpirationDate when
	// it expires, DefaultInvitationAge later when zero. Both are by the service's
	// clock.
	InvitationDate time.Time `json:"invitationDate"`
	ExpirationDate time.Time `json:"expirationDate"`
}

// Invite sends an invitation, for the credentials of Client, and returns it with
// what was filled in.
//
// Starts for invitations that nobody has made are taken as well: see
// docs/fidelity.md.
func (s *Service) Invite(i Invitation) Invitation {
	s.test().Helper()
	return s.World(s.homeID()).Invite(i)
}

// Invitations returns the invitations that were made, as they are now, in the
// order of their making, for the credentials of Client. It is no call.
func (s *Service) Invitations() []Invitation { return s.home().allInvitations() }

// Invite is [Service.Invite] for this world.
func (w *World) Invite(i Invitation) Invitation {
	w.w.svc.test().Helper()
	var found mistakes
	found.join("", i.flaws())
	if w.w.svc.refuse(found) {
		return i
	}
	w.w.mu.Lock()
	defer w.w.mu.Unlock()
	return w.w.invite(i).Invitation
}

// Invitations is [Service.Invitations] for this world.
func (w *World) Invitations() []Invitation { return w.w.allInvitations() }

func (w *world) allInvitations() []Invitation {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	all := make([]Invitation, len(w.invitations))
	for i, made := range w.invitations {
		all[i] = made.Invitation
		all[i].Status = w.invitationStatus(made, now)
	}
	return all
}

// invitation is one that a world has.
type invitation struct{ Invitation }

func (i *invitation) arn() string {
	return "arn:aws:partnercentral:us-east-1::catalog/" + i.Catalog + "/engagement-invitation/" + i.ID
}

// invite completes an invitation and takes it in.
func (w *world) invite(i Invitation) *invitation {
	fill(&i.Catalog, partnercentral.CatalogSandbox)
	if i.ID == "" {
		i.ID = w.ids.next("engi-", 13)
	}
	if i.EngagementID == "" {
		i.EngagementID = w.ids.next("eng-", 14)
	}
	fill(&i.PayloadType, partnercentral.EngagementInvitationPayloadTypeOpportunityInvitation)
	fill(&i.ParticipantType, partnercentral.ParticipantTypeReceiver)
	fill(&i.Status, partnercentral.InvitationStatusPending)
	if i.ParticipantType == partnercentral.ParticipantTypeReceiver {
		fill(&i.SenderAWSAccountID, awsAlias)
		fill(&i.SenderCompanyName, "AWS")
	} else {
		fill(&i.SenderAWSAccountID, w.account())
	}
	if i.InvitationDate.IsZero() {
		i.InvitationDate = w.now()
	}
	if i.ExpirationDate.IsZero() {
		i.ExpirationDate = i.InvitationDate.Add(DefaultInvitationAge)
	}
	made := &invitation{i}
	if old := w.invitation(i.Catalog, i.ID); old != nil {
		w.invitations[slices.Index(w.invitations, old)] = made
	} else {
		w.invitations = append(w.invitations, made)
	}
	w.invitationByID[i.Catalog+"/"+i.ID] = made
	w.announceInvitation(made, w.now())
	return made
}

func fill[S ~string](member *S, value S) {
	if *member == "" {
		*member = value
	}
}

// invitation finds one by its id or ARN. nil for one that nobody has made.
func (w *world) invitation(catalog, identifier string) *invitation {
	return w.invitationByID[catalog+"/"+lastPart(identifier)]
}

// invitationStatus is what has become of an invitation.
func (w *world) invitationStatus(i *invitation, now time.Time) partnercentral.InvitationStatus {
	if i.Status != partnercentral.InvitationStatusPending {
		return i.Status
	}
	taken, accepted := w.acceptance(i, now)
	switch {
	case accepted:
		return partnercentral.InvitationStatusAccepted
	case !taken && !now.Before(i.ExpirationDate):
		return partnercentral.InvitationStatusExpired
	}
	return partnercentral.InvitationStatusPending
}

// acceptance reports whether a task that began in time will accept the
// invitation, and whether one has ended that has accepted it. Whether a later
// step fails makes no difference.
func (w *world) acceptance(i *invitation, now time.Time) (taken, accepted bool) {
	for key, shelf := range w.shelves {
		if key.family.kind != acceptingKind || key.catalog != i.Catalog {
			continue
		}
		for _, t := range shelf.byObject[objectKey{"EngagementInvitationId", i.ID}] {
			if t.outcome.accepts() {
				v := view{task: t, now: now, listed: true}
				taken = taken || t.start.Before(i.ExpirationDate)
				accepted = accepted || v.done()
			}
		}
	}
	return taken, accepted
}

// accepts reports whether a task with the outcome accepts its invitation, the
// first of its steps.
func (o *Outcome) accepts() bool {
	switch {
	case o.timing == timedNever:
		return false
	case o.end == endFailed:
		reason := string(o.reason)
		return strings.HasPrefix(reason, "ResourceSnapshot") || strings.HasPrefix(reason, "Opportunity")
	}
	return o.end == endComplete
}

// judgeInvitation says what a Start comes to for an invitation that was made: a
// refusal, a failure of its task, or nothing out of the ordinary.
func judgeInvitation(w *world, c *command, now time.Time) (*Outcome, *refusal) {
	i := w.invitation(c.catalog, c.identifier)
	if i == nil {
		return nil, nil
	}
	if reason := i.unacceptable(); reason != "" {
		r := invalid(problems{{FieldName: "Identifier", Code: partnercentral.ValidationExceptionErrorCodeActionNotPermitted, Message: reason}})
		r.reason = string(partnercentral.ValidationExceptionReasonBusinessValidationFailed)
		return nil, r
	}
	taken, _ := w.acceptance(i, now)
	failure := Outcome{}
	switch w.invitationStatus(i, now) {
	case partnercentral.InvitationStatusPending:
		if !taken {
			return nil, nil
		}
		failure = Fail(partnercentral.ReasonCodeEngagementInvitationConflict, "The invitation "+i.ID+" is being accepted by another task.")
	case partnercentral.InvitationStatusAccepted:
		failure = Fail(partnercentral.ReasonCodeEngagementInvitationConflict, "The invitation "+i.ID+" is accepted already.")
	case partnercentral.InvitationStatusRejected:
		failure = Fail(partnercentral.ReasonCodeInvitationValidationFailed, "The invitation "+i.ID+" was rejected.")
	case partnercentral.InvitationStatusExpired:
		failure = Fail(partnercentral.ReasonCodeInvitationValidationFailed, "The invitation "+i.ID+" has expired.")
	}
	failure = failure.within(w.svc.config.duration)
	return &failure, nil
}

// unacceptable says why no Start can accept the invitation, whatever its state.
func (i *invitation) unacceptable() string {
	switch {
	case i.PayloadType != partnercentral.EngagementInvitationPayloadTypeOpportunityInvitation:
		return fmt.Sprintf("the invitation is a %s: AcceptEngagementInvitation accepts it, not a task", i.PayloadType)
	case i.ParticipantType != partnercentral.ParticipantTypeReceiver:
		return "the account has sent the invitation itself"
	}
	return ""
}

// flaws finds what is wrong with an invitation.
func (i Invitation) flaws() flaws {
	var found flaws
	oneOfThem := func(member, value string, known []string) {
		if value != "" && !slices.Contains(known, value) {
			found.add(member, "unknown value %q, did you mean %q?", value, nearest(value, known))
		}
	}
	oneOfThem("catalog", i.Catalog, catalogMember().enum)
	oneOfThem("payloadType", string(i.PayloadType), textsOf(i.PayloadType.Values()))
	oneOfThem("participantType", string(i.ParticipantType), textsOf(i.ParticipantType.Values()))
	oneOfThem("status", string(i.Status), textsOf(i.Status.Values()))
	for _, m := range []struct {
		member
		value string
	}{
		{patterned("id", `engi-[0-9a-z]{13}`, 1, 255), i.ID},
		{patterned("engagementId", `eng-[0-9a-z]{14}`, 1, 255), i.EngagementID},
		{patterned("engagementTitle", "", 0, 40), i.EngagementTitle},
		{patterned("senderAwsAccountId", `\w{1,12}`, 1, 12), i.SenderAWSAccountID},
		{patterned("senderCompanyName", "", 0, 120), i.SenderCompanyName},
	} {
		var wrong problems
		if m.value != "" {
			m.checkText(m.value, m.name, &wrong)
		}
		for _, p := range wrong {
			found.add(m.name, "it %s", p.Message)
		}
	}
	if !i.ExpirationDate.IsZero() && i.ExpirationDate.Before(i.InvitationDate) {
		found.add("expirationDate", "it expires before it was sent")
	}
	return found
}

func textsOf[S ~string](values []S) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}

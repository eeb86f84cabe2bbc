package partnercentralevents

import "github.com/cosell-dev/partnercentral-go"

// Opportunity is an opportunity in an event.
type Opportunity struct {
	// The id of the opportunity (O…). Documented.
	Identifier string `json:"identifier,omitempty"`
}

// OpportunityCreated says that an opportunity was created in the account. AWS's
// API reference names it as the sign that an accepted invitation has become an
// opportunity; that it follows an opportunity made from an engagement is
// inferred. It has been observed twice, 15 seconds apart, for one opportunity.
type OpportunityCreated struct {
	Header
	Opportunity Opportunity `json:"opportunity"`
}

func (d *OpportunityCreated) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return partnercentral.Task{OpportunityID: d.Opportunity.Identifier}, []partnercentral.TaskKind{
		partnercentral.TaskKindEngagementByAcceptingInvitation,
		partnercentral.TaskKindOpportunityFromEngagement,
	}
}

// OpportunityUpdated says that an opportunity changed, by a task or otherwise.
// It is documented to follow a submission and an accepted invitation, and has
// been observed in pairs.
type OpportunityUpdated struct {
	Header
	Opportunity Opportunity `json:"opportunity"`
}

func (d *OpportunityUpdated) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return partnercentral.Task{OpportunityID: d.Opportunity.Identifier}, []partnercentral.TaskKind{
		partnercentral.TaskKindEngagementFromOpportunity,
		partnercentral.TaskKindEngagementByAcceptingInvitation,
	}
}

// OpportunityAccepted is listed in the EventBridge reference. Its payload is not
// documented.
type OpportunityAccepted struct{ Undocumented }

// OpportunityRejected is listed in the EventBridge reference. Its payload is not
// documented.
type OpportunityRejected struct{ Undocumented }

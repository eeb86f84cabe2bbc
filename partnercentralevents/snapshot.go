package partnercentralevents

import "github.com/cosell-dev/partnercentral-go"

// resourceTypeOpportunity is the only documented type of a snapshot's resource.
const resourceTypeOpportunity = "Opportunity"

// ResourceSnapshot is a snapshot of a resource in an event.
type ResourceSnapshot struct {
	// The ARN. Documented; recorded ARNs have another service and another last
	// part than the documented one.
	Arn string `json:"arn,omitempty"`

	// The engagement that the snapshot belongs to (eng-…). Documented.
	EngagementId string `json:"engagementId,omitempty"`

	// The type of the resource, Opportunity. Documented.
	ResourceType string `json:"resourceType,omitempty"`

	// The id of the resource (O…). Documented.
	ResourceId string `json:"resourceId,omitempty"`

	// The account that created it. Documented.
	CreatedBy string `json:"createdBy,omitempty"`

	// The accounts that can see it. Documented; missing in an event recorded in
	// February 2025.
	TargetMemberAccounts []string `json:"targetMemberAccounts,omitempty"`

	// The template, such as OpportunitySummaryView. Documented; missing in an
	// event recorded in February 2025.
	ResourceSnapshotTemplateName string `json:"resourceSnapshotTemplateName,omitempty"`
}

// EngagementResourceSnapshotCreated says that a snapshot of an opportunity was
// taken. It is documented to follow a submission and an accepted invitation, and
// AWS's answer to a submission. That it follows an opportunity made from an
// engagement is inferred.
type EngagementResourceSnapshotCreated struct {
	Header
	ResourceSnapshot ResourceSnapshot `json:"resourceSnapshot"`
}

func (d *EngagementResourceSnapshotCreated) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	task := partnercentral.Task{EngagementID: d.ResourceSnapshot.EngagementId}
	if d.ResourceSnapshot.ResourceType == resourceTypeOpportunity {
		task.OpportunityID = d.ResourceSnapshot.ResourceId
	}
	return filled(task, d.ResourceSnapshot.Arn), []partnercentral.TaskKind{
		partnercentral.TaskKindEngagementFromOpportunity,
		partnercentral.TaskKindEngagementByAcceptingInvitation,
		partnercentral.TaskKindOpportunityFromEngagement,
	}
}

// ResourceSnapshotCreated is listed in the EventBridge reference. Its payload is
// not documented.
type ResourceSnapshotCreated struct{ Undocumented }

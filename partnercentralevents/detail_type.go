package partnercentralevents

// DetailType says what happened. The service may send other words than those
// listed here.
type DetailType string

// Enum values for DetailType. All are documented: the last two by the developer
// guide alone, the others by the EventBridge reference.
const (
	DetailTypeOpportunityCreated                DetailType = "Opportunity Created"
	DetailTypeOpportunityUpdated                DetailType = "Opportunity Updated"
	DetailTypeOpportunityAccepted               DetailType = "Opportunity Accepted"
	DetailTypeOpportunityRejected               DetailType = "Opportunity Rejected"
	DetailTypeEngagementInvitationCreated       DetailType = "Engagement Invitation Created"
	DetailTypeEngagementInvitationAccepted      DetailType = "Engagement Invitation Accepted"
	DetailTypeEngagementInvitationRejected      DetailType = "Engagement Invitation Rejected"
	DetailTypeEngagementInvitationExpired       DetailType = "Engagement Invitation Expired"
	DetailTypeEngagementMemberAdded             DetailType = "Engagement Member Added"
	DetailTypeEngagementMemberJoined            DetailType = "Engagement Member Joined"
	DetailTypeResourceSnapshotCreated           DetailType = "Resource Snapshot Created"
	DetailTypeEngagementResourceSnapshotCreated DetailType = "Engagement Resource Snapshot Created"
	DetailTypeEngagementCreated                 DetailType = "Engagement Created"
	DetailTypeEngagementUpdated                 DetailType = "Engagement Updated"
)

// Values returns the known values of DetailType. The slice is the caller's.
func (DetailType) Values() []DetailType {
	return []DetailType{
		DetailTypeOpportunityCreated,
		DetailTypeOpportunityUpdated,
		DetailTypeOpportunityAccepted,
		DetailTypeOpportunityRejected,
		DetailTypeEngagementInvitationCreated,
		DetailTypeEngagementInvitationAccepted,
		DetailTypeEngagementInvitationRejected,
		DetailTypeEngagementInvitationExpired,
		DetailTypeEngagementMemberAdded,
		DetailTypeEngagementMemberJoined,
		DetailTypeResourceSnapshotCreated,
		DetailTypeEngagementResourceSnapshotCreated,
		DetailTypeEngagementCreated,
		DetailTypeEngagementUpdated,
	}
}

// newDetail returns a new value of the type of a detail.
func newDetail(t DetailType) Detail {
	switch t {
	case DetailTypeOpportunityCreated:
		return new(OpportunityCreated)
	case DetailTypeOpportunityUpdated:
		return new(OpportunityUpdated)
	case DetailTypeOpportunityAccepted:
		return new(OpportunityAccepted)
	case DetailTypeOpportunityRejected:
		return new(OpportunityRejected)
	case DetailTypeEngagementInvitationCreated:
		return new(EngagementInvitationCreated)
	case DetailTypeEngagementInvitationAccepted:
		return new(EngagementInvitationAccepted)
	case DetailTypeEngagementInvitationRejected:
		return new(EngagementInvitationRejected)
	case DetailTypeEngagementInvitationExpired:
		return new(EngagementInvitationExpired)
	case DetailTypeEngagementMemberAdded:
		return new(EngagementMemberAdded)
	case DetailTypeEngagementMemberJoined:
		return new(EngagementMemberJoined)
	case DetailTypeResourceSnapshotCreated:
		return new(ResourceSnapshotCreated)
	case DetailTypeEngagementResourceSnapshotCreated:
		return new(EngagementResourceSnapshotCreated)
	case DetailTypeEngagementCreated:
		return new(EngagementCreated)
	case DetailTypeEngagementUpdated:
		return new(EngagementUpdated)
	}
	return new(Unknown)
}

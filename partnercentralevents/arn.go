package partnercentralevents

import (
	"cmp"
	"strings"

	"github.com/cosell-dev/partnercentral-go"
)

// inARN returns the catalog and the objects that an ARN names, as a task:
// arn:aws:partnercentral:us-east-1::catalog/CATALOG and then pairs of a type and
// an id. What is no such ARN names nothing.
func inARN(arn string) (named partnercentral.Task) {
	// arn:partition:service:region:account:resource
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || !strings.HasPrefix(parts[2], "partnercentral") {
		return partnercentral.Task{}
	}
	// The ARN of a snapshot has a type alone among its pairs, so each part may be
	// the name of the next.
	path := strings.Split(parts[5], "/")
	for i, name := range path[:len(path)-1] {
		switch id := path[i+1]; strings.ToLower(name) {
		case "catalog":
			named.Catalog = cmp.Or(named.Catalog, id)
		case "opportunity":
			named.OpportunityID = cmp.Or(named.OpportunityID, id)
		case "engagement":
			named.EngagementID = cmp.Or(named.EngagementID, id)
		case "engagement-invitation":
			named.EngagementInvitationID = cmp.Or(named.EngagementInvitationID, id)
		}
	}
	return named
}

// filled returns a task with what ARNs name that it lacks.
func filled(t partnercentral.Task, arns ...string) partnercentral.Task {
	for _, arn := range arns {
		named := inARN(arn)
		t.Catalog = cmp.Or(t.Catalog, named.Catalog)
		t.OpportunityID = cmp.Or(t.OpportunityID, named.OpportunityID)
		t.EngagementID = cmp.Or(t.EngagementID, named.EngagementID)
		t.EngagementInvitationID = cmp.Or(t.EngagementInvitationID, named.EngagementInvitationID)
	}
	return t
}

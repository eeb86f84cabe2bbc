package partnercentral

import "context"

var opportunityFromEngagementFamily = taskFamily{
	kind:       TaskKindOpportunityFromEngagement,
	limits:     classicLimits,
	object:     func(t *Task) string { return t.EngagementID },
	objectName: "EngagementID",
	list: func(client any) listTasks {
		c, ok := client.(ListOpportunityFromEngagementTasksAPIClient)
		if !ok {
			return nil
		}
		return func(ctx context.Context, q taskQuery, optFns ...func(*Options)) (taskPage, error) {
			out, err := c.ListOpportunityFromEngagementTasks(ctx, &ListOpportunityFromEngagementTasksInput{
				Catalog:              &q.catalog,
				TaskIdentifier:       q.ids,
				EngagementIdentifier: q.objects,
				MaxResults:           q.maxResults(),
				NextToken:            q.nextToken(),
				Sort:                 q.sorted(),
			}, optFns...)
			if err != nil {
				return taskPage{}, err
			}
			if out == nil {
				return taskPage{}, errNoOutput
			}
			return pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ListOpportunityFromEngagementTaskSummary).Task), nil
		}
	},
}

package partnercentraltest

import (
	"strconv"

	"github.com/cosell-dev/partnercentral-go"
)

// opportunityFromEngagement makes a draft opportunity from a lead context of an
// engagement.
func opportunityFromEngagement() *family {
	const (
		engagement = `(?:arn:.*|eng-[0-9a-z]{14})`
		context    = `[1-9][0-9]*`
	)
	f := &family{
		kind:     "opportunity-from-engagement-task",
		idDigits: 13,
		words:    classicWords,
		earlier:  true,
		settle: func(w *world, c *command, t *task) {
			t.engagement = lastPart(t.identifier)
			t.context = stringOf(c.object, "ContextIdentifier")
			t.converted = nextContext(t.context)
			t.opportunity = w.object(t.catalog, "opportunity of context", t.engagement+" "+t.context, w.ids.opportunity)
			t.job = w.ids.next("job-", 13)
		},
		fields: []field{
			text("ContextId", func(v *view) string {
				if v.complete() {
					return v.converted
				}
				return v.context
			}),
			text("EngagementId", func(v *view) string { return v.engagement }),
			text("Message", (*view).failureMessage),
			text("OpportunityId", func(v *view) string { return v.ifReached(stepOpportunity, v.opportunity) }),
			text("ReasonCode", (*view).failureReason),
			text("ResourceSnapshotJobId", func(v *view) string { return v.ifReached(stepJob, v.job) }),
			text("StartTime", (*view).startTime),
			text("TaskArn", (*view).shownARN),
			text("TaskId", (*view).shownID),
			text("TaskStatus", (*view).status),
		},
		filters: []filter{
			{member: "EngagementIdentifier", field: "EngagementId"},
			{member: "OpportunityIdentifier", field: "OpportunityId"},
			{member: "ContextIdentifier", field: "the Start's context"},
		},
		unshown: text("the Start's context", func(v *view) string { return v.context }),
		// The opportunity comes first, its snapshot after it.
		reached: acceptingStep,
		effects: effectsOfConversion,
	}
	f.operations = []*operation{
		f.start(StartOpportunityFromEngagementTask,
			func() any { return &partnercentral.StartOpportunityFromEngagementTaskInput{} },
			catalogMember(), clientTokenMember(),
			required(patterned("ContextIdentifier", context, 1, 1<<20)),
			required(patterned("Identifier", engagement, 1, 2048)),
			tagsMember()),
		f.list(ListOpportunityFromEngagementTasks,
			func() any { return &partnercentral.ListOpportunityFromEngagementTasksInput{} },
			listOf(patterned("EngagementIdentifier", engagement, 1, 2048), 1, 10),
			listOf(patterned("OpportunityIdentifier", `O[0-9]{1,19}`, 2, 20), 1, 10),
			listOf(patterned("ContextIdentifier", context, 1, 1<<20), 1, 10)),
	}
	return f
}

// nextContext is the context that a conversion adds: in both recorded answers
// it was the number after that of the request.
func nextContext(context string) string {
	n, err := strconv.ParseUint(context, 10, 63)
	if err != nil {
		return context
	}
	return strconv.FormatUint(n+1, 10)
}

package partnercentraltest

import (
	"maps"
	"slices"
	"sync"

	"github.com/cosell-dev/partnercentral-go"
)

// Operation names an operation of the service that the fake knows.
type Operation string

// The operations that the fake answers. Any other operation of the Partner
// Central Selling API gets an UnknownOperationException, unless the test has
// given answers to it with [Service.Answer].
const (
	StartEngagementByAcceptingInvitationTask Operation = "StartEngagementByAcceptingInvitationTask"
	StartEngagementFromOpportunityTask       Operation = "StartEngagementFromOpportunityTask"
	ListEngagementByAcceptingInvitationTasks Operation = "ListEngagementByAcceptingInvitationTasks"
	ListEngagementFromOpportunityTasks       Operation = "ListEngagementFromOpportunityTasks"
	StartOpportunityFromEngagementTask       Operation = "StartOpportunityFromEngagementTask"
	ListOpportunityFromEngagementTasks       Operation = "ListOpportunityFromEngagementTasks"
	StartProspectingFromEngagementTask       Operation = "StartProspectingFromEngagementTask"
	GetProspectingFromEngagementTask         Operation = "GetProspectingFromEngagementTask"
	ListProspectingFromEngagementTasks       Operation = "ListProspectingFromEngagementTasks"
	ListEngagementInvitations                Operation = "ListEngagementInvitations"
)

// Operations returns every operation that the fake answers, sorted by name. The
// slice is the caller's.
func Operations() []Operation { return slices.Sorted(maps.Keys(known())) }

// quotaGroup is the quota that the calls of an operation count against.
type quotaGroup int

const (
	reads quotaGroup = iota
	writes
	prospectingStarts
	prospectingGets
	prospectingLists
	quotaGroups
)

func (g quotaGroup) String() string {
	return [...]string{"reads", "writes", "Starts of prospecting", "Gets of prospecting", "Lists of prospecting"}[g]
}

// operation is how one operation is answered. Everything here is read-only
// after it was made.
type operation struct {
	name    Operation
	group   quotaGroup
	family  *family
	members []member
	// input makes the typed input that a call of this operation decodes to.
	input func() any
	// prepare works out the answer and what it changes. It runs under the
	// world's lock and changes nothing itself: commit does, and is not called
	// when a fault stands before it.
	prepare func(w *world, c *command) (result, *refusal)
	// starts is whether outcomes can be scripted for it.
	starts bool
	// canned is whether it is not modelled, and answers what scripts say.
	canned bool
}

// result is a successful answer and what making it true takes.
type result struct {
	body   []byte
	commit func()
	// taskID is for the record: the task that was started or repeated.
	taskID string
	making Making
	// tasks is how many tasks the answer has.
	tasks int
}

// catalogue finds operations by name.
type catalogue map[Operation]*operation

// known is the one catalogue of all services: compiling the patterns of its
// members costs more than most tests do.
var known = sync.OnceValue(func() catalogue {
	all := catalogue{}
	for _, f := range families() {
		for _, op := range f.operations {
			op.family = f
			all[op.name] = op
		}
	}
	all[ListEngagementInvitations] = invitations()
	return all
})

// families lists every family of tasks: a further one is declared here.
func families() []*family {
	return []*family{byAcceptingInvitation(), fromOpportunity(), opportunityFromEngagement(), prospecting()}
}

// acceptingKind is the kind of the tasks that accept invitations.
const acceptingKind = "engagement-by-accepting-invitation-task"

// byAcceptingInvitation accepts an invitation, which creates an opportunity.
func byAcceptingInvitation() *family {
	f := &family{
		kind:     acceptingKind,
		idDigits: 13,
		words:    classicWords,
		earlier:  true,
		settle: func(w *world, _ *command, t *task) {
			t.invitation = t.identifier
			t.opportunity = w.object(t.catalog, "opportunity of", lastPart(t.identifier), w.ids.opportunity)
			t.job = w.ids.next("job-", 13)
		},
		fields: []field{
			text("EngagementInvitationId", func(v *view) string { return v.invitation }),
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
			{member: "EngagementInvitationIdentifier", field: "EngagementInvitationId"},
			{member: "OpportunityIdentifier", field: "OpportunityId"},
		},
		reached: acceptingStep,
		judge:   judgeInvitation,
		effects: effectsOfAcceptance,
	}
	f.operations = []*operation{
		f.start(StartEngagementByAcceptingInvitationTask,
			func() any { return &partnercentral.StartEngagementByAcceptingInvitationTaskInput{} },
			catalogMember(), clientTokenMember(),
			required(patterned("Identifier", `(?:arn:.*|engi-[0-9a-z]{13})`, 1, 255)),
			tagsMember()),
		f.list(ListEngagementByAcceptingInvitationTasks,
			func() any { return &partnercentral.ListEngagementByAcceptingInvitationTasksInput{} },
			listOf(patterned("EngagementInvitationIdentifier", `(?:arn:.*|engi-[0-9a-z]{13})`, 1, 255), 1, 10),
			listOf(patterned("OpportunityIdentifier", `O[0-9]{1,19}`, 2, 20), 1, 10)),
	}
	return f
}

// fromOpportunity submits an opportunity, which gives an engagement, an
// invitation to AWS and a snapshot job.
func fromOpportunity() *family {
	f := &family{
		kind:     "engagement-from-opportunity-task",
		idDigits: 13,
		words:    classicWords,
		earlier:  true,
		settle: func(w *world, _ *command, t *task) {
			t.opportunity = t.identifier
			// "If there is none", "if not yet invited": a second task for the
			// same opportunity goes on with what the first has made.
			t.engagement = w.object(t.catalog, "engagement of", t.identifier, func() string { return w.ids.next("eng-", 14) })
			t.invitation = w.object(t.catalog, "invitation of", t.identifier, func() string { return w.ids.next("engi-", 13) })
			t.job = w.ids.next("job-", 13)
		},
		fields: []field{
			text("EngagementId", func(v *view) string { return v.ifComplete(v.engagement) }),
			text("EngagementInvitationId", func(v *view) string { return v.ifComplete(v.invitation) }),
			text("Message", (*view).failureMessage),
			text("OpportunityId", func(v *view) string { return v.opportunity }),
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
		},
		reached: submittingStep,
		effects: effectsOfSubmission,
	}
	f.operations = []*operation{
		f.start(StartEngagementFromOpportunityTask,
			func() any { return &partnercentral.StartEngagementFromOpportunityTaskInput{} },
			required(structure("AwsSubmission",
				required(oneOf("InvolvementType", partnercentral.SalesInvolvementType("").Values())),
				oneOf("Visibility", partnercentral.Visibility("").Values()))),
			catalogMember(), clientTokenMember(),
			required(patterned("Identifier", `O[0-9]{1,19}`, 2, 20)),
			tagsMember()),
		f.list(ListEngagementFromOpportunityTasks,
			func() any { return &partnercentral.ListEngagementFromOpportunityTasksInput{} },
			listOf(patterned("EngagementIdentifier", `(?:arn:.*|eng-[0-9a-z]{14})`, 1, 2048), 1, 10),
			listOf(patterned("OpportunityIdentifier", `O[0-9]{1,19}`, 2, 20), 1, 10)),
	}
	return f
}

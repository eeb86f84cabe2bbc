package partnercentral

import (
	"strings"
	"unicode/utf8"
)

// The ids of tasks have two forms that differ in length only, and each belongs
// to other operations. A mixed-up id would be found nowhere, which looks like a
// task that was lost; so it is refused, and the refusal names the operation.
// (The pattern of the model for classic ids allows a prefix; those seen have
// none.)

const (
	classicIDLength     = 13
	prospectingIDLength = 14

	// The kind of resource in an ARN.
	prospectingARNKind = "/prospecting-from-engagement-task/"
)

// mispaired says that a task has the id of another kind of task, or nothing.
func mispaired(t *Task) string {
	prospecting := t.Kind == TaskKindProspectingFromEngagement
	switch id := taskID(t); {
	case prospecting && isID(id, "task-", classicIDLength):
		return "task- and 13 characters are the id of a task of another kind; a prospecting task's has 14"
	case !prospecting && isID(id, "task-", prospectingIDLength):
		return "task- and 14 characters are the id of a prospecting task: its Kind should be " + string(TaskKindProspectingFromEngagement)
	}
	return ""
}

var (
	taskArnOrIdentifier = format{
		description: "a task id, task- and 13 of 0-9 and a-z, or an ARN",
		match: func(s string) bool {
			return isARN(s) && !strings.Contains(s, prospectingARNKind) || isID(s, "task-", classicIDLength)
		},
		hint: func(s string) string {
			if isID(s, "task-", prospectingIDLength) || strings.Contains(s, prospectingARNKind) {
				return "this is a prospecting task: use GetProspectingFromEngagementTask"
			}
			return ""
		},
	}
	prospectingTaskIdentifier = format{
		description: "a prospecting task id, task- and 14 of 0-9 and a-z; an ARN is not accepted",
		match:       func(s string) bool { return isID(s, "task-", prospectingIDLength) },
		hint: func(s string) string {
			for _, classic := range []struct{ arnKind, operation string }{
				{"/engagement-by-accepting-invitation-task/", "ListEngagementByAcceptingInvitationTasks"},
				{"/engagement-from-opportunity-task/", "ListEngagementFromOpportunityTasks"},
				{"/opportunity-from-engagement-task/", "ListOpportunityFromEngagementTasks"},
			} {
				if strings.Contains(s, classic.arnKind) {
					return "this is a task of another kind: use " + classic.operation
				}
			}
			switch {
			case strings.Contains(s, prospectingARNKind):
				return "use the part of the ARN after its last slash"
			case isID(s, "task-", classicIDLength):
				return "13 are the id of another kind of task: use the List of the operation that started it, " +
					"ListEngagementByAcceptingInvitationTasks, ListEngagementFromOpportunityTasks or ListOpportunityFromEngagementTasks"
			}
			return ""
		},
	}
	taskName = format{
		description: "a name of 1 to 128 characters",
		match: func(s string) bool {
			n := utf8.RuneCountInString(s)
			return 1 <= n && n <= 128 && utf8.ValidString(s)
		},
	}
)

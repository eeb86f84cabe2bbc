package validate

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Format is a form that a string must have: a pattern of the service model of
// 2022-07-26, taken to describe the whole value. Those that several operations
// share are below; an operation may have more of its own.
type Format struct {
	// Description follows "value must be" in the text of a problem.
	Description string
	// Match reports whether a value has the format.
	Match func(string) bool
	// Hint returns what a refused value seems to be and where it belongs, or
	// "". nil has no hints.
	Hint func(string) string
}

// The ids of tasks have two lengths. Each belongs to other operations, where
// an id of the other length is found nowhere: that looks like a lost task, so
// it is refused and the refusal names the right operation. (The model's
// pattern for classic ids allows a prefix; recorded ids have none.)
const (
	classicIDLength     = 13
	prospectingIDLength = 14

	prospectingARNKind = "/prospecting-from-engagement-task/"
)

// IsCatalog reports whether s can be the name of a catalog.
func IsCatalog(s string) bool { return s != "" && strings.Trim(s, letters) == "" }

// IsClassicTaskID reports whether s is the id of a task that is not
// prospecting.
func IsClassicTaskID(s string) bool { return isID(s, "task-", classicIDLength) }

// IsProspectingTaskID reports whether s is the id of a prospecting task.
func IsProspectingTaskID(s string) bool { return isID(s, "task-", prospectingIDLength) }

var (
	catalogName = Format{Description: "letters only, such as AWS or Sandbox", Match: IsCatalog}

	// OpportunityID is an id alone.
	OpportunityID = Format{Description: "an opportunity id, O and 1 to 19 digits; an ARN is not accepted", Match: func(s string) bool {
		digits, ok := strings.CutPrefix(s, "O")
		return ok && 1 <= len(digits) && len(digits) <= 19 && strings.Trim(digits, digits09) == ""
	}}

	// InvitationIDOrARN is an id or an ARN of an engagement invitation.
	InvitationIDOrARN = Format{Description: "an invitation id, engi- and 13 of 0-9 and a-z, or an ARN, of at most 255 characters", Match: func(s string) bool {
		return (isARN(s) || isID(s, "engi-", 13)) && utf8.RuneCountInString(s) <= 255
	}}

	// EngagementIDOrARN is an id or an ARN of an engagement.
	EngagementIDOrARN = Format{Description: "an engagement id, eng- and 14 of 0-9 and a-z, or an ARN", Match: func(s string) bool {
		return isARN(s) || isID(s, "eng-", 14)
	}}

	// EngagementID is an id alone.
	EngagementID = Format{Description: "an engagement id, eng- and 14 of 0-9 and a-z; an ARN is not accepted", Match: func(s string) bool {
		return isID(s, "eng-", 14)
	}}

	// ContextID is the number of a context in an engagement.
	ContextID = Format{Description: "the number of a context, without leading zeros", Match: func(s string) bool {
		return s != "" && s[0] != '0' && strings.Trim(s, digits09) == ""
	}}

	// TaskIDOrARN is an id or an ARN of a task that is not prospecting.
	TaskIDOrARN = Format{
		Description: "a task id, task- and 13 of 0-9 and a-z, or an ARN",
		Match: func(s string) bool {
			return isARN(s) && !strings.Contains(s, prospectingARNKind) || IsClassicTaskID(s)
		},
		Hint: func(s string) string {
			if IsProspectingTaskID(s) || strings.Contains(s, prospectingARNKind) {
				return "this is a prospecting task: use GetProspectingFromEngagementTask"
			}
			return ""
		},
	}

	// ProspectingTaskID is an id of a prospecting task alone.
	ProspectingTaskID = Format{
		Description: "a prospecting task id, task- and 14 of 0-9 and a-z; an ARN is not accepted",
		Match:       IsProspectingTaskID,
		Hint:        prospectingHint,
	}

	// TaskName is the name of a prospecting task.
	TaskName = Format{Description: "a name of 1 to 128 characters", Match: func(s string) bool {
		n := utf8.RuneCountInString(s)
		return 1 <= n && n <= 128 && utf8.ValidString(s)
	}}
)

func prospectingHint(s string) string {
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
	case IsClassicTaskID(s):
		return "13 are the id of another kind of task: use the List of the operation that started it, " +
			"ListEngagementByAcceptingInvitationTasks, ListEngagementFromOpportunityTasks or ListOpportunityFromEngagementTasks"
	}
	return ""
}

const (
	letters  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits09 = "0123456789"
)

// isID reports whether s is the prefix followed by n digits or lower-case
// letters.
func isID(s, prefix string, n int) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != n {
		return false
	}
	for _, c := range []byte(rest) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return true
}

// isARN is the model's arn:.* , where the dot is no line break.
func isARN(s string) bool {
	return strings.HasPrefix(s, "arn:") && !strings.ContainsAny(s, "\r\n") && utf8.ValidString(s)
}

func notTagRune(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r)
}

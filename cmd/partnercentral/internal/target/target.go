// Package target reads what people type to name a thing: ids, tags, and words
// out of a list.
package target

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

const (
	digits     = "0123456789"
	lowercase  = digits + "abcdefghijklmnopqrstuvwxyz"
	idLength   = 13 // of invitations and most tasks
	longLength = 14 // of engagements and prospecting tasks
)

// Opportunity checks the id of an opportunity.
func Opportunity(s string) error {
	rest, ok := strings.CutPrefix(s, "O")
	switch {
	case ok && 1 <= len(rest) && len(rest) <= 19 && consists(rest, digits):
		return nil
	case len(s) > 1 && (s[0] == '0' || s[0] == 'o') && consists(s[1:], digits):
		return usage.Errorf("%q is not the id of an opportunity, which begins with a capital letter O: type O%s", s, s[1:])
	}
	return usage.Errorf("%s is not the id of an opportunity: type a capital O and its digits, such as O1234567", quote(s))
}

// Invitation checks the id or ARN of an invitation.
func Invitation(s string) error {
	if isARN(s) || isID(s, "engi-", idLength) {
		return nil
	}
	return usage.Errorf("%s is not the id of an invitation: type engi- and its %d letters and digits, such as engi-0000001abc3de", quote(s), idLength)
}

// Engagement checks the id of an engagement.
func Engagement(s string) error {
	if isID(s, "eng-", longLength) {
		return nil
	}
	return usage.Errorf("%s is not the id of an engagement: type eng- and its %d letters and digits, such as eng-0000001abc3def", quote(s), longLength)
}

// Context checks the number of a context in an engagement.
func Context(s string) error {
	if s != "" && s[0] != '0' && consists(s, digits) {
		return nil
	}
	return usage.Errorf("%s is not the number of a context: type the number that the engagement gives it, such as 1", quote(s))
}

// Tag reads key=value.
func Tag(s string) (partnercentral.Tag, error) {
	key, value, ok := strings.Cut(s, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch {
	case !ok || key == "":
		return partnercentral.Tag{}, usage.Errorf("the tag %s has no name and value: type it as team=emea", quote(s))
	case utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256:
		return partnercentral.Tag{}, usage.Errorf("the tag %s is too long: type a name of at most 128 characters and a value of at most 256", quote(s))
	case strings.ContainsFunc(key+value, notInTags):
		return partnercentral.Tag{}, usage.Errorf("the tag %s has a character that tags cannot have: use letters, digits, blanks and _.:/=+-@", quote(s))
	}
	return partnercentral.Tag{Key: aws.String(key), Value: aws.String(value)}, nil
}

func notInTags(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Z, r) && !strings.ContainsRune("_.:/=+-@", r)
}

// Word returns the one of words that s means, in any case of letters. what
// names the thing in the sentence of the mistake.
func Word[W ~string](what, s string, words []W) (W, error) {
	for _, w := range words {
		if strings.EqualFold(s, string(w)) {
			return w, nil
		}
	}
	return "", usage.Errorf("%s is not a %s: type %s", quote(s), what, oneOf(words))
}

func oneOf[W ~string](words []W) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = string(w)
		if strings.Contains(quoted[i], " ") {
			quoted[i] = fmt.Sprintf("%q", w)
		}
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
}

// Kind is a word for the tasks of one kind: the command that starts them.
type Kind string

// The kinds, by their commands.
const (
	Accept   Kind = "accept"
	Submit   Kind = "submit"
	Lead     Kind = "lead"
	Prospect Kind = "prospect"
)

// Kinds returns all of them.
func Kinds() []Kind { return []Kind{Accept, Submit, Lead, Prospect} }

var taskKinds = []partnercentral.TaskKind{
	partnercentral.TaskKindEngagementByAcceptingInvitation,
	partnercentral.TaskKindEngagementFromOpportunity,
	partnercentral.TaskKindOpportunityFromEngagement,
	partnercentral.TaskKindProspectingFromEngagement,
}

// KindOf returns the word for a kind of tasks.
func KindOf(kind partnercentral.TaskKind) Kind {
	if i := slices.Index(taskKinds, kind); i >= 0 {
		return Kinds()[i]
	}
	return Kind(kind)
}

// TaskKind returns the kind of tasks for a word.
func (k Kind) TaskKind() partnercentral.TaskKind {
	return taskKinds[slices.Index(Kinds(), k)]
}

func consists(s, of string) bool { return strings.Trim(s, of) == "" }

func isID(s, prefix string, length int) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	return ok && len(rest) == length && consists(rest, lowercase)
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") && len(s) <= 255 }

// quote shows what was typed, whatever is in it.
func quote(s string) string {
	if s == "" {
		return "an empty text"
	}
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

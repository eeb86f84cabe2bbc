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
	if isOpportunity(s) {
		return nil
	}
	if near, ok := nearly(s, isOpportunity); ok {
		return usage.Errorf("%s is not the id of an opportunity, which begins with a capital letter O: type %s", quote(s), near)
	}
	return usage.Errorf("%s is not the id of an opportunity: type a capital O and its digits, such as O1234567", quote(s))
}

func isOpportunity(s string) bool {
	rest, ok := strings.CutPrefix(s, "O")
	return ok && 1 <= len(rest) && len(rest) <= 19 && consists(rest, digits)
}

// Invitation checks the id or ARN of an invitation.
func Invitation(s string) error {
	if isInvitation(s) || isInvitationARN(s) {
		return nil
	}
	if near, ok := nearly(s, isInvitation); ok {
		return usage.Errorf("%s is not the id of an invitation, which is engi- and letters and digits in lower case: type %s", quote(s), near)
	}
	return usage.Errorf("%s is not the id of an invitation: type engi- and its %d letters and digits, such as engi-0000001abc3de", quote(s), idLength)
}

func isInvitation(s string) bool { return isID(s, "engi-", idLength) }

func isInvitationARN(s string) bool {
	arn, ok := ParseARN(s)
	return ok && len(s) <= 255 && len(arn.Resource) == 4 && arn.Resource[2] == "engagement-invitation" && isInvitation(arn.Resource[3])
}

// Engagement checks the id of an engagement.
func Engagement(s string) error {
	if isEngagement(s) {
		return nil
	}
	if near, ok := nearly(s, isEngagement); ok {
		return usage.Errorf("%s is not the id of an engagement, which is eng- and letters and digits in lower case: type %s", quote(s), near)
	}
	return usage.Errorf("%s is not the id of an engagement: type eng- and its %d letters and digits, such as eng-0000001abc3def", quote(s), longLength)
}

func isEngagement(s string) bool { return isID(s, "eng-", longLength) }

// Task checks the id of a task, and reports whether it is one of prospecting.
func Task(s string) (prospecting bool, err error) {
	if isTask(s) {
		return isID(s, "task-", longLength), nil
	}
	if near, ok := nearly(s, isTask); ok {
		return false, usage.Errorf("%s is not the id of a task, which is task- and letters and digits in lower case: type %s", quote(s), near)
	}
	return false, usage.Errorf("%s is not the id of a task: type task- and its %d or %d letters and digits, such as task-0000001abc3de", quote(s), idLength, longLength)
}

func isTask(s string) bool { return isID(s, "task-", idLength) || isID(s, "task-", longLength) }

// Nearly returns the id of whatever kind that is meant by what is none.
func Nearly(s string) (string, bool) {
	return nearly(s, func(id string) bool { return isOpportunity(id) || isInvitation(id) || isEngagement(id) || isTask(id) })
}

// nearly returns the id that is meant by what has blanks around it, the wrong case
// of letters, a zero for the letter O, or is an ARN.
func nearly(s string, is func(string) bool) (string, bool) {
	s = strings.TrimSpace(s)
	s = s[strings.LastIndex(s, "/")+1:]
	for _, id := range []string{s, strings.ToLower(s), strings.ToUpper(s), "O" + strings.TrimPrefix(s, "0")} {
		if is(id) {
			return id, true
		}
	}
	return "", false
}

// ARN is what an ARN of the service says of where a thing is.
type ARN struct {
	Partition, Region, Account string
	Resource                   []string // catalog, its name, a kind, an id
}

// ParseARN reports whether a text is an ARN of the service.
func ParseARN(s string) (ARN, bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "partnercentral" && parts[2] != "partnercentral-selling" {
		return ARN{}, false
	}
	arn := ARN{Partition: parts[1], Region: parts[3], Account: parts[4], Resource: strings.Split(parts[5], "/")}
	return arn, len(arn.Resource) >= 4 && arn.Resource[0] == "catalog"
}

// CheckARN refuses an ARN of another place than a catalog and, where that is
// known, an account. What is no ARN passes.
func CheckARN(s, catalog, account string) error {
	arn, ok := ParseARN(s)
	if !ok {
		return nil
	}
	switch of := arn.Resource[1]; {
	case of != catalog && of != partnercentral.CatalogAWS && of != partnercentral.CatalogSandbox:
		return usage.Errorf("%s has the catalog %s, and there are AWS and Sandbox alone: type the ARN as it was shown", s, quote(of))
	case of != catalog:
		return usage.Errorf("%s is in the %s catalog: type --catalog %s", s, of, of)
	case arn.Partition == "aws" && arn.Region != "us-east-1":
		return usage.Errorf("%s is in the region %s, and the service is in us-east-1 alone: type the ARN as it was shown", s, quote(arn.Region))
	case account != "" && arn.Account != "" && arn.Account != account:
		return usage.Errorf("%s is in the account %s, and the credentials are for %s: name a profile of that account with --profile", s, arn.Account, account)
	}
	return nil
}

// Context checks the number of a context in an engagement.
func Context(s string) error {
	if isContext(s) {
		return nil
	}
	if near, ok := nearly(s, isContext); ok {
		return usage.Errorf("%s is not the number of a context: type %s", quote(s), near)
	}
	return usage.Errorf("%s is not the number of a context: type the number that the engagement gives it, such as 1", quote(s))
}

func isContext(s string) bool { return s != "" && s[0] != '0' && consists(s, digits) }

// Tags reads several of key=value.
func Tags(texts []string) (tags []partnercentral.Tag, err error) {
	for _, text := range texts {
		tag, err := Tag(text)
		if err != nil {
			return nil, err
		}
		same := func(t partnercentral.Tag) bool { return *t.Key == *tag.Key }
		if slices.ContainsFunc(tags, same) {
			return nil, usage.Errorf("the tag %s is there twice: type it once", quote(*tag.Key))
		}
		tags = append(tags, tag)
	}
	if len(tags) > 200 {
		return nil, usage.Errorf("there are %d tags, and 200 are allowed: leave some out", len(tags))
	}
	return tags, nil
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

package partnercentral

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/smithy-go"
)

// Inputs are checked against the model before anything is signed: required
// members, patterns, lengths and sizes of lists. Enum values are not checked,
// since the service may know more of them than this package. No problem's text
// has a value in it.

// validator collects the problems of one input.
type validator struct {
	operation string
	problems  smithy.InvalidParamsError
}

func newValidator(operation string) *validator { return &validator{operation: operation} }

func (v *validator) err() error {
	if v.problems.Len() == 0 {
		return nil
	}
	return v.problems
}

func (v *validator) problem(err smithy.InvalidParamError) {
	// Here, and so not for every call: the name of the shape is a new string.
	v.problems.Context = v.operation + "Input"
	v.problems.Add(err)
}

func (v *validator) add(field, format string, args ...any) {
	v.problem(&paramError{field: field, reason: fmt.Sprintf(format, args...)})
}

func (v *validator) missing(field string) {
	v.problem(smithy.NewErrParamRequired(field))
}

// paramError is one problem, a smithy.InvalidParamError.
type paramError struct {
	context, nested, field, reason string
}

func (e *paramError) Error() string { return e.reason + ", " + e.Field() + "." }

func (e *paramError) Field() string {
	path := e.field
	for _, outer := range []string{e.nested, e.context} {
		switch {
		case outer == "":
		case strings.HasPrefix(path, "["):
			path = outer + path
		default:
			path = outer + "." + path
		}
	}
	return path
}

func (e *paramError) SetContext(ctx string) { e.context = ctx }

func (e *paramError) AddNestedContext(ctx string) {
	if e.nested == "" || strings.HasPrefix(e.nested, "[") {
		e.nested = ctx + e.nested
		return
	}
	e.nested = ctx + "." + e.nested
}

// format is a pattern of the model.
type format struct {
	description string
	match       func(string) bool
	// hint says what a refused value seems to be and where it belongs, or
	// nothing. nil has no hints.
	hint func(string) string
}

func (f format) check(v *validator, field, value string) {
	if f.match(value) {
		return
	}
	if f.hint != nil {
		if hint := f.hint(value); hint != "" {
			v.add(field, "value must be %s; %s", f.description, hint)
			return
		}
	}
	v.add(field, "value must be %s", f.description)
}

// The patterns of the model (service model of 2022-07-26), taken to describe
// the whole value.
var (
	catalogName = format{description: "letters only, such as AWS or Sandbox", match: func(s string) bool {
		return s != "" && strings.Trim(s, letters) == ""
	}}
	opportunityIdentifier = format{description: "an opportunity id, O and 1 to 19 digits; an ARN is not accepted", match: func(s string) bool {
		digits, ok := strings.CutPrefix(s, "O")
		return ok && 1 <= len(digits) && len(digits) <= 19 && strings.Trim(digits, "0123456789") == ""
	}}
	engagementInvitationArnOrIdentifier = format{description: "an invitation id, engi- and 13 of 0-9 and a-z, or an ARN, of at most 255 characters", match: func(s string) bool {
		return (isARN(s) || isID(s, "engi-", 13)) && utf8.RuneCountInString(s) <= 255
	}}
	engagementArnOrIdentifier = format{description: "an engagement id, eng- and 14 of 0-9 and a-z, or an ARN", match: func(s string) bool {
		return isARN(s) || isID(s, "eng-", 14)
	}}
	engagementIdentifier = format{description: "an engagement id, eng- and 14 of 0-9 and a-z; an ARN is not accepted", match: func(s string) bool {
		return isID(s, "eng-", 14)
	}}
	contextIdentifier = format{description: "the number of a context, without leading zeros", match: func(s string) bool {
		return s != "" && s[0] != '0' && strings.Trim(s, "0123456789") == ""
	}}
)

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// isID tells whether s is the prefix followed by n digits or lower-case letters.
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

func (v *validator) required(field string, value *string, f format) {
	if deref(value) == "" {
		v.missing(field)
		return
	}
	f.check(v, field, *value)
}

func (v *validator) catalog(value *string) { v.required("Catalog", value, catalogName) }

func (v *validator) clientToken(value *string) {
	const field = "ClientToken"
	token := deref(value)
	switch n := utf8.RuneCountInString(token); {
	case token == "":
		v.missing(field)
	case n > 255:
		v.add(field, "value must have 1 to 255 characters and has %d", n)
	case !utf8.ValidString(token) || strings.ContainsAny(token, "\r\n"):
		v.add(field, "value must be valid UTF-8 without line breaks")
	}
}

// size checks the length of an optional list; it tells whether the entries are
// worth a look.
func (v *validator) size(field string, n int, isNil bool, most int) bool {
	switch {
	case isNil:
		return false
	case n == 0:
		v.add(field, "list must have 1 to %d entries and is empty: leave it nil", most)
		return false
	case n > most:
		v.add(field, "list must have 1 to %d entries and has %d", most, n)
		return false
	}
	return true
}

func (v *validator) list(field string, values []string, f format) { v.listOf(field, values, f, 10) }

func (v *validator) listOf(field string, values []string, f format, most int) {
	if !v.size(field, len(values), values == nil, most) {
		return
	}
	for i, value := range values {
		f.check(v, fmt.Sprintf("%s[%d]", field, i), value)
	}
}

func (v *validator) taskStatus(values []TaskStatus) {
	if !v.size("TaskStatus", len(values), values == nil, 3) {
		return
	}
	for i, value := range values {
		if value == "" {
			v.missing(fmt.Sprintf("TaskStatus[%d]", i))
		}
	}
}

func (v *validator) maxResults(value *int32, most int32) {
	if value != nil && (*value < 1 || *value > most) {
		v.add("MaxResults", "value must be 1 to %d and is %d", most, *value)
	}
}

func (v *validator) page(maxResults *int32, nextToken *string) {
	v.maxResults(maxResults, 1000)
	if nextToken != nil {
		if n := utf8.RuneCountInString(*nextToken); n < 1 || n > 2048 {
			v.add("NextToken", "value must have 1 to 2048 characters and has %d", n)
		}
	}
}

func (v *validator) sort(sort *ListTasksSortBase) {
	if sort != nil {
		v.order(string(sort.SortBy), sort.SortOrder)
	}
}

func (v *validator) order(by string, order SortOrder) {
	if by == "" {
		v.missing("Sort.SortBy")
	}
	if order == "" {
		v.missing("Sort.SortOrder")
	}
}

// time checks that an optional time can be written as RFC 3339.
func (v *validator) time(field string, at *time.Time) {
	if at == nil {
		return
	}
	if year := at.UTC().Year(); year < 0 || year > 9999 {
		v.add(field, "the year must be 0 to 9999 and is %d", year)
	}
}

func (v *validator) awsSubmission(s *AwsSubmission) {
	switch {
	case s == nil:
		v.missing("AwsSubmission")
	case s.InvolvementType == "":
		v.missing("AwsSubmission.InvolvementType")
	}
}

func (v *validator) tags(tags []Tag) {
	if !v.size("Tags", len(tags), tags == nil, 200) {
		return
	}
	for i, tag := range tags {
		key, value := fmt.Sprintf("Tags[%d].Key", i), fmt.Sprintf("Tags[%d].Value", i)
		if tag.Key == nil {
			v.missing(key)
		} else {
			v.tagText(key, *tag.Key, 1, 128)
		}
		if tag.Value == nil {
			v.missing(value)
		} else {
			v.tagText(value, *tag.Value, 0, 256)
		}
	}
}

func (v *validator) tagText(field, value string, least, most int) {
	if n := utf8.RuneCountInString(value); n < least || n > most {
		v.add(field, "value must have %d to %d characters and has %d", least, most, n)
		return
	}
	if strings.ContainsFunc(value, notTagRune) || !utf8.ValidString(value) {
		v.add(field, "value must be of letters, separators, numbers and _.:/=+-@")
	}
}

func notTagRune(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r)
}

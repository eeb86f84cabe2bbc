// Package validate checks what callers pass in, and collects everything that
// is wrong with it as one [smithy.InvalidParamsError]. No text of a problem
// contains the value that it is about.
package validate

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// Problems collects what is wrong with one set of parameters. The zero value
// is ready for use; Input and Of give it a name.
type Problems struct {
	name, suffix string
	found        smithy.InvalidParamsError
}

// Input returns the collector for an input of the operation.
func Input(operation string) *Problems { return &Problems{name: operation, suffix: "Input"} }

// Of returns a collector for parameters that are called name in errors.
func Of(name string) *Problems { return &Problems{name: name} }

// Err returns a [smithy.InvalidParamsError] of all problems, or nil if there
// are none.
func (p *Problems) Err() error {
	if p.found.Len() == 0 {
		return nil
	}
	return p.found
}

func (p *Problems) add(err smithy.InvalidParamError) {
	// Joined here and not in Input, so that a call without problems does not
	// allocate a string.
	p.found.Context = p.name + p.suffix
	p.found.Add(err)
}

// Add records a problem with a field. The field may be a path such as
// Tags[1].Key.
func (p *Problems) Add(field, format string, args ...any) {
	p.add(&paramError{field: field, reason: fmt.Sprintf(format, args...)})
}

// Wrong records a problem that is said of the field, such as "is empty".
func (p *Problems) Wrong(field, problem string) { p.Add(field, "%s %s", field, problem) }

// Missing records that a required field is not set.
func (p *Problems) Missing(field string) { p.add(smithy.NewErrParamRequired(field)) }

// Required checks a field that must be set and have the format.
func (p *Problems) Required(field string, value *string, f Format) {
	if aws.ToString(value) == "" {
		p.Missing(field)
		return
	}
	p.check(field, *value, f)
}

func (p *Problems) check(field, value string, f Format) {
	if f.Match(value) {
		return
	}
	if f.Hint != nil {
		if hint := f.Hint(value); hint != "" {
			p.Add(field, "value must be %s; %s", f.Description, hint)
			return
		}
	}
	p.Add(field, "value must be %s", f.Description)
}

// Catalog checks the member that every input has.
func (p *Problems) Catalog(value *string) { p.Required("Catalog", value, catalogName) }

// ClientToken checks the token of a Start.
func (p *Problems) ClientToken(value *string) {
	const field = "ClientToken"
	token := aws.ToString(value)
	switch n := utf8.RuneCountInString(token); {
	case value == nil:
		p.Missing(field)
	case token == "":
		// Filling it in would start a task twice in silence.
		p.Add(field, "value is empty: leave it nil to have one filled in, or set one of your own")
	case n > 255:
		p.Add(field, "value must have 1 to 255 characters and has %d", n)
	case !utf8.ValidString(token) || strings.ContainsAny(token, "\r\n"):
		p.Add(field, "value must be valid UTF-8 without line breaks")
	}
}

// Size checks the length of an optional list. It reports whether the list has
// entries that are worth checking.
func (p *Problems) Size(field string, n int, isNil bool, most int) bool {
	switch {
	case isNil:
		return false
	case n == 0:
		p.Add(field, "list must have 1 to %d entries and is empty: leave it nil", most)
		return false
	case n > most:
		p.Add(field, "list must have 1 to %d entries and has %d", most, n)
		return false
	}
	return true
}

// List checks an optional list of 1 to most entries.
func (p *Problems) List(field string, values []string, most int, f Format) {
	if !p.Size(field, len(values), values == nil, most) {
		return
	}
	for i, value := range values {
		p.check(fmt.Sprintf("%s[%d]", field, i), value, f)
	}
}

// Enum checks an optional list of 1 to most words. Words that are not known
// pass, since the service may know more of them.
func Enum[E ~string](p *Problems, field string, values []E, most int) {
	if !p.Size(field, len(values), values == nil, most) {
		return
	}
	for i, value := range values {
		if value == "" {
			p.Missing(fmt.Sprintf("%s[%d]", field, i))
		}
	}
}

// MaxResults checks the optional size of a page.
func (p *Problems) MaxResults(value *int32, most int32) {
	if value != nil && (*value < 1 || *value > most) {
		p.Add("MaxResults", "value must be 1 to %d and is %d", most, *value)
	}
}

// NextToken checks the optional token of a page.
func (p *Problems) NextToken(value *string) {
	if value == nil {
		return
	}
	if n := utf8.RuneCountInString(*value); n < 1 || n > 2048 {
		p.Add("NextToken", "value must have 1 to 2048 characters and has %d", n)
	}
}

// Sort checks both members of an order that is set.
func (p *Problems) Sort(by, order string) {
	if by == "" {
		p.Missing("Sort.SortBy")
	}
	if order == "" {
		p.Missing("Sort.SortOrder")
	}
}

// Time checks that an optional time can be written as RFC 3339.
func (p *Problems) Time(field string, at *time.Time) {
	if at == nil {
		return
	}
	if year := at.UTC().Year(); year < 0 || year > 9999 {
		p.Add(field, "the year must be 0 to 9999 and is %d", year)
	}
}

// Tag checks the tag at an index of Tags.
func (p *Problems) Tag(index int, key, value *string) {
	p.tagText(fmt.Sprintf("Tags[%d].Key", index), key, 1, 128)
	p.tagText(fmt.Sprintf("Tags[%d].Value", index), value, 0, 256)
}

func (p *Problems) tagText(field string, text *string, least, most int) {
	if text == nil {
		p.Missing(field)
		return
	}
	if n := utf8.RuneCountInString(*text); n < least || n > most {
		p.Add(field, "value must have %d to %d characters and has %d", least, most, n)
		return
	}
	if strings.ContainsFunc(*text, notTagRune) || !utf8.ValidString(*text) {
		p.Add(field, "value must be of letters, separators, numbers and _.:/=+-@")
	}
}

// paramError is one problem, a smithy.InvalidParamError. The SDK's own errors
// have no room for a reason.
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

package partnercentraltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cosell-dev/partnercentral-go"
)

// The fake reads requests with code of its own, from its own table of members,
// so that a mistake in the library's encoding or checks shows.

// member is one member of a request and what the model says about it.
type member struct {
	name     string
	kind     memberKind
	required bool
	min, max int
	pattern  *regexp.Regexp
	enum     []string
	fields   []member // of a structure
	element  *member  // of a list
	// unique names the field of a list's structures that must differ.
	unique string
}

type memberKind int

const (
	kindText memberKind = iota
	kindInteger
	kindStructure
	kindList
	kindTime
)

func required(m member) member {
	m.required = true
	return m
}

// patterned is a string of min to max characters that matches a pattern of the
// model as a whole.
func patterned(name, pattern string, min, max int) member {
	m := member{name: name, min: min, max: max}
	if pattern != "" {
		m.pattern = regexp.MustCompile(`\A` + pattern + `\z`)
	}
	return m
}

func oneOf[T ~string](name string, values []T) member {
	m := member{name: name, max: 1 << 20}
	for _, v := range values {
		m.enum = append(m.enum, string(v))
	}
	return m
}

// timestamp is a string in the form of RFC 3339.
func timestamp(name string) member { return member{name: name, kind: kindTime} }

func structure(name string, fields ...member) member {
	return member{name: name, kind: kindStructure, fields: fields}
}

func listOf(element member, min, max int) member {
	return member{name: element.name, kind: kindList, element: &element, min: min, max: max}
}

func catalogMember() member {
	return required(oneOf("Catalog", []string{partnercentral.CatalogAWS, partnercentral.CatalogSandbox}))
}

func clientTokenMember() member { return required(patterned("ClientToken", ".{1,255}", 1, 255)) }

func tagsMember() member {
	const chars = `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`
	tags := listOf(structure("Tags", required(patterned("Key", chars, 1, 128)), required(patterned("Value", chars, 0, 256))), 1, 200)
	tags.unique = "Key"
	return tags
}

func maxResultsMember(max int) member {
	return member{name: "MaxResults", kind: kindInteger, min: 1, max: max}
}

func nextTokenMember() member { return patterned("NextToken", "", 1, 2048) }

func sortMember[T ~string](names []T) member {
	return structure("Sort", required(oneOf("SortBy", names)), required(oneOf("SortOrder", partnercentral.SortOrder("").Values())))
}

// problem is one entry of a ValidationException's ErrorList.
type problem struct {
	FieldName string
	Message   string
	Code      partnercentral.ValidationExceptionErrorCode
	// unknown is whether the model has no such member.
	unknown bool
}

// problems collects everything that is wrong with a request.
type problems []problem

func (p *problems) add(path string, code partnercentral.ValidationExceptionErrorCode, format string, args ...any) {
	*p = append(*p, problem{FieldName: path, Message: fmt.Sprintf(format, args...), Code: code})
}

// parse reads a body as one JSON object. Numbers keep their digits.
func parse(body []byte) (map[string]any, *refusal) {
	if len(bytes.TrimSpace(body)) == 0 {
		// An AWS JSON service takes no body for an empty structure.
		return map[string]any{}, nil
	}
	if !utf8.Valid(body) {
		return nil, serialization("the body is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, serialization("the body is not JSON: %v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, serialization("the body goes on after its JSON value")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, serialization("%s can not be converted to a structure", jsonKind(value))
	}
	return object, nil
}

// check compares an object with the members of its structure. A wrong type is
// refused at once, as the front end does; all other problems are collected.
func check(members []member, object map[string]any, path string, found *problems) *refusal {
	for _, m := range members {
		value, ok := object[m.name]
		if !ok || value == nil {
			delete(object, m.name)
			if m.required {
				found.add(path+m.name, partnercentral.ValidationExceptionErrorCodeRequiredFieldMissing, "required")
			}
			continue
		}
		if refused := m.check(value, path+m.name, found); refused != nil {
			return refused
		}
	}
	if len(object) <= len(members) && allNamed(members, object) {
		return nil
	}
	for name, value := range object {
		if value == nil {
			delete(object, name)
		}
		if !named(members, name) {
			*found = append(*found, problem{FieldName: path + name, Code: partnercentral.ValidationExceptionErrorCodeInvalidValue, unknown: true,
				Message: fmt.Sprintf("no such member, did you mean %s%s?", path, nearest(name, names(members)))})
		}
	}
	return nil
}

func allNamed(members []member, object map[string]any) bool {
	for name := range object {
		if !named(members, name) {
			return false
		}
	}
	return true
}

func named(members []member, name string) bool {
	for i := range members {
		if members[i].name == name {
			return true
		}
	}
	return false
}

func names(members []member) []string {
	all := make([]string, len(members))
	for i, m := range members {
		all[i] = m.name
	}
	return all
}

func (m *member) check(value any, path string, found *problems) *refusal {
	switch m.kind {
	case kindInteger:
		return m.checkInteger(value, path, found)
	case kindStructure:
		object, ok := value.(map[string]any)
		if !ok {
			return mistyped(path, value, "a structure")
		}
		return check(m.fields, object, path+".", found)
	case kindList:
		return m.checkList(value, path, found)
	}
	s, ok := value.(string)
	if !ok {
		return mistyped(path, value, "a String")
	}
	if m.kind == kindTime {
		// The front end reads times, so a bad one is a matter of form.
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return serialization("%q is no timestamp of RFC 3339 (%s)", s, path)
		}
		return nil
	}
	m.checkText(s, path, found)
	return nil
}

func (m *member) checkText(s, path string, found *problems) {
	switch n := utf8.RuneCountInString(s); {
	case m.enum != nil:
		if slices.Contains(m.enum, s) {
			return
		}
		found.add(path, partnercentral.ValidationExceptionErrorCodeInvalidEnumValue, "must be one of: %s", strings.Join(m.enum, ", "))
	case n < m.min || n > m.max:
		found.add(path, partnercentral.ValidationExceptionErrorCodeInvalidStringFormat, "must have %d to %d characters, has %d", m.min, m.max, n)
	case m.pattern != nil && !m.pattern.MatchString(s):
		pattern := m.pattern.String()
		found.add(path, partnercentral.ValidationExceptionErrorCodeInvalidStringFormat, "must match %s", pattern[2:len(pattern)-2])
	}
}

func (m *member) checkInteger(value any, path string, found *problems) *refusal {
	number, ok := value.(json.Number)
	if !ok {
		return mistyped(path, value, "an Integer")
	}
	n, err := number.Float64()
	switch {
	case err == nil && n != math.Trunc(n):
		return mistyped(path, value, "an Integer")
	case err != nil || n < float64(m.min) || n > float64(m.max):
		found.add(path, partnercentral.ValidationExceptionErrorCodeValueOutOfRange, "must be between %d and %d", m.min, m.max)
	}
	return nil
}

func (m *member) checkList(value any, path string, found *problems) *refusal {
	list, ok := value.([]any)
	if !ok {
		return mistyped(path, value, "a list")
	}
	switch {
	case len(list) < m.min:
		found.add(path, partnercentral.ValidationExceptionErrorCodeNotEnoughValues, "must have %d to %d entries, has %d", m.min, m.max, len(list))
	case len(list) > m.max:
		found.add(path, partnercentral.ValidationExceptionErrorCodeTooManyValues, "must have %d to %d entries, has %d", m.min, m.max, len(list))
		return nil
	}
	seen := map[any]bool{}
	for i, value := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if value == nil {
			return mistyped(at, value, "an entry of the list")
		}
		if refused := m.element.check(value, at, found); refused != nil {
			return refused
		}
		if m.unique != "" {
			key := value.(map[string]any)[m.unique]
			if key != nil && seen[key] {
				found.add(at+"."+m.unique, partnercentral.ValidationExceptionErrorCodeDuplicateKeyValue, "the same as in an earlier entry")
			}
			seen[key] = true
		}
	}
	return nil
}

func mistyped(path string, value any, want string) *refusal {
	return serialization("%s can not be converted to %s (%s)", jsonKind(value), want, path)
}

func jsonKind(value any) string {
	switch value.(type) {
	case nil:
		return "NULL_VALUE"
	case bool:
		return "BOOLEAN_VALUE"
	case json.Number:
		return "NUMBER_VALUE"
	case string:
		return "STRING_VALUE"
	case []any:
		return "START_ARRAY"
	}
	return "START_OBJECT"
}

// canonical writes the parameters of a request without its token, in one form
// for all orders of members and kinds of white space.
func canonical(object map[string]any) string {
	token, had := object["ClientToken"]
	delete(object, "ClientToken")
	text, _ := json.Marshal(object) // maps, lists, strings and numbers that were just decoded
	if had {
		object["ClientToken"] = token
	}
	return string(text)
}

// stringsOf returns the entries of a list member that was checked.
func stringsOf(object map[string]any, name string) []string {
	list, _ := object[name].([]any)
	values := make([]string, 0, len(list))
	for _, value := range list {
		if s, ok := value.(string); ok {
			values = append(values, s)
		}
	}
	return values
}

func stringOf(object map[string]any, name string) string {
	s, _ := object[name].(string)
	return s
}

package partnercentraltest

import (
	"fmt"
	"slices"
	"strings"
)

// Matcher narrows a script, a fault or an answer down to some calls of its
// operation.
type Matcher struct {
	what   string
	values []string
	of     func(*command) []string
	// member is its name in a script in JSON, reads the members of a request
	// that it looks at.
	member string
	reads  []string
}

func (m Matcher) matches(c *command) bool {
	for _, value := range m.of(c) {
		if slices.Contains(m.values, lastPart(value)) || slices.Contains(m.values, value) {
			return true
		}
	}
	return false
}

func (m Matcher) String() string {
	quoted := make([]string, len(m.values))
	for i, v := range m.values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return m.what + "(" + strings.Join(quoted, ", ") + ")"
}

// WithToken matches Starts with one of these client tokens.
func WithToken(tokens ...string) Matcher {
	return Matcher{"WithToken", tokens, func(c *command) []string { return []string{c.token} }, "tokens", []string{"ClientToken"}}
}

// WithIdentifier matches Starts for one of these opportunities, invitations or
// engagements, where a Start has several for at least one of them. An id also
// matches a request that has the ARN which ends in it.
//
// Of an operation that the fake does not model it matches every member whose
// name ends in Identifier.
func WithIdentifier(ids ...string) Matcher {
	return Matcher{"WithIdentifier", ids, func(c *command) []string {
		if len(c.identifiers) > 0 {
			return c.identifiers
		}
		return []string{c.identifier}
	}, "identifiers", []string{"Identifier", "Identifiers"}}
}

// WithTaskID matches Lists and Gets that ask for at least one of these tasks by
// id, in their TaskIdentifier.
func WithTaskID(ids ...string) Matcher {
	return Matcher{"WithTaskID", ids, func(c *command) []string { return c.taskIDs }, "taskIds", []string{"TaskIdentifier"}}
}

// WithCatalog matches calls for this catalog.
func WithCatalog(catalog string) Matcher {
	return Matcher{"WithCatalog", []string{catalog}, func(c *command) []string { return []string{c.catalog} }, "catalog", []string{"Catalog"}}
}

// scope is which calls a script or a fault is for, and where it was declared.
type scope struct {
	op       Operation
	matchers []Matcher
	where    string
}

func (s *scope) matches(c *command) bool {
	if c.op.name != s.op {
		return false
	}
	for _, m := range s.matchers {
		if !m.matches(c) {
			return false
		}
	}
	return true
}

func (s *scope) String() string {
	var text strings.Builder
	text.WriteString(string(s.op))
	for _, m := range s.matchers {
		text.WriteString(" " + m.String())
	}
	return text.String()
}

package partnercentraltest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// node is a JSON value of a script, with the line that it is in: mistakes in a
// script are told with their place.
type node struct {
	line int
	// value is a string, bool, json.Number, []node, map[string]node or nil.
	value any
	// raw is the text of the value.
	raw []byte
}

// readTree reads one JSON object and nothing after it.
func readTree(r io.Reader) (node, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return node{}, err
	}
	var syntax *json.SyntaxError
	decoder := json.NewDecoder(bytes.NewReader(text))
	var raw json.RawMessage
	switch err := decoder.Decode(&raw); {
	case errors.As(err, &syntax):
		return node{}, fmt.Errorf("%w (line %d)", err, lineOf(text, int(syntax.Offset)))
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return node{}, errors.New("unexpected EOF: the text is no whole JSON value")
	case err != nil:
		return node{}, err
	}
	if rest := bytes.TrimSpace(text[decoder.InputOffset():]); len(rest) > 0 {
		return node{}, fmt.Errorf("more text after the JSON value (line %d)", lineOf(text, len(text)-len(rest)))
	}
	t := treeReader{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	t.decoder.UseNumber()
	n := t.value()
	return n, t.err
}

func lineOf(text []byte, offset int) int {
	return 1 + bytes.Count(text[:min(offset, len(text))], []byte("\n"))
}

// treeReader reads text that is known to be JSON.
type treeReader struct {
	text     []byte
	decoder  *json.Decoder
	counted  int
	newlines int
	err      error
}

// line is the line of the token that was read last.
func (t *treeReader) line() int {
	at := int(t.decoder.InputOffset())
	t.newlines += bytes.Count(t.text[t.counted:at], []byte("\n"))
	t.counted = at
	return 1 + t.newlines
}

func (t *treeReader) value() node {
	token, _ := t.decoder.Token() // the text is JSON
	n := node{line: t.line(), value: token}
	begin := int(t.decoder.InputOffset())
	switch token {
	case json.Delim('['):
		items := []node{}
		for t.decoder.More() {
			items = append(items, t.value())
		}
		n.value = items
	case json.Delim('{'):
		members := map[string]node{}
		for t.decoder.More() {
			name, _ := t.decoder.Token() // a string
			line := t.line()
			if _, twice := members[name.(string)]; twice && t.err == nil {
				t.err = fmt.Errorf("the member %q is given twice (line %d)", name, line)
			}
			member := t.value()
			member.line = line
			members[name.(string)] = member
		}
		n.value = members
	default:
		return n
	}
	t.decoder.Token() // the closing bracket
	n.raw = t.text[begin-1 : t.decoder.InputOffset()]
	return n
}

// mistakes collects what is wrong with a script, all of it.
type mistakes []string

func (m *mistakes) add(place string, line int, text string) {
	if place != "" {
		text = place + ": " + text
	}
	if line > 0 {
		text = fmt.Sprintf("%s (line %d)", text, line)
	}
	*m = append(*m, text)
}

func (m mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return errors.New("partnercentraltest: " + strings.Join(m, "\n"))
}

// entry is an object of a script while its members are read.
type entry struct {
	place   string
	line    int
	members map[string]node
	found   *mistakes
}

// object reads a node as an object with members of these names.
func (n node) object(place string, found *mistakes, names ...string) (*entry, bool) {
	members, ok := n.value.(map[string]node)
	if !ok {
		found.add(place, n.line, "it is a JSON object, not "+kindOf(n.value))
		return nil, false
	}
	e := &entry{place: place, line: n.line, members: members, found: found}
	for _, name := range slices.SortedFunc(maps.Keys(members), func(a, b string) int {
		return cmp.Or(cmp.Compare(members[a].line, members[b].line), strings.Compare(a, b))
	}) {
		switch member := members[name]; {
		case !slices.Contains(names, name):
			found.add(place, member.line, fmt.Sprintf("unknown member %q, did you mean %q?", name, nearest(name, names)))
		case member.value == nil:
			e.mistake(name, "it is null: leave out what has no value")
		}
	}
	return e, true
}

// has reports whether the object has a member that is not null.
func (e *entry) has(name string) bool { return e.members[name].value != nil }

func (e *entry) mistake(member, format string, args ...any) {
	place, line := e.place, e.line
	if n, ok := e.members[member]; ok {
		line = n.line
	}
	switch {
	case place == "":
		place = member
	case member != "":
		place += ", " + member
	}
	e.found.add(place, line, fmt.Sprintf(format, args...))
}

func (e *entry) text(name string) string {
	s, ok := e.members[name].value.(string)
	if !ok && e.has(name) {
		e.mistake(name, "it is a text, not %s", kindOf(e.members[name].value))
	}
	return s
}

func (e *entry) flag(name string) bool {
	b, ok := e.members[name].value.(bool)
	if !ok && e.has(name) {
		e.mistake(name, "it is true or false, not %s", kindOf(e.members[name].value))
	}
	return b
}

// number reads a whole number, or returns missing where there is none.
func (e *entry) number(name string, missing int) int {
	if !e.has(name) {
		return missing
	}
	number, ok := e.members[name].value.(json.Number)
	n, err := number.Float64() // 2.0 is a whole number, too
	if !ok || err != nil || float64(int32(n)) != n {
		e.mistake(name, "it is a whole number up to 2147483647, not %s", kindOf(e.members[name].value))
		return missing
	}
	return int(n)
}

func (e *entry) duration(name string) time.Duration {
	if !e.has(name) {
		return 0
	}
	s := e.text(name)
	d, err := time.ParseDuration(s)
	if _, ok := e.members[name].value.(string); ok && err != nil {
		e.mistake(name, "it is a time such as \"1m30s\", not %q", s)
	}
	return d
}

func (e *entry) list(name string) []node {
	items, ok := e.members[name].value.([]node)
	if !ok && e.has(name) {
		e.mistake(name, "it is a list, not %s", kindOf(e.members[name].value))
	}
	return items
}

func (e *entry) texts(name string) []string {
	texts := []string{}
	for _, item := range e.list(name) {
		s, ok := item.value.(string)
		if !ok {
			e.mistake(name, "it is a list of texts, not of %s", kindOf(item.value))
			continue
		}
		texts = append(texts, s)
	}
	return texts
}

// kindOf names a JSON value as people do.
func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("the text %q", v)
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return "the number " + v.String()
	case []node:
		return "a list"
	}
	return "an object"
}

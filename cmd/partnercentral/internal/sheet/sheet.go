// Package sheet reads the file of a bulk run: CSV with any usual separator, or
// JSON Lines. A row is a line, so that what is wrong with one costs no other.
package sheet

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// Row is a line of the file.
type Row struct {
	Line int
	Kind target.Kind
	Identity
	Values

	// What is wrong with the row, with line and column; empty for a good one.
	Problem string
}

// Identity is what makes a row the same in a file that was changed: two with the
// same one are about the same task.
type Identity struct{ ID, Context, Key string }

// Values are what a task is started with besides its object. Rows that mean the
// same have the same ones, however they are written.
type Values struct {
	Involvement, Visibility string

	// name=value;name=value, in the order of the names.
	Tags string
}

// TagList returns the tags one by one.
func (v Values) TagList() (tags []partnercentral.Tag) {
	for pair := range strings.SplitSeq(v.Tags, ";") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			tags = append(tags, partnercentral.Tag{Key: &name, Value: &value})
		}
	}
	return tags
}

func (v Values) String() string {
	var parts []string
	for _, part := range []struct{ name, value string }{{"involvement ", v.Involvement}, {"visibility ", v.Visibility}, {"tags ", v.Tags}} {
		if part.value != "" {
			parts = append(parts, part.name+part.value)
		}
	}
	if v.Tags == "" {
		parts = append(parts, "no tags")
	}
	return strings.Join(parts, ", ")
}

// columns are the names that the first line of a CSV, and the objects of JSON
// Lines, may have.
var columns = []string{"id", "involvement", "visibility", "tags", "context", "key"}

func columnList() string {
	return strings.Join(columns[:len(columns)-1], ", ") + " and " + columns[len(columns)-1]
}

// Read reads the content of the file with this name. The error is a mistake that
// concerns the file as a whole.
func Read(name string, content []byte) ([]Row, error) {
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return nil, usage.Errorf("%s is a spreadsheet: save it as CSV first", name)
	}
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return nil, usage.Errorf("%s is in UTF-16: save it as CSV in UTF-8 first", name)
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(content[:min(len(content), 4)], 0) >= 0 {
		return nil, usage.Errorf("%s is in UTF-16, or is no text: save it as CSV in UTF-8 first", name)
	}
	lines := splitLines(string(content))
	first := slices.IndexFunc(lines, func(line string) bool { return strings.TrimSpace(line) != "" })
	if first < 0 {
		return nil, usage.Errorf("%s is empty: begin it with a line that names its columns, such as id,involvement", name)
	}
	read := readCSV
	switch start := strings.TrimSpace(lines[first]); {
	case strings.HasPrefix(start, "["):
		return nil, usage.Errorf("%s is one list in JSON: put one object on each line, without the brackets and commas between them", name)
	case spread(lines[first:]):
		return nil, usage.Errorf("%s has an object in JSON over several lines: put one object on each line, as jq -c . does", name)
	case strings.HasPrefix(start, "{") || slices.Contains([]string{".jsonl", ".ndjson", ".json"}, strings.ToLower(filepath.Ext(name))):
		read = readJSON
	}
	rows, err := read(name, lines, first)
	if err != nil {
		return nil, err
	}
	refuseTwice(rows)
	return rows, nil
}

// splitLines takes the line ends of all systems.
func splitLines(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
}

// cell is a value of a row and the column in which it begins, from 1.
type cell struct {
	text   string
	column int
	pairs  []string // tags, name=value each
}

// newRow makes a row of its cells by name, and finds what is wrong with it.
func newRow(line int, cells map[string]cell) Row {
	r := Row{
		Line:     line,
		Identity: Identity{ID: cells["id"].text, Context: cells["context"].text, Key: cells["key"].text},
		Values:   Values{Involvement: cells["involvement"].text, Visibility: cells["visibility"].text},
	}
	if name, err := r.check(cells["tags"]); err != nil {
		r.wrong(max(cells[name].column, 1), "%v", err)
		r.ID, r.Context, r.Key = clipped(r.ID), clipped(r.Context), clipped(r.Key)
	}
	return r
}

// clipped shortens what was typed for a line that says what is wrong with it.
func clipped(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most]) + "…"
	}
	return s
}

func (r *Row) wrong(column int, format string, args ...any) {
	r.Problem = fmt.Sprintf("line %d, column %d: ", r.Line, column) + fmt.Sprintf(format, args...)
}

// check returns the name of the cell that is wrong, and what is wrong with it.
func (r *Row) check(tags cell) (name string, err error) {
	if err := r.checkID(); err != nil {
		return "id", err
	}
	if r.Kind == target.Lead {
		if err := target.Context(r.Context); err != nil {
			return "context", err
		}
	} else if r.Context != "" {
		return "context", usage.Errorf("only an engagement has a context: leave it empty for %s", r.ID)
	}
	if r.Kind != target.Submit && r.Involvement+r.Visibility != "" {
		return "involvement", usage.Errorf("only an opportunity has an involvement and a visibility: leave them empty for %s", r.ID)
	}
	if r.Involvement != "" {
		word, err := target.Word("kind of involvement", r.Involvement, partnercentral.SalesInvolvementType("").Values())
		if err != nil {
			return "involvement", err
		}
		r.Involvement = string(word)
	}
	if r.Visibility != "" {
		word, err := target.Word("visibility", r.Visibility, partnercentral.Visibility("").Values())
		if err != nil {
			return "visibility", err
		}
		r.Visibility = string(word)
	}
	const longest = 255
	switch n := utf8.RuneCountInString(r.Key); {
	case !utf8.ValidString(r.Key):
		return "key", usage.Errorf("the key is not in UTF-8: save the file as CSV in UTF-8")
	case n > longest:
		return "key", usage.Errorf("the key has %d characters, and %d are allowed: type a shorter one", n, longest)
	}
	if strings.ContainsFunc(r.Key, unicode.IsControl) {
		return "key", usage.Errorf("the key has a line break or another character that cannot be seen: leave it out")
	}
	pairs := tags.pairs
	if tags.text != "" {
		pairs = pairsOf(tags.text)
	}
	r.Tags, err = Tags(pairs)
	return "tags", err
}

// checkID finds out the kind of the row.
func (r *Row) checkID() error {
	switch {
	case r.ID == "":
		return usage.Errorf("there is no id: type that of an opportunity (O…), an invitation (engi-…) or an engagement (eng-…)")
	case strings.HasPrefix(r.ID, "engi-"):
		r.Kind = target.Accept
		return target.Invitation(r.ID)
	case strings.HasPrefix(r.ID, "eng-"):
		r.Kind = target.Lead
		return target.Engagement(r.ID)
	}
	r.Kind = target.Submit
	return target.Opportunity(r.ID)
}

// pairsOf returns the name=value pairs between semicolons, commas or bars, which
// tags cannot have in them.
func pairsOf(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ';' || c == ',' || c == '|' })
}

// Tags returns the text of Values for name=value pairs.
func Tags(pairs []string) (string, error) {
	values := map[string]string{}
	for _, pair := range pairs {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		if !utf8.ValidString(pair) {
			return "", usage.Errorf("the tags are not in UTF-8: save the file as CSV in UTF-8")
		}
		tag, err := target.Tag(pair)
		if err != nil {
			return "", err
		}
		if _, twice := values[*tag.Key]; twice {
			return "", usage.Errorf("the tag %q is there twice: remove one of them", *tag.Key)
		}
		values[*tag.Key] = *tag.Value
	}
	if len(values) > 200 {
		return "", usage.Errorf("there are %d tags, and 200 are allowed: leave some out", len(values))
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, name+"="+values[name])
	}
	return strings.Join(all, ";"), nil
}

// refuseTwice marks the rows that are about the object of a row before. Whatever
// their keys are: two tasks of one object at once hinder each other.
func refuseTwice(rows []Row) {
	seen, keys := map[Identity]*Row{}, map[string]int{}
	for i := range rows {
		r := &rows[i]
		if r.Problem != "" {
			continue
		}
		object := r.Identity
		object.Key = ""
		if before := seen[object]; before != nil {
			with := ""
			if before.Key != r.Key {
				with = " with another key"
			}
			r.wrong(1, "%s is there already%s, in line %d: remove one of them", r.ID, with, before.Line)
			continue
		}
		if line, ok := keys[r.Key]; ok && r.Key != "" {
			r.wrong(1, "the key %q is that of line %d: give each row a key of its own", r.Key, line)
			continue
		}
		seen[object], keys[r.Key] = r, r.Line
	}
}

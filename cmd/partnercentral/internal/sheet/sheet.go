// Package sheet reads the file of a bulk run: CSV with any usual separator, or
// JSON Lines. A row is a line, so that what is wrong with one costs no other.
package sheet

import (
	"bytes"
	"fmt"
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

	// The cells, as they were typed but for blanks around them.
	ID, Context, Key        string
	Involvement, Visibility string
	Tags                    []partnercentral.Tag

	// What is wrong with the row, with line and column; empty for a good one.
	Problem string
}

// Identity tells rows apart: two with the same one are about the same task.
func (r *Row) Identity() Identity { return Identity{ID: r.ID, Context: r.Context, Key: r.Key} }

// Identity is what makes a row the same in a file that was changed.
type Identity struct{ ID, Context, Key string }

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
	lines := splitLines(string(content))
	first := slices.IndexFunc(lines, func(line string) bool { return strings.TrimSpace(line) != "" })
	if first < 0 {
		return nil, usage.Errorf("%s is empty: begin it with a line that names its columns, such as id,involvement", name)
	}
	read := readCSV
	switch start := strings.TrimSpace(lines[first]); {
	case strings.HasPrefix(start, "["):
		return nil, usage.Errorf("%s is one list in JSON: put one object on each line, without the brackets and commas between them", name)
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
}

// newRow makes a row of its cells by name, and finds what is wrong with it.
func newRow(line int, cells map[string]cell) Row {
	r := Row{
		Line: line, ID: cells["id"].text, Context: cells["context"].text, Key: cells["key"].text,
		Involvement: cells["involvement"].text, Visibility: cells["visibility"].text,
	}
	if name, err := r.check(cells["tags"].text); err != nil {
		r.wrong(max(cells[name].column, 1), "%v", err)
	}
	return r
}

func (r *Row) wrong(column int, format string, args ...any) {
	r.Problem = fmt.Sprintf("line %d, column %d: ", r.Line, column) + fmt.Sprintf(format, args...)
}

// check returns the name of the cell that is wrong, and what is wrong with it.
func (r *Row) check(tags string) (string, error) {
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
	if !utf8.ValidString(r.Key) {
		return "key", usage.Errorf("the key is not in UTF-8: save the file as CSV in UTF-8")
	}
	if strings.ContainsFunc(r.Key, unicode.IsControl) {
		return "key", usage.Errorf("the key has a line break or another character that cannot be seen: leave it out")
	}
	return "tags", r.readTags(tags)
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

// readTags reads name=value pairs between semicolons, commas or bars, which
// tags cannot have in them.
func (r *Row) readTags(text string) error {
	if !utf8.ValidString(text) {
		return usage.Errorf("the tags are not in UTF-8: save the file as CSV in UTF-8")
	}
	for pair := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ';' || c == ',' || c == '|' }) {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		tag, err := target.Tag(pair)
		if err != nil {
			return err
		}
		r.Tags = append(r.Tags, tag)
	}
	if len(r.Tags) > 200 {
		return usage.Errorf("there are %d tags, and 200 are allowed: leave some out", len(r.Tags))
	}
	return nil
}

// refuseTwice marks the rows that are about the task of a row before.
func refuseTwice(rows []Row) {
	seen, keys := map[Identity]int{}, map[string]int{}
	for i := range rows {
		r := &rows[i]
		if r.Problem != "" {
			continue
		}
		if line, ok := seen[r.Identity()]; ok {
			r.wrong(1, "%s is there already, in line %d: remove one of them", r.ID, line)
			continue
		}
		if line, ok := keys[r.Key]; ok && r.Key != "" {
			r.wrong(1, "the key %q is that of line %d: give each row a key of its own", r.Key, line)
			continue
		}
		seen[r.Identity()], keys[r.Key] = r.Line, r.Line
	}
}

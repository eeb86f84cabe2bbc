package results

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// names are the columns of the file. That of a demo has one more, so that the
// two cannot be taken for each other.
var names = []string{
	"status", "id", "context", "key", "line", "kind", "task", "opportunity", "engagement", "invitation",
	"reason", "message", "remedy", "error", "started", "involvement", "visibility", "tags", "catalog", "account", "service",
}

func header(demo bool) []string {
	if demo {
		return append([]string{"demo"}, names...)
	}
	return names
}

// fields returns a line of the file.
func fields(r *Result, o Origin) []string {
	all := []string{
		string(r.Status), oneLine(r.ID), oneLine(r.Identity.Context), oneLine(r.Key), strconv.Itoa(r.Line), string(r.Kind), oneLine(r.Task), oneLine(r.Opportunity), oneLine(r.Engagement), oneLine(r.Invitation),
		oneLine(r.Reason), oneLine(r.Message), oneLine(r.Remedy), oneLine(r.Error), timeText(r.Started),
		r.Values.Involvement, r.Values.Visibility, r.Values.Tags, o.Catalog, o.Account, o.Service,
	}
	if o.Demo {
		all = append([]string{"demo"}, all...)
	}
	return all
}

// oneLine keeps a cell on the line. The cells that tell good rows apart have
// nothing that it would change.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// newLine returns the line for a result.
func newLine(r *Result, o Origin) line {
	text := string(appendLine(nil, fields(r, o)))
	return line{id: r.Identity, status: r.Status, refused: r.Refused, text: text}
}

// appendLine appends cells as a line of CSV.
func appendLine(b []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		if !strings.ContainsAny(cell, "\",") && strings.TrimSpace(cell) == cell {
			b = append(b, cell...)
			continue
		}
		b = append(b, '"')
		b = append(b, strings.ReplaceAll(cell, `"`, `""`)...)
		b = append(b, '"')
	}
	return append(b, '\n')
}

// parse reads the lines of a file that is empty or has results of this origin.
func parse(path string, content []byte, o Origin) (all []line, err error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if len(content) == 0 {
		return nil, nil
	}
	lines := strings.Split(string(content), "\n")
	last := len(lines) - 1
	columns, demo := parseHeader(lines[0])
	switch {
	case columns == nil:
		return nil, usage.Errorf("%s is not a results file of this program: name another with --results", path)
	case demo && !o.Demo:
		return nil, usage.Errorf("%s has results of a demo: name another file with --results for what is real", path)
	case !demo && o.Demo:
		return nil, usage.Errorf("%s has real results: name another file with --results for a demo", path)
	}
	for i, text := range lines[1:] {
		if strings.Trim(text, ", \t\r") == "" {
			continue
		}
		r, from, ok := parseLine(text, columns)
		switch {
		case i+1 == last && (!ok || from.refuse(path, o) != nil):
			// It has no end: a kill, or a full disk, may have cut it.
			continue
		case !ok:
			return nil, usage.Errorf("line %d of %s is not as it was written: undo the change, or name another file with --results", i+2, path)
		}
		if err := from.refuse(path, o); err != nil {
			return nil, err
		}
		all = append(all, newLine(&r, o))
	}
	return all, nil
}

// refuse says why results of an origin are not in one file with those of another.
func (o Origin) refuse(path string, other Origin) error {
	switch {
	case o.Catalog != other.Catalog:
		return usage.Errorf("%s has results of the %s catalog: name another file with --results for %s", path, o.Catalog, other.Catalog)
	case o.Service != other.Service:
		return usage.Errorf("%s has results of %s: name another file with --results for %s", path, o.Service, other.Service)
	case o.Account != "" && other.Account == "":
		return usage.Errorf("%s has results of account %s, and AWS does not tell now which account this is: try again later, set AWS_ACCOUNT_ID beside the keys, or name another file with --results", path, o.Account)
	case o.Account != "" && o.Account != other.Account:
		return usage.Errorf("%s has results of account %s: name another file with --results for account %s", path, o.Account, other.Account)
	}
	return nil
}

// parseHeader returns the place of each column. A spreadsheet may have written
// them in another order.
func parseHeader(line string) (columns map[string]int, demo bool) {
	all, ok := cells(line)
	if !ok {
		return nil, false
	}
	demo = slices.Contains(all, "demo")
	want := header(demo)
	columns = columnsOf(all)
	for _, name := range want {
		if _, ok := columns[name]; !ok || len(all) != len(want) {
			return nil, false
		}
	}
	return columns, demo
}

func columnsOf(names []string) map[string]int {
	columns := make(map[string]int, len(names))
	for i, name := range names {
		columns[name] = i
	}
	return columns
}

// cells splits a line.
func cells(line string) ([]string, bool) {
	line = strings.TrimSuffix(line, "\r")
	if !strings.Contains(line, `"`) {
		return strings.Split(line, ","), true
	}
	all, err := csv.NewReader(strings.NewReader(line)).Read()
	return all, err == nil
}

var (
	statuses = []report.Status{report.Complete, report.Failed, report.InProgress, report.NotStarted, report.MaybeStarted, report.Unknown}
	kinds    = append(target.Kinds(), "") // none, if the id is wrong
)

// parseLine reads a line back.
func parseLine(line string, columns map[string]int) (r Result, o Origin, ok bool) {
	all, ok := cells(line)
	if !ok || len(all) != len(columns) {
		return r, o, false
	}
	at := func(name string) string { return all[columns[name]] }
	r.Status, r.Kind = report.Status(at("status")), target.Kind(at("kind"))
	r.Identity = sheet.Identity{ID: at("id"), Context: at("context"), Key: at("key")}
	r.Object, r.Record.Context = r.ID, r.Identity.Context
	r.Task, r.Opportunity, r.Engagement, r.Invitation = at("task"), at("opportunity"), at("engagement"), at("invitation")
	r.Reason, r.Message, r.Remedy, r.Error = at("reason"), at("message"), at("remedy"), at("error")
	if text := at("started"); text != "" {
		started, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return r, o, false
		}
		r.Started = &started
	}
	tags, err := sheet.Tags(strings.Split(at("tags"), ";"))
	if err != nil {
		return r, o, false
	}
	r.Values = sheet.Values{Involvement: at("involvement"), Visibility: at("visibility"), Tags: tags}
	r.Line, err = strconv.Atoi(at("line"))
	_, demo := columns["demo"]
	o = Origin{Demo: demo, Catalog: at("catalog"), Account: at("account"), Service: at("service")}
	return r, o, err == nil && slices.Contains(statuses, r.Status) && slices.Contains(kinds, r.Kind) && r.agrees()
}

// agrees reports whether the columns of a line can belong together. In one that
// somebody has edited they may not: what is COMPLETE has a task and no remedy,
// and a task is about the object of its line.
func (r *Result) agrees() bool {
	if r.Status == report.Complete && (r.Task == "" || r.Remedy != "") {
		return false
	}
	about := map[target.Kind]string{target.Submit: r.Opportunity, target.Accept: r.Invitation, target.Lead: r.Engagement}[r.Kind]
	return strings.HasSuffix(r.ID, about)
}

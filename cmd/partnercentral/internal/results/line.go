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
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// names are the columns of the file. That of a demo has one more, so that the
// two cannot be taken for each other.
var names = []string{
	"status", "id", "context", "key", "line", "kind", "task", "opportunity", "engagement", "invitation",
	"reason", "message", "remedy", "error", "started", "catalog", "account", "service",
}

func header(demo bool) []string {
	if demo {
		return append([]string{"demo"}, names...)
	}
	return names
}

// fields returns a line of the file.
func fields(r Result, o Origin) []string {
	all := []string{
		string(r.Status), oneLine(r.ID), oneLine(r.Identity.Context), oneLine(r.Key), strconv.Itoa(r.Line), string(r.Kind), oneLine(r.Task), oneLine(r.Opportunity), oneLine(r.Engagement), oneLine(r.Invitation),
		oneLine(r.Reason), oneLine(r.Message), oneLine(r.Remedy), oneLine(r.Error), timeText(r.Started), o.Catalog, o.Account, o.Service,
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

func encode(fields []string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(fields) // neither it
	w.Flush()           // nor this fails in memory
	return b.Bytes()
}

// parse reads the lines of a file that is empty or has results of this origin.
func parse(path string, content []byte, o Origin) ([]Result, error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if len(content) == 0 {
		return nil, nil
	}
	// A kill, or a full disk, may have left a part of a line at the end.
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	first := strings.TrimSuffix(lines[0], "\r")
	switch first {
	case strings.Join(header(o.Demo), ","):
	case strings.Join(header(true), ","):
		return nil, usage.Errorf("%s has results of a demo: name another file with --results for what is real", path)
	case strings.Join(header(false), ","):
		return nil, usage.Errorf("%s has real results: name another file with --results for a demo", path)
	default:
		return nil, usage.Errorf("%s is not a results file of this program: name another with --results", path)
	}
	var results []Result
	for i, line := range lines[1:] {
		r, from, ok := parseLine(strings.TrimSuffix(line, "\r"), o.Demo)
		switch {
		case !ok:
			return nil, usage.Errorf("line %d of %s is not as it was written: undo the change, or name another file with --results", i+2, path)
		case from.Catalog != o.Catalog:
			return nil, usage.Errorf("%s has results of the %s catalog: name another file with --results for %s", path, from.Catalog, o.Catalog)
		case from.Service != o.Service:
			return nil, usage.Errorf("%s has results of %s: name another file with --results for %s", path, from.Service, o.Service)
		case from.Account != o.Account && from.Account != "" && o.Account != "":
			return nil, usage.Errorf("%s has results of account %s: name another file with --results for account %s", path, from.Account, o.Account)
		}
		results = append(results, r)
	}
	return results, nil
}

// parseLine reads a line back.
func parseLine(line string, demo bool) (r Result, o Origin, ok bool) {
	all, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil || len(all) != len(header(demo)) {
		return r, o, false
	}
	if demo {
		all = all[1:]
	}
	at := func(name string) string { return all[slices.Index(names, name)] }
	r.Status, r.Kind = report.Status(at("status")), target.Kind(at("kind"))
	r.ID, r.Identity.Context, r.Key = at("id"), at("context"), at("key")
	r.Task, r.Opportunity, r.Engagement, r.Invitation = at("task"), at("opportunity"), at("engagement"), at("invitation")
	r.Reason, r.Message, r.Remedy, r.Error = at("reason"), at("message"), at("remedy"), at("error")
	if text := at("started"); text != "" {
		started, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return r, o, false
		}
		r.Started = &started
	}
	r.Line, err = strconv.Atoi(at("line"))
	o = Origin{Demo: demo, Catalog: at("catalog"), Account: at("account"), Service: at("service")}
	return r, o, err == nil && r.Status != ""
}

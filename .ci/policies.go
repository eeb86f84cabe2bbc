//go:build ignore

// The policies program makes the IAM policies of docs/policies and the table of
// docs/permissions.md from docs/policies/table.csv. With -check it writes
// nothing and fails if one of them differs from what the table says.
package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	dir  = "docs/policies"
	page = "docs/permissions.md"
)

// tagged lists the resources that TagResource is limited to, as AWS's managed
// policy does.
var tagged = []string{"opportunity", "resource-snapshot-job"}

func main() {
	check := flag.Bool("check", false, "compare and write nothing")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "policies:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	table, err := readTable()
	if err != nil {
		return err
	}
	files, err := policies(table)
	if err != nil {
		return err
	}
	if files[page], err = table.page(); err != nil {
		return err
	}
	if !check {
		for name, content := range files {
			if err := os.WriteFile(name, content, 0o644); err != nil {
				return err
			}
		}
		return nil
	}
	return compare(files)
}

func compare(files map[string][]byte) error {
	var problems []error
	for name, content := range files {
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content) {
			problems = append(problems, fmt.Errorf("%s is not what table.csv says: run make policies", name))
		}
	}
	there, err := filepath.Glob(dir + "/*.json")
	if err != nil {
		return err
	}
	for _, name := range there {
		if files[name] == nil {
			problems = append(problems, fmt.Errorf("%s comes from no column of table.csv", name))
		}
	}
	return errors.Join(problems...)
}

// table is table.csv: a row an action, a column a policy, a cell the evidence
// that the policy needs the action.
type table struct {
	columns []string
	rows    [][]string
}

func readTable() (*table, error) {
	raw, err := os.ReadFile(dir + "/table.csv")
	if err != nil {
		return nil, err
	}
	known, err := os.ReadFile(dir + "/known-actions.txt")
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return nil, err
	}
	t := &table{records[0], records[1:]}
	var problems []error
	seen := map[string]bool{}
	for _, row := range t.rows {
		if !slices.Contains(strings.Fields(string(known)), row[0]) {
			problems = append(problems, fmt.Errorf("table.csv: the service has no action %q", row[0]))
		}
		if seen[row[0]] || strings.Join(row[1:], "") == "" {
			problems = append(problems, fmt.Errorf("table.csv: %s stands twice, or has no evidence", row[0]))
		}
		seen[row[0]] = true
	}
	return t, errors.Join(problems...)
}

// actions returns what a policy allows. Without a column it is every action.
func (t *table) actions(column string) (actions []string, tags bool) {
	at := slices.Index(t.columns, column)
	for _, row := range t.rows {
		switch {
		case at > 0 && row[at] == "":
		case row[0] == "TagResource":
			tags = true
		default:
			actions = append(actions, "partnercentral:"+row[0])
		}
	}
	slices.Sort(actions)
	return actions, tags
}

type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  any
	Condition map[string]map[string][]string `json:",omitempty"`
}

// policies returns the content of each policy's file, by its name.
func policies(t *table) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, column := range append([]string{"all", "sandbox"}, t.columns[1:]...) {
		catalogs := []string{"AWS", "Sandbox"}
		if column == "sandbox" {
			catalogs = catalogs[1:]
		}
		actions, tags := t.actions(column)
		p := policy{Version: "2012-10-17", Statement: []statement{{
			Sid: "Tasks", Effect: "Allow", Action: actions, Resource: "*",
			Condition: map[string]map[string][]string{"StringEquals": {"partnercentral:Catalog": catalogs}},
		}}}
		if tags {
			var resources []string
			for _, catalog := range catalogs {
				for _, resource := range tagged {
					resources = append(resources, fmt.Sprintf("arn:aws:partnercentral:*:*:catalog/%s/%s/*", catalog, resource))
				}
			}
			p.Statement = append(p.Statement, statement{Sid: "Tags", Effect: "Allow", Action: []string{"partnercentral:TagResource"}, Resource: resources})
		}
		content, err := json.MarshalIndent(p, "", "  ")
		if err != nil {
			return nil, err
		}
		files[filepath.Join(dir, column+".json")] = append(content, '\n')
	}
	return files, nil
}

// page returns permissions.md with the table put between its marks.
func (t *table) page() ([]byte, error) {
	old, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	const begin, end = "<!-- table -->\n", "<!-- end of table -->\n"
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return nil, errors.New(page + " lacks the marks of the table")
	}
	var b strings.Builder
	b.WriteString(before + begin)
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(t.columns, " | "), strings.Repeat("---|", len(t.columns)))
	for _, row := range t.rows {
		b.WriteString("| `" + row[0] + "` |")
		for _, evidence := range row[1:] {
			b.WriteString(strings.TrimRight(" "+evidence, " ") + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString(end + after)
	return []byte(b.String()), nil
}

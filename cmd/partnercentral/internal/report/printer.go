package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Format is how results are written.
type Format string

// The formats.
const (
	Table Format = "table"
	JSON  Format = "json"
)

// Formats returns all of them.
func Formats() []Format { return []Format{Table, JSON} }

// DemoPrefix is what each line for people begins with in the demo.
const DemoPrefix = "DEMO  "

// Printer writes results as they come. It is not safe for concurrent use.
type Printer struct {
	W      io.Writer
	Format Format
	Demo   bool

	headed bool
	exit   int
	err    error
}

// Task writes one record, and counts it for Exit.
func (p *Printer) Task(r Record) {
	p.exit = max(p.exit, r.Exit())
	p.Show(r)
}

// Show writes one record that says nothing of success.
func (p *Printer) Show(r Record) {
	r.Demo = p.Demo
	if p.Format == JSON {
		p.Object(r)
		return
	}
	started := ""
	if r.Started != nil {
		started = r.Started.UTC().Format(time.RFC3339)
	}
	p.Row([]Column{
		{"STATUS", 13, string(r.Status)}, {"KIND", 8, string(r.Kind)}, {"OBJECT", 20, r.Object}, {"TASK", 19, r.Task},
		{"RESULT", 18, r.result()}, {"CATALOG", 7, r.Catalog}, {"STARTED", 20, started}, {"NOTE", 0, r.Note()},
	})
}

// Column is a cell of a table under its heading.
type Column struct {
	Heading string
	Width   int
	Text    string
}

// Row writes a line of a table, the first one after a line of headings. A cell
// that is wider than its column moves those after it and is never cut.
func (p *Printer) Row(columns []Column) {
	if !p.headed {
		p.headed = true
		p.line(columns, func(c Column) string { return c.Heading })
	}
	p.line(columns, func(c Column) string { return OneLine(c.Text) })
}

func (p *Printer) line(columns []Column, cell func(Column) string) {
	var b strings.Builder
	if p.Demo {
		b.WriteString(DemoPrefix)
	}
	for _, c := range columns {
		text := cell(c)
		if text == "" {
			text = "-"
		}
		b.WriteString(text)
		b.WriteString(strings.Repeat(" ", max(c.Width-utf8.RuneCountInString(text), 0)+2))
	}
	p.print(strings.TrimRight(b.String(), " "))
}

// Object writes an object of JSON on a line of its own.
func (p *Printer) Object(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		p.err = err
		return
	}
	p.print(string(b))
}

func (p *Printer) print(line string) {
	if _, err := fmt.Fprintln(p.W, line); err != nil && p.err == nil {
		p.err = err
	}
}

// Worse makes the program exit with at least this code.
func (p *Printer) Worse(code int) { p.exit = max(p.exit, code) }

// Exit returns the code of the worst of the records: what is not known counts
// more than what has failed, since it calls for another run.
func (p *Printer) Exit() int { return p.exit }

// Err returns the first error of a write.
func (p *Printer) Err() error { return p.err }

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/estimate"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/results"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

const (
	// A task may take a quarter of an hour without holding up the starts.
	bulkConcurrency = 1000
	// How many rows are told of, besides the results file.
	mostTold = 20
)

// bulkRun is one run of the bulk command.
type bulkRun struct {
	app     *app
	name    string
	options bulkOptions
	rows    []sheet.Row

	service *service
	file    *results.File

	left     []*sheet.Row // what there is to do
	byObject map[sheet.Identity]*sheet.Row

	told   int
	count  map[report.Status]int // of rows
	found  int                   // rows that were done before
	edited int                   // rows that were started with other values

	stop context.CancelFunc // of what runs

	mu      sync.Mutex // of what follows
	lost    error      // why the results cannot be kept
	meter   *estimate.Meter
	started map[string]time.Time // by token
}

func (b *bulkRun) run(ctx context.Context) (err error) {
	if b.service, err = b.app.connect(ctx, float64(b.options.perSecond)); err != nil {
		return err
	}
	b.service.findAccount(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	b.file, err = results.Open(b.options.results, b.app.origin(b.service))
	var mistake *usage.Mistake
	switch {
	case errors.As(err, &mistake):
		return mistake
	case err != nil:
		return usage.Errorf("%s cannot be written (%s): name another file with --results", b.options.results, plain.Sentence(err))
	}
	b.app.say("results go to %s", b.options.results)
	if len(b.rows) == 0 {
		b.app.say("%s has no rows: there is nothing to start", b.name)
	}
	if b.lost = b.sort(); b.lost == nil {
		b.runLeft(ctx)
	} else {
		_ = b.keepAll(b.rest(make([]knowledge, len(b.left)), stopped())) // shows them
	}
	// First what is known: the time after an interrupt may not do for the rest.
	b.summary(ctx)
	b.lost = cmp.Or(b.lost, b.file.Close())
	return b.trouble()
}

// stopped is what becomes of rows whose turn has not come.
func stopped() report.Record {
	return report.Record{Status: report.NotStarted, Error: "interrupted before it was started", Interrupted: true}
}

// trouble says what keeps people from the results. The errors are sentences, and
// wrap none.
func (b *bulkRun) trouble() error {
	var why *results.LostError
	switch unwritten := b.app.printer.Err(); {
	case errors.As(b.lost, &why):
		b.app.printer.Worse(report.ExitUnknown)
		text := fmt.Sprintf("%s %s: ", b.options.results, why.What)
		if n := b.unknown(); n > 0 {
			text += count(n, "task") + " may run on in the service; "
		}
		return errors.New(text + why.Do + ", and run the same command again: it takes up what runs, starts the rest, and starts nothing twice")
	case b.lost != nil:
		return b.lost
	case unwritten != nil:
		b.app.printer.Worse(report.ExitUnknown)
		return fmt.Errorf("what became of the rows could not be printed (%s), but %s has it all", plain.Sentence(unwritten), b.options.results)
	}
	return nil
}

// sort finds what there is to do, and writes the lines of rows that are not to be
// done.
func (b *bulkRun) sort() error {
	statuses := b.file.Statuses()
	running, ended := map[sheet.Identity]sheet.Identity{}, map[sheet.Identity]bool{} // by object
	for id, status := range statuses {
		if results.MayRun(status) {
			running[object(id)] = id
		} else {
			ended[object(id)] = true
		}
	}
	anew := 0
	var refused []*sheet.Row
	for i := range b.rows {
		row := &b.rows[i]
		if row.Problem == "" {
			b.takeUp(row, running)
			if _, known := statuses[row.Identity]; !known && ended[object(row.Identity)] && row.Problem == "" {
				anew++
			}
			delete(statuses, row.Identity)
		}
		if row.Problem != "" {
			refused = append(refused, row)
		}
	}
	if b.edited > 0 {
		b.app.say("changed since they were started: %s", count(b.edited, "row"))
	}
	if anew > 0 {
		b.app.say("done anew: %s with another key than in %s, where they have ended", count(anew, "row"), b.options.results)
	}
	b.tellOfOthers(statuses)
	return b.keepAll(func(yield func(results.Result) bool) {
		for _, row := range refused {
			if !yield(b.result(row, report.Record{Status: report.NotStarted, Error: row.Problem})) {
				return
			}
		}
	})
}

// takeUp finds out what there is to do for a row.
func (b *bulkRun) takeUp(row *sheet.Row, running map[sheet.Identity]sheet.Identity) {
	line, ok := b.file.Line(row.Identity)
	edited := ok && line.Values != row.Values
	other, runs := running[object(row.Identity)]
	switch {
	case edited:
		advice := "give the row another key to start it with these"
		if results.MayRun(line.Status) {
			advice = "they stay until it has ended"
		}
		b.tell("line %d: %s is %s with other values (%s): %s", row.Line, row.ID, line.Status, line.Values, advice)
		row.Values = line.Values
		b.edited++
	case runs && other.Key != row.Key:
		row.Problem = fmt.Sprintf("line %d, column 1: %s may still run %s in %s: give the row that key until its end is there", row.Line, row.ID, keyed(other.Key), b.options.results)
		return
	}
	// What failed with other values is not what was corrected.
	if ok && results.Final(line.Status) && (edited || !b.options.corrected || line.Status == report.Complete) {
		b.app.printer.Worse(line.Exit())
		b.count[line.Status]++
		b.found++
		return
	}
	b.left = append(b.left, row)
	b.byObject[object(row.Identity)] = row
}

// object returns what a row is about, whatever its key.
func object(id sheet.Identity) sheet.Identity {
	id.Key = ""
	return id
}

func keyed(key string) string {
	if key == "" {
		return "without a key"
	}
	return fmt.Sprintf("with the key %q", key)
}

// tellOfOthers tells of lines that no row has.
func (b *bulkRun) tellOfOthers(others map[sheet.Identity]report.Status) {
	running := 0
	for _, status := range others {
		if results.MayRun(status) {
			running++
		}
	}
	if len(others) > 0 {
		b.app.say("%s keeps %s of rows that are not in %s: %d of them may still run", b.options.results, count(len(others), "line"), b.name, running)
	}
}

// result is the line of a row.
func (b *bulkRun) result(row *sheet.Row, record report.Record) results.Result {
	record.Line, record.Catalog = row.Line, b.service.catalog
	record.Kind, record.Object = cmp.Or(record.Kind, row.Kind), cmp.Or(record.Object, row.ID)
	r := results.Result{Identity: row.Identity, Values: row.Values, Record: record, Refused: row.Problem != ""}
	if before, ok := b.file.Line(row.Identity); ok {
		return r.After(before)
	}
	return r
}

// keep writes what became of rows, at once.
func (b *bulkRun) keep(all ...results.Result) error {
	// They are shown even if they cannot be written.
	err := b.isLost()
	if err == nil && len(all) > 0 {
		err = b.file.Write(all...)
	}
	b.kept(all...)
	return err
}

// keepAll writes what became of many rows, some at a time.
func (b *bulkRun) keepAll(rows iter.Seq[results.Result]) error {
	const some = 1000
	var lost error
	var all []results.Result
	for r := range rows {
		if all = append(all, r); len(all) == some {
			lost, all = cmp.Or(lost, b.keep(all...)), all[:0]
		}
	}
	return cmp.Or(lost, b.keep(all...))
}

// kept counts and shows what became of rows.
func (b *bulkRun) kept(all ...results.Result) {
	for _, r := range all {
		b.count[r.Status]++
		b.app.printer.Worse(r.Exit())
		if b.app.printer.Format == report.JSON {
			b.app.printer.Task(r.Record)
		}
		switch {
		case r.Refused:
			b.tell("%s", r.Error)
		case r.Status != report.Complete && !r.Interrupted:
			b.tell("line %d: %s %s: %s", r.Line, r.ID, r.Status, r.Note())
		}
	}
}

// tell says something of a row.
func (b *bulkRun) tell(format string, args ...any) {
	b.told++
	switch {
	case b.told == mostTold+1:
		b.app.say("there are more rows to tell of: the results file has all of them")
	case b.told <= mostTold:
		b.app.say(format, args...)
	}
}

// runLeft runs what there is to do.
func (b *bulkRun) runLeft(ctx context.Context) {
	ctx, b.stop = context.WithCancel(ctx)
	defer b.stop()
	b.meter = estimate.New(len(b.left), time.Now())
	live := b.app.progress(len(b.left), b.progress)
	defer live.stop()
	waiter := b.service.waiter()
	defer waiter.Close()
	runner := partnercentral.NewRunner(b.service.client, func(o *partnercentral.RunnerOptions) {
		o.Waiter = waiter
		o.MaxWait = time.Duration(b.options.timeout)
		o.RetryFailed = b.options.corrected
		o.OnChange = b.changed
	})
	reason, known := stopped(), make([]knowledge, len(b.left))
	options := func(o *partnercentral.RunAllOptions) {
		o.Concurrency = bulkConcurrency
		o.OnInterrupted = func(result partnercentral.RunResult) {
			record := report.Of(result.Task, result.Err)
			known[result.Index].record = &record
		}
	}
	for result := range runner.RunAll(ctx, b.inputs, options) {
		record := report.Of(result.Task, result.Err)
		if result.Index < 0 {
			// It concerns all rows that are left.
			reason.Error, reason.Interrupted = record.Error, record.Interrupted
			continue
		}
		known[result.Index].kept = true
		if err := b.keep(b.result(b.left[result.Index], record)); err != nil {
			b.lose(err)
			break
		}
		live.ended(b.ended(result.Task))
	}
	if err := b.keepAll(b.rest(known, reason)); err != nil {
		b.lose(err)
	}
}

// knowledge is what a run knows of a row: its line is written, or what was seen
// when the run was given up.
type knowledge struct {
	kept   bool
	record *report.Record
}

// rest returns the lines that are not written, by what is known or else for one
// reason.
func (b *bulkRun) rest(known []knowledge, reason report.Record) iter.Seq[results.Result] {
	return func(yield func(results.Result) bool) {
		for i, row := range b.left {
			if known[i].kept {
				continue
			}
			record := reason
			if known[i].record != nil {
				record = *known[i].record
			}
			if !yield(b.result(row, record)) {
				return
			}
		}
	}
}

// unknown returns how many tasks may run.
func (b *bulkRun) unknown() int {
	return b.count[report.InProgress] + b.count[report.MaybeStarted] + b.count[report.Unknown]
}

// summary says what became of the rows.
func (b *bulkRun) summary(ctx context.Context) {
	if b.app.printer.Format == report.Table {
		number := func(n int) string { return fmt.Sprint(n) }
		b.app.printer.Row([]report.Column{
			{Heading: "COMPLETE", Width: 8, Text: number(b.count[report.Complete])}, {Heading: "FAILED", Width: 6, Text: number(b.count[report.Failed])},
			{Heading: "NOT_STARTED", Width: 11, Text: number(b.count[report.NotStarted])}, {Heading: "NOT_KNOWN", Width: 9, Text: number(b.unknown())},
			{Heading: "ROWS", Width: 5, Text: number(len(b.rows))}, {Heading: "RESULTS", Text: b.options.results},
		})
	}
	if b.found > 0 {
		b.app.say("done before: %d of %s", b.found, count(len(b.rows), "row"))
	}
	switch left := b.count[report.NotStarted] + b.unknown(); {
	case b.lost != nil:
	case ctx.Err() != nil:
		b.app.say("interrupted: %s may run on in the service; run the same command again to take up what runs and to start the rest", count(b.unknown(), "task"))
	case left > 0:
		b.app.say("not done: %s; see to what is named above, and run the same command again", count(left, "row"))
	case b.count[report.Failed] > 0:
		b.app.say("failed: %s; once the causes are removed, run the same command again with --corrected", count(b.count[report.Failed], "row"))
	}
}

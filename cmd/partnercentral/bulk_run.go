package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/estimate"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/results"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

const (
	// A task may take a quarter of an hour without holding up the starts.
	bulkConcurrency = 1000
	// How many rows that went wrong are told of, besides the results file.
	mostTold = 20
)

// bulkRun is one run of the bulk command.
type bulkRun struct {
	app        *app
	name       string
	options    bulkOptions
	rows       []sheet.Row
	submission *partnercentral.AwsSubmission

	service *service
	file    *results.File

	left  []sheet.Row // what there is to do
	told  int
	count map[report.Status]int
	found int // rows that were done before

	mu      sync.Mutex // of what follows
	meter   *estimate.Meter
	started map[string]time.Time // by token
}

func (b *bulkRun) run(ctx context.Context) (err error) {
	if b.service, err = b.app.connect(ctx, float64(b.options.perSecond)); err != nil {
		return err
	}
	b.service.findAccount(ctx)
	b.file, err = results.Open(b.options.results, b.app.origin(b.service), b.options.corrected)
	var mistake *usage.Mistake
	switch {
	case errors.As(err, &mistake):
		return mistake
	case err != nil:
		return usage.Errorf("%s cannot be written (%s): name another file with --results", b.options.results, plain.Sentence(err))
	}
	defer func() { err = errors.Join(err, b.file.Close()) }()
	b.app.say("results go to %s", b.options.results)
	b.count, b.started = map[report.Status]int{}, map[string]time.Time{}
	if err := b.sort(); err != nil {
		return b.broken(err)
	}
	b.meter = estimate.New(len(b.left), time.Now())
	live := b.app.progress(len(b.left), b.progress)
	err = b.runLeft(ctx, live)
	live.stop()
	if err != nil {
		return b.broken(err)
	}
	return b.summary(ctx)
}

// broken says that the results cannot be kept any more.
func (b *bulkRun) broken(err error) error {
	b.app.printer.Worse(report.ExitUnknown)
	return fmt.Errorf("%w: what was started runs on in the service; run the command again once the cause is removed", err)
}

// sort finds what there is to do. Rows that cannot be done get their line.
func (b *bulkRun) sort() error {
	for _, row := range b.rows {
		if row.Problem != "" {
			if err := b.keep(row, report.Record{Status: report.NotStarted, Kind: row.Kind, Object: row.ID, Error: row.Problem}); err != nil {
				return err
			}
			continue
		}
		if status, ok := b.file.Status(row.Identity()); ok {
			record := report.Record{Status: status}
			b.app.printer.Worse(record.Exit())
			b.count[status]++
			b.found++
			continue
		}
		b.left = append(b.left, row)
	}
	return nil
}

// keep writes what became of a row.
func (b *bulkRun) keep(row sheet.Row, record report.Record) error {
	record.Line, record.Catalog = row.Line, b.service.catalog
	if err := b.file.Write(results.Result{Identity: row.Identity(), Record: record}); err != nil {
		return err
	}
	b.kept(row, record)
	return nil
}

// keepRest writes the same of all rows that nothing is known of, at once: an
// interrupt leaves little time.
func (b *bulkRun) keepRest(known []bool, record report.Record) error {
	var all []results.Result
	var rows []sheet.Row
	for i, row := range b.left {
		if known[i] {
			continue
		}
		record.Line, record.Catalog, record.Kind, record.Object = row.Line, b.service.catalog, row.Kind, row.ID
		all = append(all, results.Result{Identity: row.Identity(), Record: record})
		rows = append(rows, row)
	}
	if err := b.file.Write(all...); err != nil {
		return err
	}
	for i, r := range all {
		b.kept(rows[i], r.Record)
	}
	return nil
}

// kept counts and shows what was written.
func (b *bulkRun) kept(row sheet.Row, record report.Record) {
	b.count[record.Status]++
	b.app.printer.Worse(record.Exit())
	if b.app.printer.Format == report.JSON {
		b.app.printer.Task(record)
	}
	if record.Status != report.Complete && !record.Interrupted {
		b.tell(row, record)
	}
}

// tell says that a row went wrong.
func (b *bulkRun) tell(row sheet.Row, record report.Record) {
	b.told++
	switch {
	case b.told == mostTold+1:
		b.app.say("more rows went wrong: the results file has them all")
	case b.told <= mostTold && row.Problem != "":
		b.app.say("%s", row.Problem)
	case b.told <= mostTold:
		b.app.say("line %d: %s %s: %s", row.Line, row.ID, record.Status, record.Note())
	}
}

// runLeft runs what there is to do. The error is one of the results file.
func (b *bulkRun) runLeft(ctx context.Context, live *progress) error {
	waiter := b.service.waiter()
	defer waiter.Close()
	runner := partnercentral.NewRunner(b.service.client, func(o *partnercentral.RunnerOptions) {
		o.Waiter = waiter
		o.MaxWait = time.Duration(b.options.timeout)
		o.RetryFailed = b.options.corrected
		o.OnChange = b.changed
	})
	reason := report.Record{Status: report.NotStarted, Error: "interrupted before it was started", Interrupted: true}
	known := make([]bool, len(b.left))
	for result := range runner.RunAll(ctx, b.inputs, func(o *partnercentral.RunAllOptions) { o.Concurrency = bulkConcurrency }) {
		record := report.Of(result.Task, result.Err)
		if result.Index < 0 {
			// It concerns all rows that are left.
			reason.Error, reason.Interrupted = record.Error, record.Interrupted
			continue
		}
		known[result.Index] = true
		if err := b.keep(b.left[result.Index], record); err != nil {
			return err
		}
		live.ended(b.ended(result.Task))
	}
	return b.keepRest(known, reason)
}

// inputs gives what there is to start.
func (b *bulkRun) inputs(yield func(partnercentral.StartTaskInput) bool) {
	for _, row := range b.left {
		if !yield(b.start(row)) {
			return
		}
	}
}

// start returns the Start of a row. Its token is the same whenever it is run.
func (b *bulkRun) start(row sheet.Row) partnercentral.StartTaskInput {
	key := row.Key
	if key == "" {
		key = rowKey(b.service.catalog, row.Kind, row.ID, row.Context)
	}
	catalog, token := aws.String(b.service.catalog), aws.String(partnercentral.ClientTokenFor(key))
	switch row.Kind {
	case target.Accept:
		return &partnercentral.StartEngagementByAcceptingInvitationTaskInput{Catalog: catalog, ClientToken: token, Identifier: &row.ID, Tags: row.Tags}
	case target.Lead:
		return &partnercentral.StartOpportunityFromEngagementTaskInput{
			Catalog: catalog, ClientToken: token, Identifier: &row.ID, ContextIdentifier: &row.Context, Tags: row.Tags,
		}
	}
	submission := *b.submission
	if row.Involvement != "" {
		submission.InvolvementType = partnercentral.SalesInvolvementType(row.Involvement)
	}
	if row.Visibility != "" {
		submission.Visibility = partnercentral.Visibility(row.Visibility)
	}
	return &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog: catalog, ClientToken: token, Identifier: &row.ID, AwsSubmission: &submission, Tags: row.Tags,
	}
}

// changed is called by the runs, several at a time.
func (b *bulkRun) changed(task partnercentral.Task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.started[task.ClientToken]; !ok {
		now := time.Now()
		b.started[task.ClientToken] = now
		b.meter.Start(now)
	}
}

// ended counts a row whose outcome is there.
func (b *bulkRun) ended(task partnercentral.Task) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.meter.End(time.Now(), b.started[task.ClientToken])
	delete(b.started, task.ClientToken)
	return b.meter.Ended()
}

// progress is the text of the line of progress.
func (b *bulkRun) progress() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, configured := time.Now(), b.service.quota.Stats(partnercentral.QuotaGroupWrites).Rate
	text := fmt.Sprintf("%d of %d started, %d ended, %.1f starts per second",
		b.meter.Started(), len(b.left), b.meter.Ended(), b.meter.Pace(now, configured))
	if left, ok := b.meter.Left(now, configured); ok {
		return text + ", " + short(left) + " left"
	}
	if starting := b.meter.Starting(now, configured); starting > 0 {
		return text + ", all started in " + short(starting)
	}
	return text
}

// summary says what there is in the results file now.
func (b *bulkRun) summary(ctx context.Context) error {
	unknown := b.count[report.InProgress] + b.count[report.MaybeStarted] + b.count[report.Unknown]
	if b.app.printer.Format == report.Table {
		number := func(n int) string { return fmt.Sprint(n) }
		b.app.printer.Row([]report.Column{
			{Heading: "COMPLETE", Width: 8, Text: number(b.count[report.Complete])}, {Heading: "FAILED", Width: 6, Text: number(b.count[report.Failed])},
			{Heading: "NOT_STARTED", Width: 11, Text: number(b.count[report.NotStarted])}, {Heading: "NOT_KNOWN", Width: 9, Text: number(unknown)},
			{Heading: "ROWS", Width: 5, Text: number(len(b.rows))}, {Heading: "RESULTS", Text: b.options.results},
		})
	}
	if b.found > 0 {
		b.app.say("done before: %d of %s", b.found, count(len(b.rows), "row"))
	}
	switch {
	case ctx.Err() != nil:
		b.app.say("interrupted: %s may run on in the service; run the same command again to take up what runs and to start the rest", count(unknown, "task"))
	case b.count[report.NotStarted]+unknown > 0:
		b.app.say("not done: %s; see to what is named above, and run the same command again", count(b.count[report.NotStarted]+unknown, "row"))
	case b.count[report.Failed] > 0:
		b.app.say("failed: %s; once the causes are removed, run the same command again with --corrected", count(b.count[report.Failed], "row"))
	}
	return nil
}

package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
)

// inputs gives what there is to start.
func (b *bulkRun) inputs(yield func(partnercentral.StartTaskInput) bool) {
	for _, row := range b.left {
		if !yield(b.start(row)) {
			return
		}
	}
}

// start returns the Start of a row. Its token is the same whenever it is run.
func (b *bulkRun) start(row *sheet.Row) partnercentral.StartTaskInput {
	key := cmp.Or(row.Key, rowKey(b.service.catalog, row.Kind, row.ID, row.Context))
	catalog, token, tags := aws.String(b.service.catalog), aws.String(partnercentral.ClientTokenFor(key)), row.TagList()
	switch row.Kind {
	case target.Accept:
		return &partnercentral.StartEngagementByAcceptingInvitationTaskInput{Catalog: catalog, ClientToken: token, Identifier: &row.ID, Tags: tags}
	case target.Lead:
		return &partnercentral.StartOpportunityFromEngagementTaskInput{
			Catalog: catalog, ClientToken: token, Identifier: &row.ID, ContextIdentifier: &row.Context, Tags: tags,
		}
	}
	return &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog: catalog, ClientToken: token, Identifier: &row.ID, Tags: tags,
		AwsSubmission: &partnercentral.AwsSubmission{
			InvolvementType: partnercentral.SalesInvolvementType(row.Involvement), Visibility: partnercentral.Visibility(row.Visibility),
		},
	}
}

// changed is called by the runs, several at a time.
func (b *bulkRun) changed(task partnercentral.Task) {
	if !b.begun(task.ClientToken) || task.Done() {
		return
	}
	record := report.Of(task, nil)
	if row, ok := b.byObject[sheet.Identity{ID: record.Object, Context: task.ContextID}]; ok {
		// So a kill leaves what runs.
		if err := b.file.Write(b.result(row, record)); err != nil {
			b.lose(err)
		}
	}
}

// lose ends the run, since its results cannot be kept.
func (b *bulkRun) lose(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = cmp.Or(b.lost, err)
	b.stop()
}

// begun reports whether the task of a token is new.
func (b *bulkRun) begun(token string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.started[token]; ok {
		return false
	}
	now := time.Now()
	b.started[token] = now
	b.meter.Start(now)
	return true
}

func (b *bulkRun) isLost() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lost
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

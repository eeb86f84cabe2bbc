package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const count = 20

// delivery is what happens to events on their way: each figure is worse than what
// was seen of the service.
var delivery = fake.EventDelivery{Delay: 300 * time.Millisecond, Jitter: time.Second, Duplicates: 0.2, Losses: 0.1}

// way is a way to finish tasks.
type way struct {
	name   string
	finish func(context.Context, *finisher, *memoryQueue) error
	optFns []func(*partnercentral.TaskWaiterOptions)
}

// demo finishes 20 tasks in each way, at the same time, each with a service of
// its own.
func demo(ctx context.Context, w io.Writer) error {
	ways := []way{
		{"without events", func(ctx context.Context, f *finisher, _ *memoryQueue) error { return f.finish(ctx, func() {}) }, nil},
		{"events, a consumer of SQS", func(ctx context.Context, f *finisher, q *memoryQueue) error { return f.consume(ctx, q) },
			[]func(*partnercentral.TaskWaiterOptions){expectEvents}},
		{"events, a Lambda function", invoke, []func(*partnercentral.TaskWaiterOptions){expectEvents}},
	}
	fmt.Fprintf(w, "%d tasks each, of 10 to 29 s; %.0f %% of the events are lost, %.0f %% come twice, all of them late\n",
		count, 100*delivery.Losses, 100*delivery.Duplicates)
	reports, errs := make([]*report, len(ways)), make([]error, len(ways))
	var all sync.WaitGroup
	for i, way := range ways {
		all.Go(func() { reports[i], errs[i] = try(ctx, way) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tfinished\trequests\tper task\tmedian lag\tlongest\t")
	for i, r := range reports {
		slices.Sort(r.lags)
		fmt.Fprintf(table, "%s\t%d of %d\t%d\t%.2f\t%.1fs\t%.1fs\t\n", ways[i].name, len(r.lags), count, r.requests,
			float64(r.requests)/count, r.lags[len(r.lags)/2].Seconds(), r.lags[len(r.lags)-1].Seconds())
	}
	return table.Flush()
}

// report is what came of one way.
type report struct {
	requests int
	lags     []time.Duration
}

func try(ctx context.Context, way way) (*report, error) {
	q := newMemoryQueue()
	svc := fake.NewService(fake.WithEvents(q.send, delivery))
	defer svc.Close()
	dir, err := os.MkdirTemp("", "tasks-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ends, err := startAll(ctx, svc, directory(dir))
	if err != nil {
		return nil, err
	}
	before := svc.Calls().Len()

	// From here on nothing is known but what was saved.
	r := &report{}
	f := newFinisher(svc.Client(), directory(dir), func(_ context.Context, task partnercentral.Task) error {
		r.lags = append(r.lags, time.Since(ends[task.ID]))
		return task.Err()
	}, way.optFns...)
	defer f.waiter.Close()
	if err := way.finish(ctx, f, q); err != nil {
		return nil, fmt.Errorf("%s: %w", way.name, err)
	}
	r.requests = svc.Calls().Len() - before
	return r, nil
}

// startAll starts ten submissions and ten acceptances, saves them, and returns
// when each ends.
func startAll(ctx context.Context, svc *fake.Service, tasks directory) (map[string]time.Time, error) {
	ends := map[string]time.Time{}
	client := svc.Client()
	runner := partnercentral.NewRunner(client)
	for i := range count {
		length := 10*time.Second + time.Duration(i*7%count)*time.Second
		token := aws.String(partnercentral.ClientTokenFor(fmt.Sprintf("events/%d", i)))
		var input partnercentral.StartTaskInput
		if i%2 == 0 {
			svc.When(fake.StartEngagementFromOpportunityTask, fake.WithToken(*token)).Script(fake.After(length, fake.Complete()))
			input = &partnercentral.StartEngagementFromOpportunityTaskInput{
				Catalog: aws.String(partnercentral.CatalogSandbox), ClientToken: token, Identifier: aws.String(fmt.Sprintf("O%d", 1000001+i)),
				AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
			}
		} else {
			svc.When(fake.StartEngagementByAcceptingInvitationTask, fake.WithToken(*token)).Script(fake.After(length, fake.Complete()))
			invitation := svc.Invite(fake.Invitation{})
			input = &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
				Catalog: aws.String(invitation.Catalog), ClientToken: token, Identifier: aws.String(invitation.ID),
			}
		}
		task, err := runner.Start(ctx, input)
		if err != nil {
			return nil, err
		}
		if err := tasks.save(ctx, task); err != nil {
			return nil, err
		}
		ends[task.ID] = task.StartTime.Add(length)
	}
	return ends, nil
}

// invoke does what Lambda does with a queue: it collects messages for a second,
// calls the function with them, and deletes what it has not reported. The schedule
// calls it every ten seconds.
func invoke(ctx context.Context, f *finisher, q *memoryQueue) error {
	schedule := time.Now().Add(10 * time.Second)
	for {
		left, err := f.tasks.load(ctx)
		if err != nil || len(left) == 0 {
			return err
		}
		if !time.Now().Before(schedule) {
			schedule = schedule.Add(10 * time.Second)
			if err := f.sweep(ctx); err != nil {
				return err
			}
			continue
		}
		window, stop := context.WithTimeout(ctx, time.Second)
		batch := q.collect(window)
		stop()
		if len(batch.Records) == 0 {
			continue
		}
		answer, err := f.onQueue(ctx, batch)
		if err != nil {
			return err
		}
		if len(answer.BatchItemFailures) > 0 {
			return fmt.Errorf("%d messages were not understood", len(answer.BatchItemFailures))
		}
	}
}

// memoryQueue stands in for SQS.
type memoryQueue struct{ messages chan message }

func newMemoryQueue() *memoryQueue { return &memoryQueue{make(chan message, 1000)} }

func (q *memoryQueue) send(event []byte) {
	q.messages <- message{body: string(event), receipt: "receipt"}
}

func (q *memoryQueue) receive(ctx context.Context) ([]message, error) {
	select {
	case m := <-q.messages:
		return []message{m}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (q *memoryQueue) remove(context.Context, message) error { return nil }

// collect takes messages until the time is over.
func (q *memoryQueue) collect(ctx context.Context) events.SQSEvent {
	var batch events.SQSEvent
	for {
		messages, err := q.receive(ctx)
		if err != nil {
			return batch
		}
		for _, m := range messages {
			batch.Records = append(batch.Records, events.SQSMessage{MessageId: m.receipt, Body: m.body})
		}
	}
}

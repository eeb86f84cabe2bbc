package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentralevents"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// Every task is finished in each way, and events save requests.
func TestDemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		if err := demo(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		rows := regexp.MustCompile(`(?m)20 of 20\s+(\d+)\s+\d\.\d\d\s+\d+\.\ds\s+(\d+\.\d)s`).FindAllStringSubmatch(out.String(), -1)
		if len(rows) != 3 {
			t.Fatal(out.String())
		}
		without, _ := strconv.Atoi(rows[0][1])
		for _, row := range rows[1:] {
			if requests, _ := strconv.Atoi(row[1]); requests >= without {
				t.Errorf("events save no requests:\n%s", out.String())
			}
			if longest, _ := strconv.ParseFloat(row[2], 64); longest > 16 {
				t.Errorf("a lost event costs more than MaxDelay:\n%s", out.String())
			}
		}
	})
}

// program is a finisher with a task that is saved.
type program struct {
	*finisher
	svc      *fake.Service
	task     partnercentral.Task
	finished []partnercentral.Task
	fails    error
	said     [][]byte
}

func newProgram(t *testing.T, outcome fake.Outcome) *program {
	t.Helper()
	p := &program{}
	p.svc = fake.New(t, fake.WithEvents(func(event []byte) { p.said = append(p.said, event) }, fake.EventDelivery{}))
	p.svc.Script(fake.StartEngagementFromOpportunityTask, outcome)
	started, err := p.svc.Client().StartEngagementFromOpportunityTask(t.Context(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.task = started.Task()
	dir := directory(t.TempDir())
	if err := dir.save(t.Context(), p.task); err != nil {
		t.Fatal(err)
	}
	p.finisher = newFinisher(p.svc.Client(), dir, func(_ context.Context, task partnercentral.Task) error {
		p.finished = append(p.finished, task)
		return p.fails
	}, expectEvents)
	t.Cleanup(func() { p.waiter.Close() })
	return p
}

func (p *program) left(t *testing.T) int {
	t.Helper()
	tasks, err := p.tasks.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

func batch(bodies ...[]byte) []byte {
	var e events.SQSEvent
	for i, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{MessageId: "message-" + strconv.Itoa(i), Body: string(body)})
	}
	text, _ := json.Marshal(e)
	return text
}

// notification is an event as SNS delivers it to a queue.
func notification(event []byte) []byte {
	text, _ := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:us-east-1:111122223333:deals", "Message": string(event)})
	return text
}

// The handlers are called as Lambda does, with the JSON of its sources.
func TestHandlers(t *testing.T) {
	for name, test := range map[string]struct {
		handler func(*program) any
		payload func(said [][]byte) []byte
		answer  string
	}{
		"queue":        {func(p *program) any { return p.onQueue }, func(said [][]byte) []byte { return batch(said...) }, `{"batchItemFailures":null}`},
		"queue of SNS": {func(p *program) any { return p.onQueue }, func(said [][]byte) []byte { return batch(notification(said[4])) }, `{"batchItemFailures":null}`},
		"some cannot be read": {func(p *program) any { return p.onQueue }, func(said [][]byte) []byte {
			return batch([]byte(`{"source":"aws.s3"}`), said[0], []byte(`no JSON`))
		}, `{"batchItemFailures":[{"itemIdentifier":"message-0"},{"itemIdentifier":"message-2"}]}`},
		"event":    {func(p *program) any { return p.onEvent }, func(said [][]byte) []byte { return said[4] }, `null`},
		"schedule": {func(p *program) any { return p.sweep }, func([][]byte) []byte { return []byte(`{"source":"aws.events"}`) }, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProgram(t, fake.After(time.Minute, fake.Complete()))
				time.Sleep(time.Minute)
				synctest.Wait()
				answer, err := lambda.NewHandler(test.handler(p)).Invoke(t.Context(), test.payload(p.said))
				if err != nil || string(answer) != test.answer {
					t.Fatalf("%s, %v", answer, err)
				}
				if len(p.finished) != 1 || p.finished[0].Status != partnercentral.TaskStatusComplete || p.left(t) != 0 {
					t.Fatalf("finished %v, %d left", p.finished, p.left(t))
				}
				if n := p.svc.Calls().For(fake.ListEngagementFromOpportunityTasks).Len(); n != 1 {
					t.Errorf("%d polls", n)
				}
			})
		})
	}
}

// What is about no saved task, and what was heard before, costs no request and
// no time.
func TestHandlersIgnoreWhatIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, fake.After(time.Minute, fake.Complete()))
		start := time.Now()
		other := []byte(`{"source":"aws.partnercentral-selling","detail-type":"Opportunity Updated","id":"1","detail":{"catalog":"Sandbox","opportunity":{"identifier":"O9"}}}`)
		for range 2 {
			if _, err := lambda.NewHandler(p.onQueue).Invoke(t.Context(), batch(other, other)); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(start) > 0 || p.left(t) != 1 {
			t.Errorf("it took %v", time.Since(start))
		}
		mine := bytes.ReplaceAll(other, []byte("O9"), []byte("O1234567"))
		for i := range 3 {
			again := bytes.ReplaceAll(mine, []byte(`"id":"1"`), []byte(`"id":"`+strconv.Itoa(i)+`"`))
			if _, err := lambda.NewHandler(p.onQueue).Invoke(t.Context(), batch(again)); err != nil {
				t.Fatal(err)
			}
		}
		if n := p.svc.Calls().For(fake.ListEngagementFromOpportunityTasks).Len(); n != 1 {
			t.Errorf("%d polls for one event that came three times, with three ids", n)
		}
		if err := p.onEvent(t.Context(), events.EventBridgeEvent{Source: "aws.s3", DetailType: "Object Created", Detail: json.RawMessage(`{}`)}); err != nil {
			t.Error(err)
		}
	})
}

// A failure of the business's own work leaves the task saved, and the message
// that comes again is news again.
func TestHandlersTryAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, fake.After(time.Second, fake.Complete()))
		p.fails = errors.New("the CRM is down")
		time.Sleep(time.Second)
		synctest.Wait()
		for range 2 {
			_, err := lambda.NewHandler(p.onQueue).Invoke(t.Context(), batch(p.said...))
			if err == nil || !strings.Contains(err.Error(), "the CRM is down") || p.left(t) != 1 {
				t.Fatalf("%v, %d left", err, p.left(t))
			}
		}
		if err := p.sweep(t.Context()); err == nil {
			t.Fatal("the failure was not told")
		}
		p.fails = nil
		if _, err := lambda.NewHandler(p.onQueue).Invoke(t.Context(), batch(p.said...)); err != nil || p.left(t) != 0 {
			t.Fatalf("%v, %d left", err, p.left(t))
		}
	})
}

// A CRM that is slower than the function's patience still gets to know of every
// task that has ended, with a context that lives.
func TestTheBusinessMayTakeItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, fake.After(time.Minute, fake.Complete()))
		other := p.task
		other.ID, other.Status = "task-other", partnercentral.TaskStatusComplete
		if err := p.tasks.(directory).save(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		p.ended = func(ctx context.Context, task partnercentral.Task) error {
			p.finished = append(p.finished, task)
			time.Sleep(2 * patience)
			return ctx.Err()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, err := lambda.NewHandler(p.onQueue).Invoke(t.Context(), batch(p.said...)); err != nil {
			t.Fatal(err)
		}
		if len(p.finished) != 2 || p.left(t) != 0 {
			t.Errorf("finished %v, %d left", p.finished, p.left(t))
		}
	})
}

// No event says that a task has failed: the schedule finds it.
func TestScheduleFindsWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, fake.After(time.Second, fake.Fail(partnercentral.ReasonCodeOpportunityConflict, "")))
		if err := p.sweep(t.Context()); err != nil || p.left(t) != 1 {
			t.Fatalf("%v: it still runs", err)
		}
		time.Sleep(time.Minute)
		if err := p.sweep(t.Context()); err != nil || p.left(t) != 0 || p.finished[0].Status != partnercentral.TaskStatusFailed {
			t.Fatalf("%v %v", err, p.finished)
		}
		if len(p.said) != 0 {
			t.Errorf("%d events", len(p.said))
		}
	})
}

// brokenQueue gives each message twice, one that cannot be read, and deletes
// nothing.
type brokenQueue struct{ *memoryQueue }

func (q brokenQueue) receive(ctx context.Context) ([]message, error) {
	messages, err := q.memoryQueue.receive(ctx)
	return append(append(messages, messages...), message{body: "no JSON"}), err
}

func (brokenQueue) remove(context.Context, message) error { return errors.New("not now") }

func TestConsumerGoesOnWhenAMessageIsBad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, fake.After(time.Minute, fake.Complete()))
		q := newMemoryQueue()
		go func() {
			time.Sleep(time.Minute)
			synctest.Wait()
			for _, event := range p.said {
				q.send(event)
			}
		}()
		if err := p.consume(t.Context(), brokenQueue{q}); err != nil || p.left(t) != 0 {
			t.Fatalf("%v, %d left", err, p.left(t))
		}
	})
}

type lostQueue struct{}

func (lostQueue) receive(context.Context) ([]message, error) { return nil, errors.New("no such queue") }
func (lostQueue) remove(context.Context, message) error      { return nil }

func TestConsumerEndsWithoutAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, fake.After(time.Minute, fake.Complete()))
		if err := p.consume(t.Context(), lostQueue{}); err == nil || !strings.Contains(err.Error(), "no such queue") || p.left(t) != 1 {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.consume(ctx, newMemoryQueue()); err != nil || p.left(t) != 1 {
			t.Fatal(err)
		}
	})
}

func TestHeard(t *testing.T) {
	var h heard
	at := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	hear := func(what, opportunity, id string, after time.Duration) bool {
		event, err := partnercentralevents.Parse([]byte(`{"source":"aws.partnercentral-selling","detail-type":"` + what + `","id":"` + id + `","detail":{"catalog":"AWS","opportunity":{"identifier":"` + opportunity + `"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		return len(h.fresh(event, at.Add(after))) > 0
	}
	for i, test := range []struct {
		what, opportunity, id string
		after                 time.Duration
		news                  bool
	}{
		{"Opportunity Created", "O1", "1", 0, true},
		{"Opportunity Created", "O1", "1", 0, false},
		{"Opportunity Created", "O1", "2", 15 * time.Second, false},
		{"Opportunity Created", "O2", "1", 15 * time.Second, true},
		{"Opportunity Updated", "O1", "1", 15 * time.Second, true},
		{"Opportunity Accepted", "O1", "1", 15 * time.Second, false},
		{"Opportunity Created", "O1", "3", time.Minute, true},
		{"Opportunity Updated", "O1", "3", time.Minute, false},
	} {
		if news := hear(test.what, test.opportunity, test.id, test.after); news != test.news {
			t.Errorf("%d: %+v", i, test)
		}
	}
	if len(h.at) != 3 {
		t.Errorf("%d subjects are remembered", len(h.at))
	}
	h.forget()
	if !hear("Opportunity Created", "O1", "3", time.Minute) {
		t.Error("not forgotten")
	}
}

func TestDirectory(t *testing.T) {
	dir := directory(t.TempDir())
	task := partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "AWS", ID: "task-0123456789abc", ClientToken: "token"}
	if err := dir.save(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	got, err := dir.load(t.Context())
	if err != nil || len(got) != 1 || got[0] != task {
		t.Fatalf("%v, %v", got, err)
	}
	for range 2 {
		if err := dir.remove(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(string(dir), "x.json"), []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.load(t.Context()); err == nil || !strings.Contains(err.Error(), "x.json") {
		t.Fatal(err)
	}
}

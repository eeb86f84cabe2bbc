package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
)

// patience is how long a call of the function waits for the polls that its events
// have caused. What has not ended by then is for the next event, or the schedule.
const patience = 3500 * time.Millisecond

// onQueue is the handler for a queue of events. Messages that it reports come
// again and, when they have come too often, go to the dead-letter queue of the
// source. Give the source a batching window of some seconds: the events of one
// task then come together.
func (f *finisher) onQueue(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var news []partnercentral.Task
	var answer events.SQSEventResponse
	for _, message := range batch.Records {
		tasks, err := f.hear([]byte(message.Body))
		if err != nil {
			log.Printf("message %s: %v", message.MessageId, err)
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
		news = append(news, tasks...)
	}
	return answer, f.react(ctx, news)
}

// onEvent is the handler for a rule of EventBridge that calls the function for
// each event.
func (f *finisher) onEvent(ctx context.Context, event events.EventBridgeEvent) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	tasks, err := f.hear(body)
	if err != nil {
		log.Print(err)
		return nil // the same event would fail again
	}
	return f.react(ctx, tasks)
}

// react finishes the tasks that have ended by the news. When that fails the news
// come again, and are news again.
func (f *finisher) react(ctx context.Context, news []partnercentral.Task) error {
	if len(news) == 0 {
		return nil
	}
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	err := f.finish(waiting, func() {
		if !f.nudge(news) {
			stop() // the events are about nothing that is saved
		}
	})
	if err != nil {
		f.heard.forget()
	}
	return err
}

// environment has the credentials that Lambda gives to a function.
type environment struct{}

func (environment) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}, nil
}

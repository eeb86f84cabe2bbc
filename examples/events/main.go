// Command events finishes saved tasks when EventBridge says that something has
// happened: as a Lambda function, or as a consumer of an SQS queue. The tasks were
// started and saved by another program.
//
//	go run ./examples/events
//
// shows both, and the same without events, with the fake service in process, which
// says what EventBridge would say: late, twice, out of order, or not at all.
//
// As a Lambda function the program is told by the name of its handler what calls
// it: "queue" for an SQS queue, "event" for a rule of EventBridge, and "schedule"
// for a rule that calls it every few minutes, since events get lost. It needs the
// catalog's events (see partnercentralevents.Pattern), the permission to list
// tasks, and in TASKS the directory with the saved tasks.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/cosell-dev/partnercentral-go"
)

func main() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		if err := serveLambda(); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := demo(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "events:", err)
		os.Exit(1)
	}
}

func serveLambda() error {
	dir := os.Getenv("TASKS")
	if dir == "" {
		return errors.New("TASKS names no directory")
	}
	// Lambda gives the credentials of the function's role in the environment.
	client := partnercentral.New(partnercentral.Options{Region: "us-east-1", Credentials: environment{}})
	f := newFinisher(client, directory(dir), func(_ context.Context, task partnercentral.Task) error {
		log.Print(task) // here the deal in the CRM would be updated
		return nil
	}, expectEvents)
	switch handler := os.Getenv("_HANDLER"); handler {
	case "queue":
		lambda.Start(f.onQueue)
	case "event":
		lambda.Start(f.onEvent)
	case "schedule":
		lambda.Start(f.sweep)
	default:
		return fmt.Errorf("the handler is queue, event or schedule, not %q", handler)
	}
	return nil
}

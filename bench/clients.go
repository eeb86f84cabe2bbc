package main

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cosell-dev/partnercentral-go"
)

// Answers as the services give them. The answer to a Start whose task runs has
// about as many bytes as the queue's, and four members for its one; when the task
// has ended at once, the answer has ten members.
const (
	runningAnswer = `{"TaskId":"task-0123456789abc","StartTime":"2026-08-01T12:00:00Z","TaskStatus":"IN_PROGRESS","OpportunityId":"O1234567"}`
	endedAnswer   = `{"TaskId":"task-0123456789abc","TaskArn":"arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/task-0123456789abc","StartTime":"2026-08-01T12:00:00.90592938Z","TaskStatus":"COMPLETE","Message":null,"ReasonCode":null,"OpportunityId":"O1234567","EngagementId":"eng-0123456789abcd","EngagementInvitationId":"engi-0123456789abc","ResourceSnapshotJobId":"job-0123456789abc"}`
	listAnswer    = `{"TaskSummaries":[` + endedAnswer + `]}`
	movesAnswer   = `{"Results":[{"TaskHandle":"eyJ0YXNrSWQiOiIwYjdjMGYwZS0xMTExLTQyMjItODMzMy00NDQ0NTU1NTY2NjYi","Status":"COMPLETED","SourceArn":"arn:aws:sqs:us-east-1:111122223333:dlq","DestinationArn":"arn:aws:sqs:us-east-1:111122223333:queue","MaxNumberOfMessagesPerSecond":50,"ApproximateNumberOfMessagesMoved":10,"ApproximateNumberOfMessagesToMove":10,"StartedTimestamp":1785585600000}]}`
	moveAnswer    = `{"TaskHandle":"eyJ0YXNrSWQiOiIwYjdjMGYwZS0xMTExLTQyMjItODMzMy00NDQ0NTU1NTY2NjYiLCJzb3VyY2VBcm4iOiJhcm46YXdzOnNxczp1cy1lYXN0LTE6MTExMTIyMjIzMzMzOmRscSJ9"}`
)

const region = "us-east-1"

// credentials are the example of AWS's documentation, with a session token, as
// credentials of a role have one.
var credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID:     "AKIAIOSFODNN7EXAMPLE",
		SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		SessionToken:    "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
	}, nil
})

// config is the configuration that both clients are built from.
func config(client aws.HTTPClient, endpoint string) aws.Config {
	cfg := aws.Config{Region: region, Credentials: credentials, HTTPClient: client}
	if endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return cfg
}

// caller makes one call.
type caller func(context.Context) error

// startInput is the input of our call. The client token is the caller's, since
// the other operation has none.
func startInput() *partnercentral.StartEngagementFromOpportunityTaskInput {
	return &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:     aws.String(partnercentral.CatalogSandbox),
		ClientToken: aws.String("0b7c0f0e-1111-4222-8333-444455556666"),
		Identifier:  aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{
			InvolvementType: partnercentral.SalesInvolvementTypeCoSell,
			Visibility:      partnercentral.VisibilityFull,
		},
	}
}

// startTask is a call of ours.
func startTask(client *partnercentral.Client) caller {
	in := startInput()
	return func(ctx context.Context) error {
		_, err := client.StartEngagementFromOpportunityTask(ctx, in)
		return err
	}
}

// moveTask is the call of the official client beside it.
func moveTask(client *sqs.Client) caller {
	in := &sqs.StartMessageMoveTaskInput{
		SourceArn:                    aws.String("arn:aws:sqs:us-east-1:111122223333:dead-letters"),
		DestinationArn:               aws.String("arn:aws:sqs:us-east-1:111122223333:letters"),
		MaxNumberOfMessagesPerSecond: aws.Int32(50),
	}
	return func(ctx context.Context) error {
		_, err := client.StartMessageMoveTask(ctx, in)
		return err
	}
}

// runTask is a call of ours that the runner makes: one Start, whose answer has ended.
func runTask(client *partnercentral.Client) caller {
	runner, in := partnercentral.NewRunner(client), startInput()
	return func(ctx context.Context) error {
		_, err := runner.Run(ctx, in)
		return err
	}
}

// poll is a call of ours that the waiter makes: one List of one task.
func poll(client *partnercentral.Client) caller {
	waiter := partnercentral.NewTaskWaiter(client, func(o *partnercentral.TaskWaiterOptions) {
		o.ReadsPerSecond, o.ReadsPerDay = 1e9, -1
	})
	task := partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: partnercentral.CatalogSandbox, ID: "task-0123456789abc",
	}
	return func(ctx context.Context) error {
		_, err := waiter.Refresh(ctx, task)
		return err
	}
}

// listTasks is the List that poll makes, by the client alone.
func listTasks(client *partnercentral.Client) caller {
	in := &partnercentral.ListEngagementFromOpportunityTasksInput{
		Catalog: aws.String(partnercentral.CatalogSandbox), TaskIdentifier: []string{"task-0123456789abc"}, MaxResults: aws.Int32(1),
	}
	return func(ctx context.Context) error {
		_, err := client.ListEngagementFromOpportunityTasks(ctx, in)
		return err
	}
}

// listMoves is the call of the official client beside the List.
func listMoves(client *sqs.Client) caller {
	in := &sqs.ListMessageMoveTasksInput{
		SourceArn: aws.String("arn:aws:sqs:us-east-1:111122223333:dead-letters"), MaxResults: aws.Int32(1),
	}
	return func(ctx context.Context) error {
		_, err := client.ListMessageMoveTasks(ctx, in)
		return err
	}
}

// canned answers every request with the same body, without a socket.
type canned []byte

func (c canned) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		if err := r.Body.Close(); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        answerHeader(),
		Body:          io.NopCloser(bytes.NewReader(c)),
		ContentLength: int64(len(c)),
		Request:       r,
	}, nil
}

func answerHeader() http.Header {
	return http.Header{
		"Content-Type":     {"application/x-amz-json-1.0"},
		"Date":             {"Sat, 01 Aug 2026 12:00:00 GMT"},
		"X-Amzn-Requestid": {"0b7c0f0e-1111-4222-8333-444455556666"},
	}
}

func ours(client aws.HTTPClient, endpoint string) caller {
	return startTask(partnercentral.NewFromConfig(config(client, endpoint)))
}

func official(client aws.HTTPClient, endpoint string) caller {
	return moveTask(sqs.NewFromConfig(config(client, endpoint)))
}

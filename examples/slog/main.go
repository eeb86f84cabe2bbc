// The slog program submits two opportunities and waits for them, and writes a
// line with log/slog for each call, poll and ended task. It runs on the fake
// service, which throttles the first call and lets the second task fail.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func main() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if err := run(context.Background(), logger); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, logger *slog.Logger) error {
	svc := partnercentraltest.NewService(partnercentraltest.WithDefaultOutcome(
		partnercentraltest.After(time.Second, partnercentraltest.Complete())))
	defer svc.Close()
	svc.Fault(partnercentraltest.StartEngagementFromOpportunityTask, partnercentraltest.Nth(1), partnercentraltest.Throttle())
	svc.When(partnercentraltest.StartEngagementFromOpportunityTask, partnercentraltest.WithIdentifier("O0000002")).Script(
		partnercentraltest.After(time.Second, partnercentraltest.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "close date is in the past")))

	client := svc.Client(func(o *partnercentral.Options) {
		o.Logger = sdkLogger(logger) // what the SDK and the waiter have to say
		o.ClientLogMode = aws.LogRetries
		o.APIOptions = append(o.APIOptions, logCalls(logger)) // a line for each call
	})
	waiter := partnercentral.NewTaskWaiter(client, func(o *partnercentral.TaskWaiterOptions) {
		o.OnChange = func(task partnercentral.Task) { logTask(ctx, logger, task) }
		o.OnPoll = func(poll partnercentral.PollInfo) {
			logger.DebugContext(ctx, "poll", "kind", poll.Kind, "listed", poll.Listed, "ended", poll.Ended, "duration", poll.Duration, "err", poll.Err)
		}
	})

	var tasks []partnercentral.Task
	for _, opportunity := range []string{"O0000001", "O0000002"} {
		started, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog:       aws.String(partnercentral.CatalogSandbox),
			Identifier:    aws.String(opportunity),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		})
		if err != nil {
			return err
		}
		tasks = append(tasks, started.Task())
	}
	var failed *partnercentral.TaskFailedError
	for _, err := range waiter.WaitAll(ctx, slices.Values(tasks), time.Minute) {
		if err != nil && !errors.As(err, &failed) { // OnChange has logged those that failed
			return err
		}
	}
	return nil
}

func logTask(ctx context.Context, logger *slog.Logger, task partnercentral.Task) {
	level := slog.LevelInfo
	if task.Status == partnercentral.TaskStatusFailed {
		level = slog.LevelError
	}
	logger.Log(ctx, level, "task", "id", task.ID, "opportunity", task.OpportunityID, "status", task.Status, "reason", task.ReasonCode, "message", task.Message)
}

// sdkLogger writes the lines of AWS clients with log/slog.
func sdkLogger(logger *slog.Logger) logging.Logger {
	return logging.LoggerFunc(func(classification logging.Classification, format string, v ...any) {
		level := slog.LevelDebug
		if classification == logging.Warn {
			level = slog.LevelWarn
		}
		logger.Log(context.Background(), level, fmt.Sprintf(format, v...))
	})
}

// logCalls returns an API option that writes a line for each call, when it has
// ended, whatever number of attempts it took. It works in any client of
// aws-sdk-go-v2.
func logCalls(logger *slog.Logger) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("LogCalls", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
			middleware.InitializeOutput, middleware.Metadata, error,
		) {
			start := time.Now()
			out, metadata, err := next.HandleInitialize(ctx, in)
			requestID, _ := awsmiddleware.GetRequestIDMetadata(metadata)
			level := slog.LevelInfo
			if err != nil {
				level = slog.LevelError
			}
			logger.Log(ctx, level, "call", "operation", middleware.GetOperationName(ctx), "duration", time.Since(start), "request", requestID, "err", err)
			return out, metadata, err
		}), middleware.Before)
	}
}

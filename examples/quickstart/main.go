// Command quickstart takes tasks of the Partner Central Selling API from Start to
// their end, without an AWS account: it talks to the fake service, in process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer) error {
	svc := fake.NewService()
	defer svc.Close()
	for _, title := range []string{"Data lake", "Migration"} {
		svc.Invite(fake.Invitation{EngagementTitle: title})
	}
	svc.Invite(fake.Invitation{EngagementTitle: "A lead", PayloadType: partnercentral.EngagementInvitationPayloadTypeLeadInvitation})
	svc.Script(fake.StartEngagementByAcceptingInvitationTask, fake.ByDefault(fake.After(2*time.Second, fake.Complete())))
	svc.Script(fake.StartEngagementFromOpportunityTask,
		fake.After(3*time.Second, fake.Complete()),
		fake.After(2*time.Second, fake.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "The target close date is in the past.")))
	svc.Script(fake.StartOpportunityFromEngagementTask, fake.After(4*time.Second, fake.Complete()))
	svc.Script(fake.StartProspectingFromEngagementTask, fake.After(4*time.Second, fake.WithEngagements(fake.Complete(),
		fake.FailEngagement("eng-0000000000000b", "LeadExists", "The engagement is a prospecting lead already."))))

	// With an account: partnercentral.NewFromConfig and config.LoadDefaultConfig.
	client := svc.Client()
	out := &printer{w: w, start: time.Now()}
	waiter := partnercentral.NewTaskWaiter(client, func(o *partnercentral.TaskWaiterOptions) {
		o.OnChange = out.print
	})
	defer waiter.Close()
	if err := acceptAll(ctx, client, waiter, out); err != nil {
		return err
	}
	tasks, err := start(ctx, client)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		out.print(task)
	}
	for task, err := range waiter.WaitAll(ctx, slices.Values(tasks), time.Minute) {
		var failed *partnercentral.TaskFailedError
		switch {
		case errors.As(err, &failed):
			for _, e := range task.Engagements() {
				out.printf("engagement %s of %s %s %s", *e.EngagementIdentifier, task.ID, e.Status, aws.ToString(e.Message))
			}
			out.printf("what to do about %s: %s", task.ID, failed.Remedy())
		case err != nil:
			return err
		}
	}
	out.printf("%d calls in all", svc.Calls().Len())
	return nil
}

// acceptAll accepts every pending invitation to an opportunity. It collects them
// first: accepting one moves the pages of the pending ones.
func acceptAll(ctx context.Context, client *partnercentral.Client, waiter *partnercentral.TaskWaiter, out *printer) error {
	pending := partnercentral.NewListEngagementInvitationsPaginator(client, &partnercentral.ListEngagementInvitationsInput{
		Catalog:         aws.String(partnercentral.CatalogSandbox),
		ParticipantType: partnercentral.ParticipantTypeReceiver,
		Status:          []partnercentral.InvitationStatus{partnercentral.InvitationStatusPending},
	})
	var inputs []partnercentral.StartTaskInput
	for invitation, err := range pending.All(ctx) {
		if err != nil {
			return err
		}
		if invitation.PayloadType != partnercentral.EngagementInvitationPayloadTypeOpportunityInvitation {
			out.printf("invitation %s (%s) is a %s: no task accepts it", *invitation.Id, *invitation.EngagementTitle, invitation.PayloadType)
			continue
		}
		out.printf("invitation %s (%s) is %s", *invitation.Id, *invitation.EngagementTitle, invitation.Status)
		inputs = append(inputs, &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
			Catalog:     invitation.Catalog,
			Identifier:  invitation.Id,
			ClientToken: aws.String(partnercentral.ClientTokenFor("quickstart/" + *invitation.Id)),
		})
	}
	runner := partnercentral.NewRunner(client, func(o *partnercentral.RunnerOptions) { o.Waiter = waiter })
	for result := range runner.RunAll(ctx, slices.Values(inputs)) {
		if result.Err != nil {
			return result.Err
		}
	}
	return nil
}

// start starts a task of each other kind, and one that is going to fail.
func start(ctx context.Context, client *partnercentral.Client) ([]partnercentral.Task, error) {
	var tasks []partnercentral.Task
	for _, opportunity := range []string{"O1234567", "O7654321"} {
		submitted, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog:    aws.String(partnercentral.CatalogSandbox),
			Identifier: aws.String(opportunity),
			AwsSubmission: &partnercentral.AwsSubmission{
				InvolvementType: partnercentral.SalesInvolvementTypeCoSell,
				Visibility:      partnercentral.VisibilityFull,
			},
		})
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, submitted.Task())
	}
	return startFromEngagements(ctx, client, tasks)
}

// startFromEngagements starts the kinds of tasks that begin with engagements.
func startFromEngagements(ctx context.Context, client *partnercentral.Client, tasks []partnercentral.Task) ([]partnercentral.Task, error) {
	converted, err := client.StartOpportunityFromEngagementTask(ctx, &partnercentral.StartOpportunityFromEngagementTaskInput{
		Catalog:           aws.String(partnercentral.CatalogSandbox),
		Identifier:        aws.String("eng-0000000000000a"),
		ContextIdentifier: aws.String("1"),
	})
	if err != nil {
		return nil, err
	}
	prospecting, err := client.StartProspectingFromEngagementTask(ctx, &partnercentral.StartProspectingFromEngagementTaskInput{
		Catalog:     aws.String(partnercentral.CatalogSandbox),
		TaskName:    aws.String("autumn leads"),
		Identifiers: []string{"eng-0000000000000a", "eng-0000000000000b"},
	})
	if err != nil {
		return nil, err
	}
	return append(tasks, converted.Task(), prospecting.Task()), nil
}

// printer prints each state that is seen, with the seconds since the start.
type printer struct {
	mu    sync.Mutex
	w     io.Writer
	start time.Time
}

func (p *printer) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "%4.1fs  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}

func (p *printer) print(task partnercentral.Task) {
	line := fmt.Sprintf("Start%sTask %s %s", task.Kind, task.ID, task.Status)
	switch {
	case task.Kind == partnercentral.TaskKindProspectingFromEngagement:
		if task.Done() {
			line += ": " + task.Message
		}
	case task.Status == partnercentral.TaskStatusFailed:
		line += fmt.Sprintf(": %s: %s", task.ReasonCode, task.Message)
	case task.Done() && task.Kind == partnercentral.TaskKindEngagementByAcceptingInvitation:
		line += fmt.Sprintf(": opportunity %s from invitation %s", task.OpportunityID, task.EngagementInvitationID)
	case task.Done() && task.Kind == partnercentral.TaskKindOpportunityFromEngagement:
		line += fmt.Sprintf(": opportunity %s from engagement %s", task.OpportunityID, task.EngagementID)
	case task.Done():
		line += fmt.Sprintf(": engagement %s, invitation %s", task.EngagementID, task.EngagementInvitationID)
	}
	p.printf("%s", line)
}

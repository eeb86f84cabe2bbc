package main

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

func (a *app) accept() *cobra.Command {
	s := &start{app: a}
	var pending, dryRun bool
	cmd := &cobra.Command{
		Use:   "accept INVITATION | accept --pending",
		Short: "Accept an invitation from AWS, or all that are pending",
		Long: `Accept an invitation from AWS, or all that are pending, and wait until their
opportunities are in your account. Invitations to leads are left out of --pending:
they are accepted in Partner Central.`,
		Example: `  partnercentral --catalog AWS accept engi-0000001abc3de
  partnercentral --catalog AWS accept --pending --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			tags, err := target.Tags(s.tags)
			if err != nil {
				return err
			}
			if err := s.check(pending); err != nil {
				return err
			}
			input := func(catalog, id, token string) partnercentral.StartTaskInput {
				return &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
					Catalog: &catalog, ClientToken: &token, Identifier: &id, Tags: tags,
				}
			}
			switch {
			case pending && len(args) > 0:
				return usage.Errorf("--pending accepts all invitations: leave out %s, or leave out --pending", args[0])
			case pending && s.key+s.token != "":
				return usage.Errorf("--pending has keys of its own: leave out --key and --token")
			case pending:
				return s.acceptPending(cmd.Context(), dryRun, input)
			case dryRun:
				return usage.Errorf("--dry-run shows what --pending would accept: add --pending")
			case len(args) == 0:
				return usage.Errorf("INVITATION is missing: type partnercentral accept INVITATION, or partnercentral accept --pending")
			}
			if err := exactly("INVITATION")(cmd, args); err != nil {
				return err
			}
			if err := target.Invitation(args[0]); err != nil {
				return err
			}
			if err := target.CheckARN(args[0], s.app.catalog, ""); err != nil {
				return err
			}
			return s.run(cmd.Context(), func(svc *service, token string) partnercentral.StartTaskInput {
				return input(svc.catalog, args[0], token)
			})
		},
	}
	s.flags(cmd, true)
	cmd.Flags().BoolVar(&pending, "pending", false, "accept all invitations that are pending")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "with --pending, list what would be accepted and accept nothing")
	return cmd
}

func (s *start) acceptPending(ctx context.Context, dryRun bool, input func(catalog, id, token string) partnercentral.StartTaskInput) error {
	ctx, cancel := s.app.within(ctx, s.timeout)
	defer cancel()
	svc, err := s.app.connect(ctx, 0)
	if err != nil {
		return err
	}
	ids, err := s.pending(ctx, svc, dryRun)
	if err != nil {
		return err
	}
	if dryRun || len(ids) == 0 {
		s.app.say("%s to accept", count(len(ids), "invitation"))
		return nil
	}
	inputs := make([]partnercentral.StartTaskInput, len(ids))
	for i, id := range ids {
		// The same on every machine, and that of a bulk run.
		inputs[i] = input(svc.catalog, id, partnercentral.ClientTokenFor(rowKey(svc.catalog, target.Accept, id, "")))
	}
	return s.runMany(ctx, svc, inputs)
}

// pending returns the ids of the invitations to accept, and shows them if asked to.
func (s *start) pending(ctx context.Context, svc *service, show bool) ([]string, error) {
	live := s.app.progress(1, s.app.reading("invitations"))
	defer live.stop()
	// All of them first: what is accepted moves those after it in the list.
	var ids []string
	leads := 0
	for invitation, err := range svc.invitations(ctx, []partnercentral.InvitationStatus{partnercentral.InvitationStatusPending}) {
		switch {
		case err != nil:
			return nil, err
		case invitation.PayloadType == partnercentral.EngagementInvitationPayloadTypeLeadInvitation:
			leads++
			continue
		case show:
			s.app.showInvitation(invitation)
		}
		ids = append(ids, aws.ToString(invitation.Id))
	}
	if leads > 0 {
		s.app.say("left out: %s to leads, to be accepted in Partner Central", count(leads, "invitation"))
	}
	return ids, nil
}

// runMany starts tasks, or takes those that run already, and waits for all.
func (s *start) runMany(ctx context.Context, svc *service, inputs []partnercentral.StartTaskInput) error {
	waiter := svc.waiter()
	defer waiter.Close()
	begin := time.Now()
	var ended atomic.Int64
	live := s.app.progress(len(inputs), func() string {
		return fmt.Sprintf("%d of %d ended, waiting for %s", ended.Load(), len(inputs), short(time.Since(begin)))
	})
	defer live.stop()
	failed := 0
	show := func(task partnercentral.Task, err error) {
		live.ended(int(ended.Add(1)))
		if task.Status == partnercentral.TaskStatusFailed {
			failed++
		}
		if s.noWait && err == nil && !task.Done() {
			s.app.printer.Show(report.Of(task, nil))
			return
		}
		s.app.outcome(task, err, "")
	}
	runner := partnercentral.NewRunner(svc.client, s.runnerOptions(waiter, true))
	if s.noWait {
		for _, in := range inputs {
			show(runner.Start(ctx, in))
		}
	} else {
		runAll(ctx, runner, inputs, show)
	}
	if failed > 0 && !s.corrected {
		s.app.say("failed: %s; once the causes are removed, repeat the command with --corrected", count(failed, "task"))
	}
	return nil
}

// runAll runs all inputs, and shows what became of each.
func runAll(ctx context.Context, runner *partnercentral.Runner, inputs []partnercentral.StartTaskInput, show func(partnercentral.Task, error)) {
	seen := make([]bool, len(inputs))
	var rest error
	for result := range runner.RunAll(ctx, slices.Values(inputs)) {
		if result.Index < 0 {
			// It concerns those that are left.
			rest = result.Err
			continue
		}
		seen[result.Index] = true
		show(result.Task, result.Err)
	}
	if rest == nil {
		rest = ctx.Err()
	}
	for i, in := range inputs {
		if !seen[i] {
			show(in.Task(), &partnercentral.RunError{State: partnercentral.RunNotStarted, Task: in.Task(), Err: rest})
		}
	}
}

// rowKey is the key of the task that does this to an object, for those who gave
// none.
func rowKey(catalog string, kind target.Kind, id, context string) string {
	return fmt.Sprintf("partnercentral/%s/%s/%s/%s", catalog, kind, id, context)
}

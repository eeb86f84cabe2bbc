package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// submission is how an opportunity is submitted.
type submission struct{ involvement, visibility string }

func (s *submission) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&s.involvement, "involvement", string(partnercentral.SalesInvolvementTypeCoSell), "`involvement` that is asked of AWS: Co-Sell or \"For Visibility Only\"")
	flags.StringVar(&s.visibility, "visibility", string(partnercentral.VisibilityFull), "`visibility` of it to AWS Sales: Full or Limited")
	words(cmd, "involvement", "Co-Sell", "For Visibility Only")
	words(cmd, "visibility", "Full", "Limited")
}

// parse reads what was typed.
func (s submission) parse() (*partnercentral.AwsSubmission, error) {
	involvement, err := target.Word("kind of involvement", s.involvement, partnercentral.SalesInvolvementType("").Values())
	if err != nil {
		return nil, err
	}
	visibility, err := target.Word("visibility", s.visibility, partnercentral.Visibility("").Values())
	if err != nil {
		return nil, err
	}
	return &partnercentral.AwsSubmission{InvolvementType: involvement, Visibility: visibility}, nil
}

func (a *app) submit() *cobra.Command {
	s := &start{app: a}
	var how submission
	cmd := &cobra.Command{
		Use:   "submit OPPORTUNITY",
		Short: "Submit an opportunity to AWS",
		Long: `Submit an opportunity to AWS for co-selling and wait until that is done: an
engagement, a snapshot and an invitation of AWS are made. It means that AWS has got
it, not that AWS has agreed.`,
		Example: `  partnercentral --demo submit O1234567
  partnercentral --catalog AWS submit O1234567 --key crm/deal/4711 --tag team=emea`,
		Args: exactly("OPPORTUNITY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := target.Opportunity(args[0]); err != nil {
				return err
			}
			submission, err := how.parse()
			if err != nil {
				return err
			}
			tags, err := target.Tags(s.tags)
			if err != nil {
				return err
			}
			if err := s.check(false); err != nil {
				return err
			}
			return s.run(cmd.Context(), func(svc *service, token string) partnercentral.StartTaskInput {
				return &partnercentral.StartEngagementFromOpportunityTaskInput{
					Catalog: &svc.catalog, ClientToken: &token, Identifier: &args[0], AwsSubmission: submission, Tags: tags,
				}
			})
		},
	}
	s.flags(cmd, true)
	how.flags(cmd)
	return cmd
}

func (a *app) lead() *cobra.Command {
	s := &start{app: a}
	cmd := &cobra.Command{
		Use:     "lead ENGAGEMENT CONTEXT",
		Short:   "Turn a lead of an engagement into an opportunity",
		Long:    `Turn the lead with this number in an engagement into an opportunity, and wait for it.`,
		Example: `  partnercentral --catalog AWS lead eng-0000001abc3def 1`,
		Args:    exactly("ENGAGEMENT", "CONTEXT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := target.Engagement(args[0]); err != nil {
				return err
			}
			if err := target.Context(args[1]); err != nil {
				return err
			}
			tags, err := target.Tags(s.tags)
			if err != nil {
				return err
			}
			if err := s.check(false); err != nil {
				return err
			}
			return s.run(cmd.Context(), func(svc *service, token string) partnercentral.StartTaskInput {
				return &partnercentral.StartOpportunityFromEngagementTaskInput{
					Catalog: &svc.catalog, ClientToken: &token, Identifier: &args[0], ContextIdentifier: &args[1], Tags: tags,
				}
			})
		},
	}
	s.flags(cmd, true)
	return cmd
}

func (a *app) prospect() *cobra.Command {
	s := &start{app: a}
	var name string
	cmd := &cobra.Command{
		Use:     "prospect ENGAGEMENT...",
		Short:   "Turn engagements into prospecting leads",
		Long:    `Turn 1 to 100 engagements into prospecting leads with one task, and wait for it.`,
		Example: `  partnercentral --catalog AWS prospect eng-0000001abc3def eng-0000002abc3def --name spring`,
		Args:    some("ENGAGEMENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for i, id := range args {
				if err := target.Engagement(id); err != nil {
					return err
				}
				if slices.Contains(args[:i], id) {
					return usage.Errorf("%s is there twice: type it once", id)
				}
			}
			switch {
			case len(args) > 100:
				return usage.Errorf("there are %d engagements, and a task takes 100: type the others in another command", len(args))
			case utf8.RuneCountInString(name) > 128:
				return usage.Errorf("the name is too long: type one of at most 128 characters")
			}
			if err := s.check(false); err != nil {
				return err
			}
			if name == "" {
				// One name for the same engagements: a start that is repeated must
				// have it, and a task that runs is found by it.
				name = "cli-" + partnercentral.ClientTokenFor(strings.Join(args, " "))[:8]
			}
			return s.run(cmd.Context(), func(svc *service, token string) partnercentral.StartTaskInput {
				return &partnercentral.StartProspectingFromEngagementTaskInput{
					Catalog: &svc.catalog, ClientToken: &token, Identifiers: args, TaskName: &name,
				}
			})
		},
	}
	s.flags(cmd, false)
	cmd.Flags().StringVar(&name, "name", "", "`name` to find the task by; made from the engagements if left out")
	return cmd
}

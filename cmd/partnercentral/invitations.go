package main

import (
	"context"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
)

func (a *app) invitations() *cobra.Command {
	var typed []string
	timeout := readTimeout
	cmd := &cobra.Command{
		Use:     "invitations",
		Short:   "List the invitations that the account has got, the newest first",
		Long:    `List the invitations that the account has got in the catalog, the newest first.`,
		Example: `  partnercentral --catalog AWS invitations --status PENDING`,
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var statuses []partnercentral.InvitationStatus
			for _, word := range typed {
				status, err := target.Word("status of invitations", word, partnercentral.InvitationStatus("").Values())
				if err != nil {
					return err
				}
				statuses = append(statuses, status)
			}
			ctx, cancel := a.within(cmd.Context(), timeout)
			defer cancel()
			svc, err := a.connect(ctx, 0)
			if err != nil {
				return err
			}
			live := a.progress(1, a.reading("invitations"))
			defer live.stop()
			for invitation, err := range svc.invitations(ctx, statuses) {
				if err != nil {
					return err
				}
				a.showInvitation(invitation)
				if err := a.printer.Err(); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&typed, "status", nil, "only invitations with this `status`: PENDING, ACCEPTED, REJECTED or EXPIRED")
	cmd.Flags().Var(&timeout, "timeout", "the longest `time` that the command may take, such as 90s or 10m")
	words(cmd, "status", "PENDING", "ACCEPTED", "REJECTED", "EXPIRED")
	return cmd
}

// invitations lists what the account has got.
func (s *service) invitations(ctx context.Context, statuses []partnercentral.InvitationStatus) iter.Seq2[partnercentral.EngagementInvitationSummary, error] {
	return partnercentral.NewListEngagementInvitationsPaginator(s.client, &partnercentral.ListEngagementInvitationsInput{
		Catalog: &s.catalog, ParticipantType: partnercentral.ParticipantTypeReceiver, Status: statuses,
		Sort: &partnercentral.OpportunityEngagementInvitationSort{
			SortBy: partnercentral.OpportunityEngagementInvitationSortNameInvitationDate, SortOrder: partnercentral.SortOrderDescending,
		},
	}).All(ctx)
}

// invitation is the JSON form of an invitation. Members are added, and those
// that are there keep name and meaning.
type invitation struct {
	Demo       bool       `json:"demo,omitempty"`
	Status     string     `json:"status"`
	Invitation string     `json:"invitation"`
	ARN        string     `json:"arn,omitempty"`
	Catalog    string     `json:"catalog"`
	Brings     string     `json:"brings,omitempty"`
	Engagement string     `json:"engagement,omitempty"`
	Title      string     `json:"title,omitempty"`
	Sender     string     `json:"sender,omitempty"`
	Account    string     `json:"senderAccount,omitempty"`
	Sent       *time.Time `json:"sent,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"`
}

// brings are the words for what an invitation brings.
var brings = map[partnercentral.EngagementInvitationPayloadType]string{
	partnercentral.EngagementInvitationPayloadTypeOpportunityInvitation: "opportunity",
	partnercentral.EngagementInvitationPayloadTypeLeadInvitation:        "lead",
}

func (a *app) showInvitation(s partnercentral.EngagementInvitationSummary) {
	i := invitation{
		Demo: a.demo, Status: string(s.Status), Invitation: aws.ToString(s.Id), ARN: aws.ToString(s.Arn), Catalog: a.catalog,
		Brings: string(s.PayloadType), Engagement: aws.ToString(s.EngagementId), Title: report.OneLine(aws.ToString(s.EngagementTitle)),
		Sender: report.OneLine(aws.ToString(s.SenderCompanyName)), Account: aws.ToString(s.SenderAwsAccountId), Sent: s.InvitationDate, Expires: s.ExpirationDate,
	}
	if word, ok := brings[s.PayloadType]; ok {
		i.Brings = word
	}
	if a.printer.Format == report.JSON {
		a.printer.Object(i)
		return
	}
	expires := ""
	if i.Expires != nil {
		expires = i.Expires.UTC().Format(time.RFC3339)
	}
	a.printer.Row([]report.Column{
		{Heading: "STATUS", Width: 8, Text: i.Status}, {Heading: "INVITATION", Width: 18, Text: i.Invitation},
		{Heading: "BRINGS", Width: 11, Text: i.Brings}, {Heading: "ENGAGEMENT", Width: 18, Text: i.Engagement},
		{Heading: "CATALOG", Width: 7, Text: i.Catalog}, {Heading: "EXPIRES", Width: 20, Text: expires},
		{Heading: "SENDER", Width: 20, Text: i.Sender}, {Heading: "TITLE", Text: i.Title},
	})
}

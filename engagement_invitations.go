package partnercentral

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// InvitationStatus is the state of an engagement invitation.
type InvitationStatus string

// Enum values for InvitationStatus.
const (
	InvitationStatusAccepted InvitationStatus = "ACCEPTED"
	InvitationStatusPending  InvitationStatus = "PENDING"
	InvitationStatusRejected InvitationStatus = "REJECTED"
	// AWS documents that an invitation expires after 15 days without an answer.
	InvitationStatusExpired InvitationStatus = "EXPIRED"
)

// Values returns the known values of InvitationStatus. The slice is the
// caller's.
func (InvitationStatus) Values() []InvitationStatus {
	return []InvitationStatus{InvitationStatusAccepted, InvitationStatusPending, InvitationStatusRejected, InvitationStatusExpired}
}

// ParticipantType is the side of an invitation that an account is on.
type ParticipantType string

// Enum values for ParticipantType.
const (
	// The account has sent the invitation.
	ParticipantTypeSender ParticipantType = "SENDER"
	// The account was invited.
	ParticipantTypeReceiver ParticipantType = "RECEIVER"
)

// Values returns the known values of ParticipantType. The slice is the
// caller's.
func (ParticipantType) Values() []ParticipantType {
	return []ParticipantType{ParticipantTypeSender, ParticipantTypeReceiver}
}

// EngagementInvitationPayloadType is what an invitation brings.
type EngagementInvitationPayloadType string

// Enum values for EngagementInvitationPayloadType.
const (
	// An opportunity, to be accepted with
	// [Client.StartEngagementByAcceptingInvitationTask].
	EngagementInvitationPayloadTypeOpportunityInvitation EngagementInvitationPayloadType = "OpportunityInvitation"
	// A lead. The service's operation AcceptEngagementInvitation accepts it,
	// which is not part of this package; a Start refuses it (inferred).
	EngagementInvitationPayloadTypeLeadInvitation EngagementInvitationPayloadType = "LeadInvitation"
)

// Values returns the known values of EngagementInvitationPayloadType. The slice
// is the caller's.
func (EngagementInvitationPayloadType) Values() []EngagementInvitationPayloadType {
	return []EngagementInvitationPayloadType{
		EngagementInvitationPayloadTypeOpportunityInvitation,
		EngagementInvitationPayloadTypeLeadInvitation,
	}
}

// OpportunityEngagementInvitationSortName is the field that invitations are
// sorted by.
type OpportunityEngagementInvitationSortName string

// Enum values for OpportunityEngagementInvitationSortName.
const (
	OpportunityEngagementInvitationSortNameInvitationDate OpportunityEngagementInvitationSortName = "InvitationDate"
)

// Values returns the known values of OpportunityEngagementInvitationSortName.
// The slice is the caller's.
func (OpportunityEngagementInvitationSortName) Values() []OpportunityEngagementInvitationSortName {
	return []OpportunityEngagementInvitationSortName{OpportunityEngagementInvitationSortNameInvitationDate}
}

// OpportunityEngagementInvitationSort is the order of a List of invitations.
type OpportunityEngagementInvitationSort struct {
	// The field to sort by.
	//
	// This member is required.
	SortBy OpportunityEngagementInvitationSortName `json:",omitempty"`

	// The direction.
	//
	// This member is required.
	SortOrder SortOrder `json:",omitempty"`
}

// ListEngagementInvitationsInput is the input of
// [Client.ListEngagementInvitations]. Filters are optional; how several of them
// combine is not documented.
type ListEngagementInvitationsInput struct {
	// The catalog of the invitations: CatalogAWS or CatalogSandbox.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

	// Only invitations to these 1 to 10 engagements, by id or ARN.
	EngagementIdentifier []string `json:",omitempty"`

	// The most summaries of one page, 1 to 100. The service has a default.
	MaxResults *int32 `json:",omitempty"`

	// The token of the page to get, from the answer before it.
	NextToken *string `json:",omitempty"`

	// Invitations that the account has sent, or those that it was sent.
	//
	// This member is required.
	ParticipantType ParticipantType `json:",omitempty"`

	// Only invitations that bring this.
	PayloadType []EngagementInvitationPayloadType `json:",omitempty"`

	// Only invitations from these 1 to 10 accounts: 12 digits each, or an alias
	// of at most 12 letters, digits and underscores. The alias of AWS is aws
	// (inferred).
	SenderAwsAccountId []string `json:",omitempty"`

	// The order. The service has a default.
	Sort *OpportunityEngagementInvitationSort `json:",omitempty"`

	// Only invitations in these 1 to 10 states. Accepting an invitation takes it
	// off the list of the pending ones and so moves the pages after it: collect
	// all pages before accepting.
	Status []InvitationStatus `json:",omitempty"`
}

// AccountReceiver is an account that was invited.
type AccountReceiver struct {
	// The alias of the account.
	Alias *string `json:",omitempty"`

	// The id of the account: 12 digits, or an alias.
	AwsAccountId *string `json:",omitempty"`
}

// Receiver is who was invited: a union, of which one member is set. A receiver
// of a kind that this package does not know has none.
type Receiver struct {
	// An account.
	Account *AccountReceiver `json:",omitempty"`
}

// EngagementInvitationSummary is one invitation of the list.
type EngagementInvitationSummary struct {
	// The ARN of the invitation.
	Arn *string `json:",omitempty"`

	// The catalog of the invitation.
	Catalog *string `json:",omitempty"`

	// The engagement that the receiver is invited to.
	EngagementId *string `json:",omitempty"`

	// The title of the engagement, at most 40 characters.
	EngagementTitle *string `json:",omitempty"`

	// When the invitation expires, or has expired.
	ExpirationDate *time.Time `json:",omitempty"`

	// The id of the invitation (engi-…): the Identifier of a
	// [StartEngagementByAcceptingInvitationTaskInput].
	Id *string `json:",omitempty"`

	// When the invitation was sent.
	InvitationDate *time.Time `json:",omitempty"`

	// The side that the caller's account is on.
	ParticipantType ParticipantType `json:",omitempty"`

	// What the invitation brings. A Start accepts OpportunityInvitation alone.
	PayloadType EngagementInvitationPayloadType `json:",omitempty"`

	// Who was invited.
	Receiver *Receiver `json:",omitempty"`

	// The account that sent the invitation.
	SenderAwsAccountId *string `json:",omitempty"`

	// The company that sent the invitation, at most 120 characters.
	SenderCompanyName *string `json:",omitempty"`

	// The state of the invitation.
	Status InvitationStatus `json:",omitempty"`
}

// ListEngagementInvitationsOutput is the output of
// [Client.ListEngagementInvitations].
type ListEngagementInvitationsOutput struct {
	// The invitations of this page, possibly none.
	EngagementInvitationSummaries []EngagementInvitationSummary `json:",omitempty"`

	// The token of the next page. It does not promise more invitations: only a
	// nil or empty one ends the list.
	NextToken *string `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// ListEngagementInvitationsAPIClient is the one method of [Client] that this
// operation needs, for callers who pass a mock.
type ListEngagementInvitationsAPIClient interface {
	ListEngagementInvitations(context.Context, *ListEngagementInvitationsInput, ...func(*Options)) (*ListEngagementInvitationsOutput, error)
}

// senderAccount is the model's ([0-9]{12}|\w{1,12}), of which the second form
// includes the first.
var senderAccount = validate.Format{
	Description: "an account id of 12 digits, or an alias of 1 to 12 letters, digits and underscores",
	Match: func(s string) bool {
		const word = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
		return 1 <= len(s) && len(s) <= 12 && strings.Trim(s, word) == ""
	},
}

var listEngagementInvitations = operation[ListEngagementInvitationsInput, ListEngagementInvitationsOutput]{
	name:  "ListEngagementInvitations",
	group: QuotaGroupReads,
	validate: func(p *validate.Problems, in *ListEngagementInvitationsInput) {
		p.Catalog(in.Catalog)
		p.List("EngagementIdentifier", in.EngagementIdentifier, 10, validate.EngagementIDOrARN)
		p.MaxResults(in.MaxResults, 100)
		if in.ParticipantType == "" {
			p.Missing("ParticipantType")
		}
		for i, payload := range in.PayloadType {
			if payload == "" {
				p.Missing(fmt.Sprintf("PayloadType[%d]", i))
			}
		}
		p.List("SenderAwsAccountId", in.SenderAwsAccountId, 10, senderAccount)
		if in.Sort != nil {
			p.Sort(string(in.Sort.SortBy), string(in.Sort.SortOrder))
		}
		validate.Enum(p, "Status", in.Status, 10)
	},
	check: func(out *ListEngagementInvitationsOutput) error {
		return checkListed(out.EngagementInvitationSummaries, out.NextToken)
	},
}

// ListEngagementInvitations lists engagement invitations that the caller's
// account has sent or received, one page a call. See
// [NewListEngagementInvitationsPaginator] for all pages. It counts as a read of
// the [Quota].
func (c *Client) ListEngagementInvitations(ctx context.Context, params *ListEngagementInvitationsInput, optFns ...func(*Options)) (*ListEngagementInvitationsOutput, error) {
	out, metadata, err := invoke(ctx, c, &listEngagementInvitations, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

// ListEngagementInvitationsPaginatorOptions are the options of
// [NewListEngagementInvitationsPaginator].
type ListEngagementInvitationsPaginatorOptions struct {
	// The most summaries of one page, 1 to 100. 0 leaves it to the service.
	// Default: MaxResults of the input.
	Limit int32

	// Whether to end without an error when the service gives the same NextToken
	// twice. Otherwise that is an error, since the list would never end.
	StopOnDuplicateToken bool
}

// ListEngagementInvitationsPaginator walks the pages of
// ListEngagementInvitations. It is not safe for concurrent use.
type ListEngagementInvitationsPaginator struct {
	pager pager[ListEngagementInvitationsInput, ListEngagementInvitationsOutput, EngagementInvitationSummary]
}

// NewListEngagementInvitationsPaginator returns a paginator that starts at the
// NextToken of params, or at the first page.
func NewListEngagementInvitationsPaginator(client ListEngagementInvitationsAPIClient, params *ListEngagementInvitationsInput, optFns ...func(*ListEngagementInvitationsPaginatorOptions)) *ListEngagementInvitationsPaginator {
	return &ListEngagementInvitationsPaginator{newPager(client.ListEngagementInvitations, params,
		func(in *ListEngagementInvitationsInput) (**int32, **string) {
			return &in.MaxResults, &in.NextToken
		},
		func(out *ListEngagementInvitationsOutput) (*string, []EngagementInvitationSummary) {
			return out.NextToken, out.EngagementInvitationSummaries
		}, optFns)}
}

// HasMorePages reports whether there is another page to get. That page may be
// empty.
func (p *ListEngagementInvitationsPaginator) HasMorePages() bool { return p.pager.hasMorePages() }

// NextPage gets the next page. After an error it can be called again for the
// same page.
func (p *ListEngagementInvitationsPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListEngagementInvitationsOutput, error) {
	return p.pager.nextPage(ctx, optFns)
}

// Pages returns the pages that are left. The loop ends after the first error.
func (p *ListEngagementInvitationsPaginator) Pages(ctx context.Context, optFns ...func(*Options)) iter.Seq2[*ListEngagementInvitationsOutput, error] {
	return p.pager.pages(ctx, optFns)
}

// All returns the invitations of the pages that are left, and gets each page
// when it is needed. The loop ends after the first error, which comes with a
// zero summary.
func (p *ListEngagementInvitationsPaginator) All(ctx context.Context, optFns ...func(*Options)) iter.Seq2[EngagementInvitationSummary, error] {
	return p.pager.all(ctx, optFns)
}

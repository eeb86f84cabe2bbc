package partnercentraltest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// invitations declares the List of invitations.
func invitations() *operation {
	return &operation{
		name:  ListEngagementInvitations,
		group: reads,
		members: []member{
			catalogMember(),
			required(oneOf("ParticipantType", partnercentral.ParticipantType("").Values())),
			maxResultsMember(100),
			patterned("NextToken", "", 0, 1<<20),
			sortMember(partnercentral.OpportunityEngagementInvitationSortName("").Values()),
			listOf(oneOf("PayloadType", partnercentral.EngagementInvitationPayloadType("").Values()), 0, 1<<20),
			listOf(oneOf("Status", partnercentral.InvitationStatus("").Values()), 1, 10),
			listOf(patterned("EngagementIdentifier", `(?:arn:.*|eng-[0-9a-z]{14})`, 1, 2048), 1, 10),
			listOf(patterned("SenderAwsAccountId", `(?:[0-9]{12}|\w{1,12})`, 1, 12), 1, 10),
		},
		input:   func() any { return &partnercentral.ListEngagementInvitationsInput{} },
		prepare: listInvitations,
	}
}

// invitationView is an invitation at one moment.
type invitationView struct {
	*invitation
	status partnercentral.InvitationStatus
	// account is that of the world.
	account string
}

// listInvitations answers with one page. A token says how many invitations
// there were on the pages before, so that a change of what is listed moves the
// pages after it: an assumption.
func listInvitations(w *world, c *command) (result, *refusal) {
	max := defaultPageSize
	if n, ok := c.object["MaxResults"].(json.Number); ok {
		f, _ := n.Float64() // was checked
		max = int(f)
	}
	from := 0
	if token := stringOf(c.object, "NextToken"); token != "" {
		var ok bool
		if from, ok = w.readPageToken(c, token); !ok {
			return result{}, invalid(problems{{
				FieldName: "NextToken", Code: partnercentral.ValidationExceptionErrorCodeInvalidValue,
				Message: "not a token of this list with these filters and this order",
			}})
		}
	}
	listed := w.listed(c, w.now())
	from = min(from, len(listed))
	page := listed[from:min(from+max, len(listed))]
	next := ""
	if len(page) == max {
		next = w.pageToken(c, from+max)
	}
	body := []byte(`{"EngagementInvitationSummaries":[`)
	for i, v := range page {
		if i > 0 {
			body = append(body, ',')
		}
		body = v.append(body)
	}
	body = append(body, `],"NextToken":`...)
	body = append(appendText(body, next), '}')
	return result{body: body, commit: func() {}, tasks: len(page)}, nil
}

// listed is every invitation that a request asks for, in its order. That
// filters are combined with "and", and that the newest come first without an
// order, are assumptions, as with tasks.
func (w *world) listed(c *command, now time.Time) []invitationView {
	wants := func(member, value string) bool {
		values := stringsOf(c.object, member)
		return len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return lastPart(v) == value })
	}
	var listed []invitationView
	for _, i := range w.invitations {
		v := invitationView{i, w.invitationStatus(i, now), w.account()}
		if i.Catalog == c.catalog && string(i.ParticipantType) == stringOf(c.object, "ParticipantType") &&
			wants("PayloadType", string(i.PayloadType)) && wants("Status", string(v.status)) &&
			wants("EngagementIdentifier", i.EngagementID) && wants("SenderAwsAccountId", i.SenderAWSAccountID) {
			listed = append(listed, v)
		}
	}
	slices.SortStableFunc(listed, func(a, b invitationView) int { return a.InvitationDate.Compare(b.InvitationDate) })
	sort, _ := c.object["Sort"].(map[string]any)
	if stringOf(sort, "SortOrder") != string(partnercentral.SortOrderAscending) {
		slices.Reverse(listed)
	}
	return listed
}

// append writes the invitation as a JSON object.
func (v invitationView) append(dst []byte) []byte {
	for i, m := range []struct{ name, value string }{
		{"Arn", v.arn()}, {"Catalog", v.Catalog}, {"EngagementId", v.EngagementID}, {"EngagementTitle", v.EngagementTitle},
		{"ExpirationDate", v.ExpirationDate.UTC().Format(time.RFC3339Nano)}, {"Id", v.ID},
		{"InvitationDate", v.InvitationDate.UTC().Format(time.RFC3339Nano)}, {"ParticipantType", string(v.ParticipantType)},
		{"PayloadType", string(v.PayloadType)},
	} {
		dst = append(dst, "{,"[min(i, 1)], '"')
		dst = append(dst, m.name...)
		dst = appendText(append(dst, `":`...), m.value)
	}
	receiver := v.account
	if v.ParticipantType == partnercentral.ParticipantTypeSender {
		receiver = awsAlias
	}
	dst = append(dst, `,"Receiver":{"Account":{"Alias":null,"AwsAccountId":`...)
	dst = append(appendText(dst, receiver), `}},"SenderAwsAccountId":`...)
	dst = append(appendText(dst, v.SenderAWSAccountID), `,"SenderCompanyName":`...)
	dst = append(appendText(dst, v.SenderCompanyName), `,"Status":`...)
	return append(appendText(dst, string(v.status)), '}')
}

package partnercentralevents_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	events "github.com/cosell-dev/partnercentral-go/partnercentralevents"
)

const (
	opportunity = "O1234567"
	engagement  = "eng-0000000000001"
	invitation  = "engi-0000000000001"
)

const (
	accepting   = partnercentral.TaskKindEngagementByAcceptingInvitation
	submitting  = partnercentral.TaskKindEngagementFromOpportunity
	creating    = partnercentral.TaskKindOpportunityFromEngagement
	prospecting = partnercentral.TaskKindProspectingFromEngagement
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return data
}

// tasks returns one task per kind about the same objects.
func tasks(about partnercentral.Task, kinds ...partnercentral.TaskKind) []partnercentral.Task {
	var all []partnercentral.Task
	for _, kind := range kinds {
		about.Kind = kind
		if about.Catalog == "" {
			about.Catalog = partnercentral.CatalogSandbox
		}
		all = append(all, about)
	}
	return all
}

func TestParse(t *testing.T) {
	ofInvitation := partnercentral.Task{EngagementID: engagement, EngagementInvitationID: invitation}
	ofEngagement := partnercentral.Task{EngagementID: engagement}
	ofSnapshot := partnercentral.Task{EngagementID: engagement, OpportunityID: opportunity}
	for name, want := range map[string]struct {
		detail  events.Detail
		catalog string
		tasks   []partnercentral.Task
	}{
		"opportunity_created":                           {new(events.OpportunityCreated), "Sandbox", tasks(partnercentral.Task{OpportunityID: opportunity}, accepting, creating)},
		"sns_notification":                              {new(events.OpportunityCreated), "Sandbox", tasks(partnercentral.Task{OpportunityID: opportunity}, accepting, creating)},
		"opportunity_updated":                           {new(events.OpportunityUpdated), "AWS", tasks(partnercentral.Task{OpportunityID: opportunity, Catalog: "AWS"}, submitting, accepting)},
		"opportunity_accepted":                          {new(events.OpportunityAccepted), "AWS", nil},
		"opportunity_rejected":                          {new(events.OpportunityRejected), "AWS", nil},
		"engagement_invitation_created":                 {new(events.EngagementInvitationCreated), "Sandbox", tasks(ofInvitation, submitting)},
		"engagement_invitation_created_recorded":        {new(events.EngagementInvitationCreated), "Sandbox", nil},
		"engagement_invitation_accepted":                {new(events.EngagementInvitationAccepted), "Sandbox", tasks(ofInvitation, accepting)},
		"engagement_invitation_rejected":                {new(events.EngagementInvitationRejected), "Sandbox", nil},
		"engagement_invitation_expired":                 {new(events.EngagementInvitationExpired), "Sandbox", nil},
		"engagement_member_added":                       {new(events.EngagementMemberAdded), "Sandbox", tasks(ofEngagement, submitting, accepting)},
		"engagement_member_joined":                      {new(events.EngagementMemberJoined), "Sandbox", nil},
		"resource_snapshot_created":                     {new(events.ResourceSnapshotCreated), "Sandbox", nil},
		"engagement_resource_snapshot_created":          {new(events.EngagementResourceSnapshotCreated), "Sandbox", tasks(ofSnapshot, submitting, accepting, creating)},
		"engagement_resource_snapshot_created_recorded": {new(events.EngagementResourceSnapshotCreated), "Sandbox", tasks(ofSnapshot, submitting, accepting, creating)},
		"engagement_created":                            {new(events.EngagementCreated), "Sandbox", tasks(ofEngagement, submitting)},
		"engagement_updated":                            {new(events.EngagementUpdated), "Sandbox", tasks(ofEngagement, creating, prospecting)},
		"unknown":                                       {new(events.Unknown), "Sandbox", nil},
	} {
		t.Run(name, func(t *testing.T) {
			data := fixture(t, name)
			event, err := events.Parse(data)
			require.NoError(t, err)
			require.IsType(t, want.detail, event.Detail)
			require.Equal(t, want.catalog, event.Catalog())
			require.Equal(t, want.tasks, event.Tasks())
			require.Equal(t, events.Source, event.Source)
			require.Equal(t, "111122223333", event.Account)
			require.Equal(t, time.Date(2026, 8, 1, 12, 0, 5, 0, time.UTC), event.Time)

			requireRoundTrip(t, data, event)
		})
	}
}

// requireRoundTrip checks that the event, read from data, is written as it came.
func requireRoundTrip(t *testing.T, data []byte, event events.Event) {
	t.Helper()
	var decoded events.Event
	require.NoError(t, json.Unmarshal(data, &decoded))
	require.Equal(t, event, decoded)

	if strings.Contains(string(data), `"Message"`) {
		return
	}
	written, err := json.Marshal(event)
	require.NoError(t, err)
	require.JSONEq(t, string(data), string(written))

	// Nothing that AWS documents or recordings have is left out of
	// the types.
	event.RawDetail = nil
	written, err = json.Marshal(event)
	require.NoError(t, err)
	require.JSONEq(t, strings.ReplaceAll(string(data), "RECEIVER", "Receiver"), string(written))
}

// Every detail-type has a type of its own, named after it.
func TestDetailTypes(t *testing.T) {
	all := events.DetailType("").Values()
	require.Len(t, all, 14)
	for _, detailType := range all {
		data, err := json.Marshal(map[string]any{"source": events.Source, "detail-type": detailType, "detail": map[string]any{"catalog": "AWS"}})
		require.NoError(t, err)
		event, err := events.Parse(data)
		require.NoError(t, err)
		require.Equal(t, strings.ReplaceAll(string(detailType), " ", ""), reflect.TypeOf(event.Detail).Elem().Name())
		require.Equal(t, partnercentral.CatalogAWS, event.Catalog())
		require.Empty(t, event.Tasks(), "an event that names no object")
	}
}

func TestParse_spellings(t *testing.T) {
	event, err := events.Parse(fixture(t, "engagement_invitation_created_recorded"))
	require.NoError(t, err)
	created := event.Detail.(*events.EngagementInvitationCreated)
	require.Equal(t, events.ParticipantTypeReceiver, created.EngagementInvitation.ParticipantType)
	require.Equal(t, "1.0", created.SchemaVersion)
	require.Equal(t, 123456789, created.EngagementInvitation.ExpirationDate.Nanosecond())

	for _, members := range []string{
		`"id":"eng-1"`, `"engagementId":"eng-1"`, `"EngagementId":"eng-1","createdAt":"2026-08-01T12:00:04Z"`, `"Id":"eng-1","CreatedAt":null`,
	} {
		for _, detailType := range []string{"Engagement Created", "Engagement Updated", "Engagement Member Added"} {
			event, err := events.Parse([]byte(`{"source":"aws.partnercentral-selling","detail-type":"` + detailType + `","detail":{"catalog":"SANDBOX","engagement":{` + members + `}}}`))
			require.NoError(t, err)
			require.NotEmpty(t, event.Tasks())
			require.Equal(t, "eng-1", event.Tasks()[0].EngagementID)
			require.Equal(t, partnercentral.CatalogSandbox, event.Tasks()[0].Catalog)
		}
	}

	event, err = events.Parse(fixture(t, "unknown"))
	require.NoError(t, err)
	require.JSONEq(t, `{"catalog":"sandbox","engagement":7}`, string(event.Detail.(*events.Unknown).Raw))
	require.JSONEq(t, `{"catalog":"sandbox","engagement":7}`, string(event.RawDetail))
}

// The struct that aws-lambda-go hands to a handler has the members of an event,
// so its JSON is one.
func TestParse_lambdaEvent(t *testing.T) {
	var received struct {
		Version    string          `json:"version"`
		ID         string          `json:"id"`
		DetailType string          `json:"detail-type"`
		Source     string          `json:"source"`
		AccountID  string          `json:"account"`
		Time       time.Time       `json:"time"`
		Region     string          `json:"region"`
		Resources  []string        `json:"resources"`
		Detail     json.RawMessage `json:"detail"`
	}
	data := fixture(t, "engagement_created")
	require.NoError(t, json.Unmarshal(data, &received))
	again, err := json.Marshal(received)
	require.NoError(t, err)
	event, err := events.Parse(again)
	require.NoError(t, err)
	want, err := events.Parse(data)
	require.NoError(t, err)
	require.Equal(t, want.Detail, event.Detail)
	require.Equal(t, want.Tasks(), event.Tasks())
}

func TestParse_errors(t *testing.T) {
	of := func(detailType, detail string) string {
		return `{"source":"aws.partnercentral-selling","detail-type":"` + detailType + `","detail":` + detail + `}`
	}
	sns := func(event string) string {
		message, _ := json.Marshal(event)
		return `{"Type":"Notification","Message":` + string(message) + `}`
	}
	for input, member := range map[string]string{
		``:           "",
		`no JSON`:    "",
		`null`:       "",
		`[]`:         "",
		`{}`:         "source",
		`{"a":1}{}`:  "",
		`{"source":`: "",
		`{"source":"aws.s3","detail-type":"Object Created","detail":{}}`: "source",
		`{"source":7}`: "source",
		`{"source":"aws.partnercentral-selling","detail":{}}`:                         "detail-type",
		`{"source":"aws.partnercentral-selling","detail-type":1,"detail":{}}`:         "detail-type",
		`{"source":"aws.partnercentral-selling","detail-type":"Opportunity Created"}`: "detail",
		`{"source":"aws.partnercentral-selling","time":"noon","detail-type":"X"}`:     "time",
		`{"source":"aws.partnercentral-selling","resources":"arn","detail-type":"X"}`: "resources",
		of("New", `null`): "detail",
		of("New", `"x"`):  "detail",
		of("New", `[]`):   "detail",
		of("Opportunity Created", `{"catalog":1}`):                                             "detail.catalog",
		of("Opportunity Created", `{"opportunity":"O1"}`):                                      "detail.opportunity",
		of("Opportunity Created", `{"opportunity":{"identifier":1}}`):                          "detail.opportunity.identifier",
		of("Engagement Created", `{"engagement":{"CreatedAt":"noon"}}`):                        "detail.engagement.CreatedAt",
		of("Engagement Created", `{"engagement":{"ContextTypes":"Lead"}}`):                     "detail.engagement.ContextTypes",
		of("Engagement Invitation Created", `{"engagementInvitation":{"expirationDate":1}}`):   "detail.engagementInvitation.expirationDate",
		of("Engagement Invitation Created", `{"engagementInvitation":{"participantType":{}}}`): "detail.engagementInvitation.participantType",
		`{"Records":[]}`:                       "Records",
		`{"Type":"SubscriptionConfirmation"}`:  "Type",
		`{"Message":"{}"}`:                     "Type",
		`{"Type":"Notification"}`:              "Message",
		`{"Type":"Notification","Message":{}}`: "Message",
		sns(`no JSON`):                         "Message",
		sns(`{}`):                              "Message.source",
		sns(sns(of("New", `{}`))):              "Message.source",
		sns(of("Opportunity Created", `{"opportunity":{"identifier":[]}}`)): "Message.detail.opportunity.identifier",
	} {
		event, err := events.Parse([]byte(input))
		var parseErr *events.ParseError
		require.ErrorAs(t, err, &parseErr, input)
		require.Equal(t, member, parseErr.Member, input)
		require.NotEmpty(t, parseErr.Problem)
		require.Contains(t, err.Error(), member)
		require.Zero(t, event)
	}
}

// What is wrong is said with what was given and what to pass instead.
func TestParse_wrappings(t *testing.T) {
	const event = `{"source":"aws.partnercentral-selling","detail-type":"New","detail":{}}`
	text, err := json.Marshal(event)
	require.NoError(t, err)
	sns := `{"Type":"Notification","Message":` + string(text) + `}`
	message, err := json.Marshal(`{"Records":[]}`)
	require.NoError(t, err)
	for input, want := range map[string]string{
		`[` + event + `,` + event + `]`: "event is a list of 2 elements: parse each by itself",
		`{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","Sns":` + sns + `}]}`:                  "Records holds 1 notification of SNS: parse the Sns of each",
		`{"Records":[{"messageId":"1","eventSource":"aws:sqs","body":` + string(text) + `},{"body":""}]}`: "Records holds 2 messages of SQS: parse the body of each",
		`{"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":""}}]}`:                               `Records holds 1 record of "aws:kinesis": parse the event in each by itself`,
		`{"Records":[]}`:     "Records should hold messages, and holds none",
		`{"Records":7}`:      "Records should hold messages, and holds none",
		`{"Records":[null]}`: "Records holds 1 record: parse the event in each by itself",
		`{}`:                 "source is missing: what EventBridge delivers has source, detail-type and detail",
		`"text"`:             "event should be a JSON object and is a string",
		`null`:               "event should be a JSON object and is null",
		`7`:                  "event should be a JSON object and is a number",
		`true`:               "event should be a JSON object and is a boolean",
		`{"source":"aws.partnercentral-selling","detail-type":"New","detail":[1]}`:                                           "detail should be a JSON object and is a list",
		`{"Messages":[{"MessageId":"1","Body":` + string(text) + `}]}`:                                                       "Messages are what ReceiveMessage of SQS answers: parse the Body of each",
		`{"MessageId":"1","Body":` + string(text) + `}`:                                                                      "Body is that of a message of SQS: parse the Body alone",
		`{"messageId":"1","eventSource":"aws:sqs","body":` + string(text) + `}`:                                              "body is that of a message of SQS: parse the body alone",
		`{"version":"2.0","requestContext":{},"body":` + string(text) + `,"isBase64Encoded":false}`:                          "body is that of an HTTP request, such as of API Gateway: parse the body alone, decoded first if isBase64Encoded is true",
		`{"Entries":[{"Source":"aws.partnercentral-selling","DetailType":"New","Detail":"{}"}]}`:                             "Entries are those of a request of PutEvents: pass what EventBridge delivers, which has source, detail-type and detail",
		`{"Type":"Notification","Message":` + string(message) + `}`:                                                          "Message.Records should hold messages, and holds none",
		`{"Type":"SubscriptionConfirmation","Message":"x"}`:                                                                  `Type should be "Notification" in a message of SNS, and is "SubscriptionConfirmation": that has no event`,
		`{"source":"aws.partnercentral-selling","detail-type":"New","detail":{},"time":"2026-08-01T12:00:05"}`:               `time should be an RFC 3339 time with a zone, such as 2026-08-01T12:00:05Z, and is "2026-08-01T12:00:05"`,
		`{"source":"aws.partnercentral-selling","detail-type":"Engagement Created","detail":{"engagement":{"CreatedAt":7}}}`: `detail.engagement.CreatedAt should be an RFC 3339 time with a zone, such as 2026-08-01T12:00:05Z, and is "7"`,
		`{"source":"aws.s3","Records":[]}`:                                                                                   `source should be "aws.partnercentral-selling" and is "aws.s3"`,
	} {
		_, err := events.Parse([]byte(input))
		var parseErr *events.ParseError
		require.ErrorAs(t, err, &parseErr, input)
		require.Equal(t, "partnercentralevents: "+want, err.Error(), input)
	}

	// What the messages say to pass is taken, and so is an event with a member
	// that a wrapping has.
	for _, input := range []string{sns, event, strings.TrimSuffix(event, "}") + `,"Records":[]}`} {
		_, err := events.Parse([]byte(input))
		require.NoError(t, err, input)
	}
}

// An id that only an ARN has finds a task as well.
func TestEvent_Tasks_arns(t *testing.T) {
	const of = "arn:aws:partnercentral:us-east-1::catalog/Sandbox/"
	for name, test := range map[string]struct {
		detailType, resources, detail string
		want                          []partnercentral.Task
	}{
		"an invitation of resources": {"Engagement Invitation Created", `"` + of + `engagement-invitation/engi-1"`, `{"catalog":"AWS"}`,
			tasks(partnercentral.Task{Catalog: "AWS", EngagementInvitationID: "engi-1"}, submitting)},
		"an invitation's own": {"Engagement Invitation Accepted", ``, `{"engagementInvitation":{"arn":"` + of + `engagement-invitation/engi-1","engagementId":"eng-1"}}`,
			tasks(partnercentral.Task{EngagementInvitationID: "engi-1", EngagementID: "eng-1"}, accepting)},
		"an engagement of resources": {"Engagement Member Added", `"` + of + `engagement/eng-1"`, `{}`,
			tasks(partnercentral.Task{EngagementID: "eng-1"}, submitting, accepting)},
		"an engagement's own": {"Engagement Updated", ``, `{"engagement":{"engagementArn":"` + of + `engagement/eng-1"}}`,
			tasks(partnercentral.Task{EngagementID: "eng-1"}, creating, prospecting)},
		"a snapshot's own": {"Engagement Resource Snapshot Created", ``, `{"resourceSnapshot":{"arn":"` + of + `engagement/eng-1/resource/Opportunity/O1/template/OpportunitySummaryView/snapshot/1"}}`,
			tasks(partnercentral.Task{EngagementID: "eng-1", OpportunityID: "O1"}, submitting, accepting, creating)},
		"an opportunity of resources": {"Opportunity Updated", `"","arn:aws:s3:::engagement/eng-2","` + of + `opportunity/O1"`, `{}`,
			tasks(partnercentral.Task{OpportunityID: "O1"}, submitting, accepting)},
		"the detail goes first": {"Engagement Created", `"` + of + `engagement/eng-2","` + of + `engagement/eng-3"`, `{"engagement":{"id":"eng-1"}}`,
			tasks(partnercentral.Task{EngagementID: "eng-1"}, submitting)},
		"a catalog alone": {"Engagement Created", `"` + of + `"`, `{}`, nil},
		"no ARN":          {"Engagement Created", `"engagement/eng-1"`, `{}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			event, err := events.Parse([]byte(`{"source":"aws.partnercentral-selling","detail-type":"` + test.detailType + `","resources":[` + test.resources + `],"detail":` + test.detail + `}`))
			require.NoError(t, err)
			require.Equal(t, test.want, event.Tasks())
		})
	}
	engagement := events.Engagement{EngagementArn: of + "engagement/eng-1"}
	require.Equal(t, "eng-1", engagement.ID())
	catalog := events.Event{Resources: []string{of + "engagement/eng-1"}, Detail: new(events.Unknown)}
	require.Equal(t, "Sandbox", catalog.Catalog())
	require.Empty(t, catalog.Tasks())
}

// An invitation that another account has sent is none of a submission, and one
// that the account has sent is none that a task of it accepts.
func TestEvent_Tasks_sides(t *testing.T) {
	const ours, theirs = "111122223333", "aws"
	for _, test := range []struct {
		detailType, account, sender, participant string
		want                                     bool
	}{
		{"Engagement Invitation Created", ours, ours, "Sender", true},
		{"Engagement Invitation Created", ours, theirs, "RECEIVER", false},
		{"Engagement Invitation Created", ours, theirs, "", false},
		{"Engagement Invitation Created", ours, ours, "RECEIVER", true}, // whose side that is, is inferred
		{"Engagement Invitation Created", "", theirs, "", true},
		{"Engagement Invitation Created", ours, "", "RECEIVER", true},
		{"Engagement Invitation Accepted", ours, theirs, "Receiver", true},
		{"Engagement Invitation Accepted", ours, ours, "Sender", false},
		{"Engagement Invitation Accepted", ours, "", "Sender", true},
		{"Engagement Invitation Accepted", "", ours, "Sender", true},
	} {
		event, err := events.Parse([]byte(`{"source":"aws.partnercentral-selling","account":"` + test.account + `","detail-type":"` + test.detailType + `","resources":["arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-1"],` +
			`"detail":{"engagementInvitation":{"id":"engi-1","senderAccountId":"` + test.sender + `","participantType":"` + test.participant + `"}}}`))
		require.NoError(t, err)
		require.Equal(t, test.want, len(event.Tasks()) == 1, "%+v", test)
		require.Equal(t, "AWS", event.Catalog())
	}
}

func TestEvent_UnmarshalJSON(t *testing.T) {
	want, err := events.Parse(fixture(t, "opportunity_created"))
	require.NoError(t, err)
	event := want
	require.NoError(t, json.Unmarshal([]byte(`null`), &event))
	require.Equal(t, want, event)
	var parseErr *events.ParseError
	require.ErrorAs(t, json.Unmarshal([]byte(`{"source":"aws.s3"}`), &event), &parseErr)
	require.Equal(t, want, event)
}

func TestEvent_zero(t *testing.T) {
	var event events.Event
	require.Empty(t, event.Catalog())
	require.Empty(t, event.Tasks())
	_, err := json.Marshal(event)
	require.NoError(t, err)
}

func TestPattern(t *testing.T) {
	require.JSONEq(t, `{"source":["aws.partnercentral-selling"],"detail":{"catalog":["AWS","Sandbox"]}}`, events.Pattern())
	require.JSONEq(t, `{"source":["aws.partnercentral-selling"],"detail-type":["Opportunity Created","New"],"detail":{"catalog":["AWS","Sandbox"]}}`,
		events.Pattern(events.DetailTypeOpportunityCreated, "New"))
}

// Whatever comes in, Parse returns an event that can be written and read again,
// or an error of its own.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		event, err := events.Parse(data)
		if err != nil {
			var parse *events.ParseError
			require.ErrorAs(t, err, &parse)
			return
		}
		written, err := json.Marshal(event)
		require.NoError(t, err)
		again, err := events.Parse(written)
		require.NoError(t, err)
		require.Equal(t, event.Tasks(), again.Tasks())
		require.Equal(t, event.Catalog(), again.Catalog())
	})
}

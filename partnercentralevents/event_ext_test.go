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
		"engagement_invitation_created_recorded":        {new(events.EngagementInvitationCreated), "Sandbox", tasks(ofInvitation, submitting)},
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

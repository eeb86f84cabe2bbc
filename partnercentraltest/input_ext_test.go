package partnercentraltest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const goodStart = `{"Catalog":"Sandbox","ClientToken":"a","Identifier":"O1","AwsSubmission":{"InvolvementType":"Co-Sell"}}`

// refused is the form of every error answer.
type refused struct {
	Type      string `json:"__type"`
	Message   *string
	Lower     *string `json:"message"`
	Reason    string
	ErrorList []struct{ FieldName, Message, Code string }
}

func readRefused(t testing.TB, body string) refused {
	t.Helper()
	// encoding/json does not tell Message and message apart: a map does.
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(body), &members), body)
	var r refused
	require.NoError(t, json.Unmarshal([]byte(body), &r), body)
	r.Message, r.Lower = nil, nil
	for name, into := range map[string]**string{"Message": &r.Message, "message": &r.Lower} {
		if text, ok := members[name]; ok {
			require.NoError(t, json.Unmarshal(text, into))
		}
	}
	return r
}

// errorType is the name in the header of an error, without what follows it.
func errorType(answer *http.Response) string {
	name, _, _ := strings.Cut(answer.Header.Get("x-amzn-ErrorType"), ":")
	return name
}

func TestErrorTypeIsAsRecorded(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, _ service, transport http.RoundTripper) {
		answer, _ := post(t, transport, "ListEngagementFromOpportunityTasks", `{}`)
		require.Equal(t, "ValidationException:http://internal.amazon.com/coral/com.amazon.partnerintegrationapi.common/", answer.Header.Get("X-Amzn-Errortype"))
	})
}

func TestBadMembers(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, svc service, transport http.RoundTripper) {
		long := strings.Repeat("x", 256)
		tags := strings.Repeat(`{"Key":"k","Value":""},`, 2)
		for _, c := range []struct{ op, body, field, code string }{
			{"StartEngagementFromOpportunityTask", `{}`, "AwsSubmission Catalog ClientToken Identifier", "REQUIRED_FIELD_MISSING"},
			{"StartEngagementFromOpportunityTask", ``, "AwsSubmission Catalog ClientToken Identifier", "REQUIRED_FIELD_MISSING"},
			{"StartEngagementFromOpportunityTask", with("Identifier", `null`), "Identifier", "REQUIRED_FIELD_MISSING"},
			{"StartEngagementFromOpportunityTask", with("Identifier", `"O"`), "Identifier", "INVALID_STRING_FORMAT"},
			{"StartEngagementFromOpportunityTask", with("Identifier", `"O1\n"`), "Identifier", "INVALID_STRING_FORMAT"},
			{"StartEngagementFromOpportunityTask", with("Identifier", `"arn:aws:x/O1"`), "Identifier", "INVALID_STRING_FORMAT"},
			{"StartEngagementFromOpportunityTask", with("Catalog", `"sandbox"`), "Catalog", "INVALID_ENUM_VALUE"},
			{"StartEngagementFromOpportunityTask", with("ClientToken", `""`), "ClientToken", "INVALID_STRING_FORMAT"},
			{"StartEngagementFromOpportunityTask", with("ClientToken", `"a\nb"`), "ClientToken", "INVALID_STRING_FORMAT"},
			{"StartEngagementFromOpportunityTask", with("ClientToken", `"`+long+`"`), "ClientToken", "INVALID_STRING_FORMAT"},
			{"StartEngagementFromOpportunityTask", with("AwsSubmission", `{}`), "AwsSubmission.InvolvementType", "REQUIRED_FIELD_MISSING"},
			{"StartEngagementFromOpportunityTask", with("AwsSubmission", `{"InvolvementType":"Co-sell"}`), "AwsSubmission.InvolvementType", "INVALID_ENUM_VALUE"},
			{"StartEngagementFromOpportunityTask", with("AwsSubmission", `{"InvolvementType":"Co-Sell","Visability":"Full"}`), "AwsSubmission.Visability", "INVALID_VALUE"},
			{"StartEngagementFromOpportunityTask", with("Tags", `[]`), "Tags", "NOT_ENOUGH_VALUES"},
			{"StartEngagementFromOpportunityTask", with("Tags", `[`+strings.Repeat(`{"Key":"k","Value":""},`, 200)+`{}]`), "Tags", "TOO_MANY_VALUES"},
			{"StartEngagementFromOpportunityTask", with("Tags", `[`+strings.TrimSuffix(tags, ",")+`]`), "Tags[1].Key", "DUPLICATE_KEY_VALUE"},
			{"StartEngagementFromOpportunityTask", with("Tags", `[{"Key":"a*b","Value":"v"}]`), "Tags[0].Key", "INVALID_STRING_FORMAT"},
			{"StartEngagementFromOpportunityTask", with("Identifer", `"O1"`), "Identifer", "INVALID_VALUE"},
			{"StartEngagementFromOpportunityTask", with("identifier", `"O1"`), "identifier", "INVALID_VALUE"},
			{"StartEngagementByAcceptingInvitationTask", `{"Catalog":"AWS","ClientToken":"a","Identifier":"engi-000"}`, "Identifier", "INVALID_STRING_FORMAT"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","MaxResults":0}`, "MaxResults", "VALUE_OUT_OF_RANGE"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","MaxResults":1001}`, "MaxResults", "VALUE_OUT_OF_RANGE"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","MaxResults":1e999999}`, "MaxResults", "VALUE_OUT_OF_RANGE"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","TaskIdentifier":[]}`, "TaskIdentifier", "NOT_ENOUGH_VALUES"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","TaskIdentifier":["task-0000000000000","nope"]}`, "TaskIdentifier[1]", "INVALID_STRING_FORMAT"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","OpportunityIdentifier":["O1","O1","O1","O1","O1","O1","O1","O1","O1","O1","O1"]}`, "OpportunityIdentifier", "TOO_MANY_VALUES"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","TaskStatus":["INPROGRESS"]}`, "TaskStatus[0]", "INVALID_ENUM_VALUE"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","Sort":{"SortBy":"StartTime"}}`, "Sort.SortOrder", "REQUIRED_FIELD_MISSING"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","NextToken":""}`, "NextToken", "INVALID_STRING_FORMAT"},
			{"ListEngagementFromOpportunityTasks", `{"Catalog":"AWS","EngagementInvitationIdentifier":["engi-0000000000000"]}`, "EngagementInvitationIdentifier", "INVALID_VALUE"},
		} {
			answer, body := post(t, transport, c.op, c.body)
			require.Equal(t, http.StatusBadRequest, answer.StatusCode, c.body)
			require.Equal(t, "ValidationException", errorType(answer), c.body)
			r := readRefused(t, body)
			require.Equal(t, "com.amazonaws.partnercentralselling#ValidationException", r.Type)
			require.NotEmpty(t, r.Message)
			require.Equal(t, "REQUEST_VALIDATION_FAILED", r.Reason)
			var fields []string
			for _, f := range r.ErrorList {
				fields = append(fields, f.FieldName)
				require.Equal(t, c.code, f.Code, c.body)
				require.NotEmpty(t, f.Message)
			}
			require.Equal(t, c.field, strings.Join(fields, " "), c.body)
		}
		require.Zero(t, svc.Calls().Committed().Len())
		require.Contains(t, svc.Calls()[len(svc.Calls())-1].Note, "did you mean", "the note names the nearest member")
	})
}

// with replaces or adds a member of a good Start.
func with(member, value string) string {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(goodStart), &members); err != nil {
		panic(err)
	}
	members[member] = json.RawMessage(value)
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestFrontEndErrors(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, svc service, transport http.RoundTripper) {
		deep := strings.Repeat(`[`, 20000)
		for name, c := range map[string]struct {
			change func(*http.Request)
			body   string
			status int
			code   string
			note   string
		}{
			"not json":          {nil, `{"Catalog"`, 400, "SerializationException", "not JSON"},
			"deep":              {nil, `{"Catalog":` + deep, 400, "SerializationException", "not JSON"},
			"trailing":          {nil, goodStart + `{}`, 400, "SerializationException", "goes on"},
			"not an object":     {nil, `[]`, 400, "SerializationException", "START_ARRAY"},
			"not utf-8":         {nil, "{\"Catalog\":\"\xff\"}", 400, "SerializationException", "UTF-8"},
			"number for string": {nil, with("Identifier", `1`), 400, "SerializationException", "NUMBER_VALUE can not be converted to a String (Identifier)"},
			"list for struct":   {nil, with("AwsSubmission", `[]`), 400, "SerializationException", "START_ARRAY"},
			"string for list":   {nil, with("Tags", `"x"`), 400, "SerializationException", "STRING_VALUE"},
			"null in list":      {nil, with("Tags", `[null]`), 400, "SerializationException", "NULL_VALUE"},
			"bool for string":   {nil, with("Catalog", `true`), 400, "SerializationException", "BOOLEAN_VALUE"},
			"too large":         {nil, `{"Catalog":"` + strings.Repeat("x", partnercentraltest.MaxBodySize) + `"}`, 413, "RequestEntityTooLargeException", "bytes"},
			"get":               {func(r *http.Request) { r.Method = "GET" }, goodStart, 404, "UnknownOperationException", "POST"},
			"put":               {func(r *http.Request) { r.Method = "PUT" }, goodStart, 404, "UnknownOperationException", "POST"},
			"no target":         {func(r *http.Request) { r.Header.Del("X-Amz-Target") }, goodStart, 400, "UnknownOperationException", "neither"},
			"wrong target": {func(r *http.Request) {
				r.Header.Set("X-Amz-Target", "PartnerCentral.StartEngagementFromOpportunityTask")
			}, goodStart, 400, "UnknownOperationException", `"AWSPartnerCentralSelling."`},
			"unknown operation": {func(r *http.Request) {
				r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.GetEngagementFromOpportunityTask")
			}, goodStart, 400, "UnknownOperationException", "did you mean \"ListEngagementFromOpportunityTasks\""},
			"two targets":        {func(r *http.Request) { r.Header.Add("X-Amz-Target", "x") }, goodStart, 400, "UnknownOperationException", "2 X-Amz-Target"},
			"wrong content type": {func(r *http.Request) { r.Header.Set("Content-Type", "application/x-amz-json-1.1") }, goodStart, 400, "UnknownOperationException", "application/x-amz-json-1.0"},
			"no content type":    {func(r *http.Request) { r.Header.Del("Content-Type") }, goodStart, 400, "UnknownOperationException", "application/x-amz-json-1.0"},
		} {
			r, err := http.NewRequest(http.MethodPost, "https://x/", strings.NewReader(c.body))
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/x-amz-json-1.0")
			r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.StartEngagementFromOpportunityTask")
			if c.change != nil {
				c.change(r)
			}
			answer, body := roundTrip(t, transport, r)
			require.Equal(t, c.status, answer.StatusCode, name)
			require.Equal(t, c.code, errorType(answer), name)
			require.NotEmpty(t, answer.Header.Get("x-amzn-RequestId"), name)
			read := readRefused(t, body)
			require.Equal(t, "com.amazon.coral.service#"+c.code, read.Type, name)
			require.Nil(t, read.Message, name)
			require.NotNil(t, read.Lower, name)
			calls := svc.Calls()
			require.Contains(t, calls[len(calls)-1].Note, c.note, name)
		}
		require.Zero(t, svc.Calls().Committed().Len())
	})
}

func TestBothRoutes(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, _ service, transport http.RoundTripper) {
		answer, body := post(t, transport, "StartEngagementFromOpportunityTask", goodStart)
		require.Equal(t, "application/x-amz-json-1.0", answer.Header.Get("Content-Type"))
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, answer.Header.Get("x-amzn-RequestId"))
		require.NotEmpty(t, answer.Header.Get("Date"))

		for _, path := range []string{"/StartEngagementFromOpportunityTask", "/base/StartEngagementFromOpportunityTask"} {
			// The same parameters in another order and with other white space.
			r, err := http.NewRequest(http.MethodPost, "https://x"+path, strings.NewReader(`{ "Identifier" : "O1", "Tags": null, "AwsSubmission":{"InvolvementType":"Co-Sell"},"ClientToken":"a","Catalog":"Sandbox"}`))
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			again, same := roundTrip(t, transport, r)
			require.Equal(t, "application/json", again.Header.Get("Content-Type"))
			require.Equal(t, body, same)
		}
	})
}

func TestWrongSignaturesAreRefused(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"), withCredentials(partnercentraltest.DefaultAccessKeyID, "not it"))
		require.ErrorContains(t, err, "InvalidSignatureException")
		require.NotContains(t, fmt.Sprint(err, svc.Calls()), "not it")
		_, err = client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"), func(o *partnercentral.Options) { o.Region = "eu-west-1" })
		require.ErrorContains(t, err, "Credential should be scoped to a valid region")
		require.Equal(t, 0, svc.Calls().Committed().Len())
		require.Contains(t, svc.Calls()[0].Signature, "InvalidSignatureException")
		require.NotContains(t, svc.Calls().String(), "does not fit", "the table has the name alone")
	})
	svc := partnercentraltest.New(t, partnercentraltest.WithCredentials("ME", "mine"))
	_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
	require.NoError(t, err)
	_, err = svc.Client(as("SOMEBODYELSE")).StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
	require.ErrorContains(t, err, "UnrecognizedClientException")
	require.Len(t, svc.Calls(), 2)
}

func FuzzHandler(f *testing.F) {
	f.Add("POST", "/", "AWSPartnerCentralSelling.StartEngagementFromOpportunityTask", "application/x-amz-json-1.0", []byte(goodStart))
	f.Add("POST", "/", "AWSPartnerCentralSelling.ListEngagementFromOpportunityTasks", "application/x-amz-json-1.0", []byte(`{"Catalog":"Sandbox","NextToken":"AAMA-AAAAAAAAAAAAAAAAAAAAAA","MaxResults":2,"Sort":{"SortBy":"StartTime","SortOrder":"ASCENDING"}}`))
	f.Add("POST", "/ListEngagementByAcceptingInvitationTasks", "", "application/json", []byte(`{"Catalog":"AWS","TaskStatus":["FAILED"]}`))
	f.Add("GET", "/x?y", "a", "b", []byte("[{]"))
	f.Fuzz(func(t *testing.T, method, path, target, contentType string, body []byte) {
		svc := partnercentraltest.NewService(partnercentraltest.WithoutSignatures())
		defer svc.Close()
		if _, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "first")); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(method, "https://x/", bytes.NewReader(body))
		if err != nil {
			return
		}
		r.URL.Path = "/" + path
		if target != "" {
			r.Header.Set("X-Amz-Target", target)
		}
		r.Header.Set("Content-Type", contentType)
		answer, text := roundTrip(t, svc.Transport(), r)
		if !json.Valid([]byte(text)) {
			t.Fatalf("the answer is not JSON: %q", text)
		}
		if answer.StatusCode >= 500 {
			t.Fatalf("status %d", answer.StatusCode)
		}
		calls := svc.Calls()
		if calls.Len() != 2 || calls[1].Committed != (answer.StatusCode == 200) {
			t.Fatalf("the record does not fit status %d:\n%s", answer.StatusCode, calls)
		}
	})
}

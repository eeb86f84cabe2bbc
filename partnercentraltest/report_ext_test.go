package partnercentraltest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Every refused request answers with a message that says what was expected and
// what came.
func TestRefusalsAreExplainedToTheCaller(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, svc service, transport http.RoundTripper) {
		for name, c := range map[string]struct {
			change func(*http.Request)
			body   string
			want   string
		}{
			"unknown operation":   {func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.GetOportunity") }, goodStart, `unknown operation "GetOportunity", did you mean "GetOpportunity"?`},
			"unmodelled":          {func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.GetOpportunity") }, goodStart, "the fake does not model GetOpportunity"},
			"content type":        {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, goodStart, `Content-Type is "text/plain", it should be "application/x-amz-json-1.0"`},
			"method":              {func(r *http.Request) { r.Method = "PUT" }, goodStart, "the method is PUT, it should be POST"},
			"target":              {func(r *http.Request) { r.Header.Set("X-Amz-Target", "Else.X") }, goodStart, `should start with "AWSPartnerCentralSelling."`},
			"size":                {nil, strings.Repeat(" ", fake.MaxBodySize+1), "the body has over 1048576 bytes"},
			"unknown member":      {nil, with("Identifer", `"O1"`), "did you mean Identifier?"},
			"fault of the header": {func(r *http.Request) { r.Header.Set(fake.FaultHeader, "trottle") }, goodStart, `X-Fake-Fault: unknown effect "trottle", did you mean "throttle"?`},
		} {
			r := httptest.NewRequest("POST", "http://fake/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/x-amz-json-1.0")
			r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.StartEngagementFromOpportunityTask")
			if c.change != nil {
				c.change(r)
			}
			answer, err := transport.RoundTrip(r)
			require.NoError(t, err, name)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			answer.Body.Close()
			r2 := readRefused(t, string(text))
			message := r2.Message
			if message == nil {
				message = r2.Lower
			}
			require.Contains(t, *message, c.want, name)
		}
		require.Zero(t, svc.Calls().Made().Len())
	})
}

func TestWrongRegionIsExplained(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, _ service, client *pc.Client) {
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"), func(o *pc.Options) { o.Region = "eu-central-1"; o.Retryer = aws.NopRetryer{} })
		require.ErrorContains(t, err, "signed for eu-central-1, this service is us-east-1: set the region")
	})
}

// No request writes lines or columns of its own into a log.
func TestControlCharactersAreEscaped(t *testing.T) {
	t.Parallel()
	var lines []string
	svc := fake.NewService(fake.WithoutSignatures(), fake.WithCallLog(func(c fake.Call) { lines = append(lines, c.String()) }))
	r := httptest.NewRequest("POST", "http://fake/forged%0a1%2000:00:00.000%1b[2J", bytes.NewReader(nil))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=A\tB/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
	_, err := svc.Transport().RoundTrip(r)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.NotContains(t, lines[0], "\n")
	require.NotContains(t, lines[0], "\x1b")
	require.Contains(t, lines[0], `forged\n1`)
	require.True(t, strings.HasPrefix(lines[0], `A\tB 1 `), lines[0])
	require.Len(t, strings.Fields(fake.CallHeader()), 11)
	require.Contains(t, lines[0], "UnknownOperationException: ", "the reason is in the line")
}

func TestTasksSayWhatThereIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithAdmin())
		svc.Script(startOp, fake.VisibleAfter(time.Hour, fake.After(time.Minute, fake.Fail("R", "m"))))
		svc.Fault(startOp, fake.Nth(2), fake.AfterCommit(fake.CloseEarly()))
		client := svc.Client(atOnce)
		require.Empty(t, svc.Tasks())
		out, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
		require.NoError(t, err)
		_, err = client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
		require.NoError(t, err)
		_, err = client.StartEngagementFromOpportunityTask(t.Context(), submit("O2", "a"))
		require.Error(t, err)
		_, err = client.StartProspectingFromEngagementTask(t.Context(), &pc.StartProspectingFromEngagementTaskInput{
			Catalog: aws.String("AWS"), ClientToken: aws.String("p"), TaskName: aws.String("n"), Identifiers: []string{"eng-aaaaaaaaaaaaaa"}})
		require.NoError(t, err)

		tasks := svc.Tasks()
		require.Len(t, tasks, 2)
		require.Equal(t, fake.Task{
			ID: *out.TaskId, ARN: *out.TaskArn, Operation: startOp, Catalog: "Sandbox", ClientToken: "a", Identifiers: []string{"O1"},
			StartTime: tasks[0].StartTime, Status: "IN_PROGRESS", Polls: 2, Outcome: `VisibleAfter(1h0m0s, After(1m0s, Fail("R", "m")))`,
		}, tasks[0])
		require.Equal(t, []string{"eng-aaaaaaaaaaaaaa"}, tasks[1].Identifiers)
		time.Sleep(time.Minute)
		task := svc.Tasks()[0]
		require.Equal(t, []string{"FAILED", "R", "m"}, []string{task.Status, task.Reason, task.Message})
		require.False(t, task.Visible)

		var listed []map[string]any
		require.Equal(t, 200, admin(t, svc, "GET", "/_fake/tasks", "", &listed))
		require.Len(t, listed, 2)
		require.Equal(t, "FAILED", listed[0]["status"])

		var making []fake.Making
		for _, c := range svc.Calls() {
			making = append(making, c.Making)
		}
		require.Equal(t, []fake.Making{fake.Made, fake.Repeated, fake.Repeated, fake.MadeNone, fake.Made}, making)
		require.Equal(t, 2, svc.Calls().Made().Len())
		require.Contains(t, svc.Calls().String(), *out.TaskId+" repeated")
		var calls []map[string]any
		admin(t, svc, "GET", "/_fake/calls", "", &calls)
		require.Equal(t, []any{"made", "repeated", "none"}, []any{calls[0]["task"], calls[1]["task"], calls[3]["task"]})
		require.Len(t, svc.Tasks(), 2, "neither is a call")
	})
}

func TestCannedAnswers(t *testing.T) {
	t.Parallel()
	svc := fake.New(t, fake.WithoutSignatures())
	svc.Answer("GetOpportunity", fake.Answer{Body: map[string]any{"Id": "any"}, Default: true})
	svc.When("GetOpportunity", fake.WithIdentifier("O1")).Answer(fake.Answer{Body: `{"Id":"O1"}`, Times: 2}, fake.Answer{Body: []byte(`{"Id":"last"}`)})
	svc.Fault("GetOpportunity", fake.Nth(1), fake.Throttle())
	ask := func(id string) string {
		answer, body := post(t, svc.Transport(), "GetOpportunity", `{"Catalog":"Sandbox","Identifier":"`+id+`"}`)
		if answer.StatusCode != 200 {
			return errorType(answer)
		}
		return body
	}
	require.Equal(t, "ThrottlingException", ask("O2"))
	var got []string
	for _, id := range []string{"O1", "O2", "O1", "O1", "O1"} {
		got = append(got, ask(id))
	}
	require.Equal(t, []string{`{"Id":"O1"}`, `{"Id":"any"}`, `{"Id":"O1"}`, `{"Id":"last"}`, `{"Id":"any"}`}, got)
	require.Equal(t, "UnknownOperationException", func() string {
		answer, _ := post(t, svc.Transport(), "ListOpportunities", `{}`)
		return errorType(answer)
	}())
	svc.When("GetEngagement", fake.WithIdentifier("eng-1")).Answer(fake.Answer{Body: "{}"})
	post(t, svc.Transport(), "GetEngagement", `{"Identifier":"eng-2"}`)
	require.Len(t, svc.Leftovers(), 1)
	require.Contains(t, svc.Leftovers()[0], `1 of 1 answers for GetEngagement WithIdentifier("eng-1") (report_ext_test.go:`)
	require.Contains(t, svc.Leftovers()[0], `the nearest was "eng-2"`)
	svc.Reset()
}

func TestWorldClient(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	world := svc.World("SOMEBODYELSE")
	world.Script(startOp, fake.Immediately(fake.Complete()))
	out, err := world.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
	require.NoError(t, err)
	require.Equal(t, pc.TaskStatusComplete, out.TaskStatus)
	require.Len(t, world.Tasks(), 1)
	require.Empty(t, svc.Tasks())
	require.Empty(t, world.Leftovers())
}

func TestServiceFromOutsideOfTheBubble(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	svc := fake.New(r)
	synctest.Test(t, func(t *testing.T) {
		_, err := svc.Client(atOnce).StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
		require.ErrorContains(t, err, "made outside of the synctest bubble")
	})
	require.NotEmpty(t, r.errors)
	require.Contains(t, r.errors[0], "make it inside")
}

func TestNamedEffects(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *pc.Client) {
		for _, c := range []struct {
			effect fake.Effect
			want   string
		}{
			{fake.ExpiredToken(), "ExpiredTokenException: The security token included in the request is expired"},
			{fake.WrongClock(), "InvalidSignatureException: Signature expired: "},
			{fake.RefusedSignature(), "InvalidSignatureException: The request signature we calculated does not match"},
		} {
			svc.Fault(startOp, fake.Times(1), c.effect)
			_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"), func(o *pc.Options) { o.Retryer = aws.NopRetryer{} })
			require.ErrorContains(t, err, c.want)
		}
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"), func(o *pc.Options) { o.Retryer = aws.NopRetryer{} })
		require.NoError(t, err, "whether it signs for the time of the answer or of its own clock")
	})
}

// The answer of a wrong clock has the time there, from which SDKs set theirs.
func TestWrongClockShowsItsTime(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, svc service, transport http.RoundTripper) {
		svc.Fault(startOp, fake.Times(1), fake.WrongClock())
		answer, _ := post(t, transport, string(startOp), goodStart)
		at, err := http.ParseTime(answer.Header.Get("Date"))
		require.NoError(t, err)
		require.InDelta(t, time.Hour, time.Until(at), float64(time.Minute))
	})
}

func TestFaultByHeader(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, svc service, transport http.RoundTripper) {
		ask := func(fault, attempt string) string {
			r := httptest.NewRequest("POST", "http://fake/", strings.NewReader(goodStart))
			r.Header.Set("Content-Type", "application/x-amz-json-1.0")
			r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling."+string(startOp))
			r.Header.Set("Amz-Sdk-Request", attempt)
			r.Header.Set(fake.FaultHeader, fault)
			answer, err := transport.RoundTrip(r)
			require.NoError(t, err)
			defer answer.Body.Close()
			if answer.StatusCode == 200 {
				return "ok"
			}
			return errorType(answer)
		}
		for _, c := range []struct{ fault, attempt, want string }{
			{"throttle", "attempt=1; max=3", "ThrottlingException"},
			{"throttle", "attempt=3; max=3", "ThrottlingException"},
			{`{"effect":"error","code":"ConflictException","times":2}`, "attempt=2; max=3", "ConflictException"},
			{`{"effect":"error","code":"ConflictException","times":2}`, "attempt=3; max=3", "ok"},
			{`{"effect":"expiredToken","nth":2}`, "attempt=1; max=3", "ok"},
			{`{"effect":"expiredToken","nth":2}`, "attempt=2; max=3", "ExpiredTokenException"},
			{`{"effect":"expiredToken","nth":2}`, "attempt=3; max=3", "ok"},
			{`{"effect":"expiredToken","nth":2}`, "", "ok"},
			{`{"effect":"error"}`, "", "ValidationException"},
		} {
			require.Equal(t, c.want, ask(c.fault, c.attempt), "%+v", c)
		}
		require.Equal(t, 1, svc.Calls().Made().Len())
	})
}

// The message of a leftover says what stood in the way, and counts no refused
// call as one that could have been used.
func TestLeftoverNamesTheFaultInTheWay(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	svc.Script(startOp, fake.Complete())
	svc.Fault(startOp, fake.Always(), fake.Throttle())
	_, err := svc.Client(atOnce).StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
	require.Error(t, err)
	left := svc.Leftovers()
	require.Len(t, left, 1)
	require.Contains(t, left[0], "all 3 calls of the operation were refused, 3 of them by Always() Error(429, ThrottlingException)")
	svc.Reset()
}

func TestLenient(t *testing.T) {
	t.Parallel()
	for _, lenient := range []bool{false, true} {
		options := []fake.Option{fake.WithoutSignatures()}
		if lenient {
			options = append(options, fake.Lenient())
		}
		answer, _ := post(t, fake.New(t, options...).Transport(), string(startOp), with("New", `[{"a":1}]`))
		require.Equal(t, lenient, answer.StatusCode == 200)
	}
}

func TestAdminRefusesForeigners(t *testing.T) {
	t.Parallel()
	svc := fake.New(t, fake.WithAdmin("fake.internal.example"))
	for _, c := range []struct {
		host, origin string
		want         int
	}{
		{"localhost:8443", "", 200},
		{"127.0.0.1:8443", "", 200},
		{"[::1]:8443", "", 200},
		{"10.1.2.3", "", 200},
		{"partnercentral-fake:8443", "", 200},
		{"FAKE.internal.example:8443", "", 200},
		{"x.localhost", "", 200},
		{"rebound.example:8443", "", 403},
		{"127.0.0.1.example", "", 403},
		{"localhost:8443", "http://localhost:8443", 200},
		{"localhost:8443", "http://rebound.example", 403},
		{"localhost:8443", "http://localhost:3000", 403},
		{"localhost:8443", "null", 403},
	} {
		for _, method := range []string{"GET", "POST"} {
			r := httptest.NewRequest(method, "/_fake/clock", strings.NewReader("{}"))
			r.Host = c.host
			r.Header.Set("Content-Type", "application/json")
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			svc.ServeHTTP(w, r)
			require.Equal(t, c.want, w.Code, "%+v %s", c, w.Body)
		}
	}
}

func TestAdminListsItsRoutesAndAGetMakesNothing(t *testing.T) {
	t.Parallel()
	svc := fake.New(t, fake.WithAdmin())
	var routes []struct {
		Method, Path, What string
		Query, Members     []string
	}
	require.Equal(t, 200, admin(t, svc, "GET", "/_fake/", "", &routes))
	require.Len(t, routes, 15)
	for _, r := range routes {
		if r.Method == "GET" {
			require.Equal(t, 200, admin(t, svc, "GET", r.Path, "", nil), r.Path)
		}
		if len(r.Query) > 0 && r.Method == "GET" {
			require.Equal(t, 200, admin(t, svc, "GET", r.Path+"?world=NOBODY", "", nil))
		}
		require.Equal(t, 400, admin(t, svc, r.Method, r.Path+"?wrold=X", "{}", nil), r.Path)
	}
	var worlds []string
	admin(t, svc, "GET", "/_fake/worlds", "", &worlds)
	require.Empty(t, worlds)
	require.Equal(t, []string{"mode", "factor", "advance"}, routes[13].Members)
	w := httptest.NewRecorder()
	svc.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/_fake/schema", nil))
	require.Equal(t, string(fake.ScriptSchema()), w.Body.String())
}

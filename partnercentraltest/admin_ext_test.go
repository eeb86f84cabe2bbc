package partnercentraltest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// admin sends one request to the admin interface.
func admin(t testing.TB, svc *partnercentraltest.Service, method, path, body string, into any) int {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	svc.ServeHTTP(w, r)
	if into != nil {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), into), w.Body.String())
	}
	return w.Code
}

func TestAdminIsClosedUnlessAskedFor(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t)
	require.Equal(t, http.StatusNotFound, admin(t, svc, http.MethodGet, "/_fake/calls", "", nil), "an unknown operation, as any other path")
	require.Equal(t, "UnknownOperationException", svc.Calls()[0].Error)
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t, partnercentraltest.WithAdmin(), partnercentraltest.AllowLeftovers())
	client := svc.Client(atOnce)
	var ok map[string]bool
	require.Equal(t, 200, admin(t, svc, "POST", "/_fake/scripts", `{
		"scripts":[{"operation":"StartEngagementFromOpportunityTask","identifiers":["O1"],"outcomes":[
			{"status":"FAILED","reason":"OpportunityConflict","message":"m","after":"0s"},{"afterPolls":3},{"never":true,"visibleAfter":"2s"}]}],
		"faults":[{"operation":"StartEngagementFromOpportunityTask","nth":1,"effect":"error","status":503,"code":"Busy"},
			{"operation":"ListEngagementFromOpportunityTasks","taskIds":["task-0000000000000"],"always":true,"effect":"throttle","afterCommit":true}]}`, &ok))
	require.True(t, ok["ok"])
	out, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a-token"))
	require.NoError(t, err)
	require.Equal(t, partnercentral.TaskStatusFailed, out.TaskStatus)

	var scripts []struct {
		For  string
		Used int
		Left []string
	}
	admin(t, svc, "GET", "/_fake/scripts", "", &scripts)
	require.Equal(t, `StartEngagementFromOpportunityTask WithIdentifier("O1")`, scripts[0].For)
	require.Equal(t, 1, scripts[0].Used)
	require.Equal(t, []string{"AfterPolls(3, Complete())", "VisibleAfter(2s, Never())"}, scripts[0].Left)

	var faults []struct {
		Fault                  string
		Matched, Hits, Missing int
	}
	admin(t, svc, "GET", "/_fake/faults", "", &faults)
	require.Equal(t, "Fault(StartEngagementFromOpportunityTask, Nth(1), Error(503, Busy))", faults[0].Fault)
	require.Equal(t, []int{2, 1, 0}, []int{faults[0].Matched, faults[0].Hits, faults[0].Missing})
	require.Equal(t, 1, faults[1].Missing)

	var calls []map[string]any
	admin(t, svc, "GET", "/_fake/calls?operation=StartEngagementFromOpportunityTask", "", &calls)
	require.Len(t, calls, 2)
	require.Equal(t, false, calls[0]["committed"])
	require.EqualValues(t, 503, calls[0]["status"])
	require.Equal(t, *out.TaskId, calls[1]["taskId"])
	w := httptest.NewRecorder()
	svc.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/_fake/calls?format=table", nil))
	require.Equal(t, svc.Calls().String(), w.Body.String())

	var left []string
	admin(t, svc, "GET", "/_fake/leftovers", "", &left)
	require.Len(t, left, 2)
}

func TestAdminKeepsWorldsApart(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t, partnercentraltest.WithAdmin(), partnercentraltest.AllowLeftovers())
	client := svc.Client()
	startTasks(t, client, 1)
	var worlds []string
	admin(t, svc, "GET", "/_fake/worlds", "", &worlds)
	require.Equal(t, []string{partnercentraltest.DefaultAccessKeyID}, worlds)

	var faults []map[string]any
	require.Equal(t, 200, admin(t, svc, "POST", "/_fake/faults?world=OTHER", `{"faults":[{"operation":"StartEngagementFromOpportunityTask","times":1,"effect":"reset"}]}`, nil))
	admin(t, svc, "GET", "/_fake/faults?world=OTHER", "", &faults)
	require.Len(t, faults, 1)

	require.Equal(t, 200, admin(t, svc, "POST", "/_fake/reset", `{}`, nil))
	require.Empty(t, svc.Calls())
	require.Empty(t, list(t, client, listInput{}).TaskSummaries)
	admin(t, svc, "GET", "/_fake/faults?world=OTHER", "", &faults)
	require.Len(t, faults, 1, "another world stays")
	require.Equal(t, 200, admin(t, svc, "POST", "/_fake/reset?world=*", `{}`, nil))
	admin(t, svc, "GET", "/_fake/faults?world=OTHER", "", &faults)
	require.Empty(t, faults)
}

func TestAdminRefuses(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t, partnercentraltest.WithAdmin())
	for _, c := range []struct{ path, body, want string }{
		{"/_fake/scripts", `{`, "unexpected EOF"},
		{"/_fake/scripts", `{} {}`, "more text"},
		{"/_fake/scripts", `{"script":[]}`, `did you mean \"scripts\"`},
		{"/_fake/scripts", `{"scripts":[{"operation":"StartEngagementFromOportunityTask"}]}`, `did you mean \"StartEngagementFromOpportunityTask\"`},
		{"/_fake/scripts", `{"scripts":[{"operation":"ListEngagementFromOpportunityTasks"}]}`, "is none"},
		{"/_fake/scripts", `{"scripts":[{"operation":"StartEngagementFromOpportunityTask","outcomes":[{"after":"1s","never":true}]}]}`, "more than one"},
		{"/_fake/scripts", `{"scripts":[{"operation":"StartEngagementFromOpportunityTask","outcomes":[{"after":"-1s"}]}]}`, "negative"},
		{"/_fake/scripts", `{"scripts":[{"operation":"StartEngagementFromOpportunityTask","outcomes":[{"after":"soon"}]}]}`, "soon"},
		{"/_fake/faults", `{"faults":[{"operation":"StartEngagementFromOpportunityTask","effect":"reset"}]}`, "exactly one of nth, times and always"},
		{"/_fake/faults", `{"faults":[{"operation":"StartEngagementFromOpportunityTask","nth":1,"always":true,"effect":"reset"}]}`, "exactly one"},
		{"/_fake/faults", `{"faults":[{"operation":"StartEngagementFromOpportunityTask","nth":1,"effect":"restet"}]}`, `did you mean \"reset\"`},
		{"/_fake/faults", `{"faults":[{"operation":"StartEngagementFromOpportunityTask","nth":1,"effect":"error"}]}`, "needs a status"},
		{"/_fake/faults", `{"faults":[{"operation":"StartEngagementFromOpportunityTask","nth":1,"effect":"slow"}]}`, "needs a delay"},
		{"/_fake/clock", `{"mode":"fast"}`, "real, times or manual"},
		{"/_fake/clock", `{"mode":"times"}`, "factor"},
		{"/_fake/clock", `{"factor":2}`, "factor"},
		{"/_fake/nowhere", `{}`, "scripts, faults, clock, reset"},
	} {
		r := httptest.NewRequest("POST", "http://127.0.0.1"+c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		svc.ServeHTTP(w, r)
		require.GreaterOrEqual(t, w.Code, 400, c.body)
		require.Contains(t, w.Body.String(), c.want, c.body)
	}
	require.Equal(t, http.StatusMethodNotAllowed, admin(t, svc, "DELETE", "/_fake/calls", "", nil))
	require.Equal(t, http.StatusNotFound, admin(t, svc, "GET", "/_fake/nowhere", "", nil))
	r := httptest.NewRequest("POST", "http://127.0.0.1/_fake/reset", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	svc.ServeHTTP(w, r)
	require.Equal(t, http.StatusUnsupportedMediaType, w.Code, "what a form of a web page can send")
}

func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := partnercentraltest.New(t, partnercentraltest.WithAdmin())
		start := svc.Now()
		require.True(t, start.Equal(time.Now()))
		clock := func(body string) (now time.Time, speed float64) {
			var to struct {
				Now   time.Time
				Speed float64
			}
			method := "POST"
			if body == "" {
				method = "GET"
			}
			require.Equal(t, 200, admin(t, svc, method, "/_fake/clock", body, &to))
			return to.Now, to.Speed
		}
		_, speed := clock("")
		require.EqualValues(t, 1, speed)
		clock(`{"mode":"manual"}`)
		time.Sleep(time.Hour)
		require.Equal(t, start, svc.Now())
		now, _ := clock(`{"advance":"30m"}`)
		require.True(t, start.Add(30*time.Minute).Equal(now))
		clock(`{"mode":"times","factor":60}`)
		time.Sleep(time.Minute)
		require.Equal(t, start.Add(90*time.Minute), svc.Now())
		clock(`{"mode":"real","advance":"1s"}`)
		time.Sleep(time.Second)
		require.Equal(t, start.Add(90*time.Minute+2*time.Second), svc.Now())
		svc.Advance(-time.Hour)
		svc.SetClockSpeed(-1)
		time.Sleep(time.Second)
		require.Equal(t, start.Add(90*time.Minute+2*time.Second), svc.Now(), "time does not run backwards")
	})
}

// Load reaches worlds that are there and worlds to come, and loads all or
// nothing.
func TestLoad(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t, partnercentraltest.AllowLeftovers())
	client := svc.Client()
	startTasks(t, client, 1)
	err := svc.Load(strings.NewReader(`{"scripts":[{"operation":"StartEngagementFromOpportunityTask","outcomes":[{"after":"0s"}]}],"faults":[{"operation":"X"}]}`))
	require.ErrorContains(t, err, `fault 1: unknown operation "X"`)
	require.Empty(t, svc.Leftovers())

	require.NoError(t, svc.Load(strings.NewReader(`{"scripts":[{"operation":"StartEngagementFromOpportunityTask","tokens":["t"],"catalog":"Sandbox","outcomes":[{"unknownStatus":"PAUSED","after":"0s","withoutTaskId":true}]}]}`)))
	for _, account := range []string{partnercentraltest.DefaultAccessKeyID, "OTHER"} {
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O5", "t"), as(account), func(o *partnercentral.Options) { o.Retryer = aws.NopRetryer{} })
		require.Error(t, err, "no id and no final status: the client takes it for broken")
		calls := svc.World(account).Calls()
		require.True(t, calls[len(calls)-1].Committed)
	}
	require.Empty(t, svc.Leftovers())
	svc.Reset()
	require.Len(t, svc.Leftovers(), 2, "both worlds have it again")
}

// Whatever is loaded is either refused whole or can be shown and used.
func FuzzLoad(f *testing.F) {
	f.Add(`{"scripts":[{"operation":"StartEngagementFromOpportunityTask","identifiers":["O1"],"outcomes":[{"status":"FAILED","after":"1s","visibleAfter":"2s"}]}]}`)
	f.Add(`{"faults":[{"operation":"ListEngagementFromOpportunityTasks","times":2,"effect":"truncate","bytes":-1,"afterCommit":true}]}`)
	f.Add(`{"faults":[{"operation":"StartEngagementFromOpportunityTask","always":true,"effect":"html","status":599}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		svc := partnercentraltest.NewService(partnercentraltest.WithAdmin(), partnercentraltest.WithoutSignatures())
		defer svc.Close()
		err := svc.Load(strings.NewReader(text))
		left := svc.Leftovers()
		if err != nil && len(left) > 0 {
			t.Fatalf("refused with %v, and loaded %q", err, left)
		}
		ctx, leave := context.WithTimeout(t.Context(), 10*time.Millisecond) // for slow and stall
		defer leave()
		r := httptest.NewRequestWithContext(ctx, "POST", "/", strings.NewReader(goodStart))
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.StartEngagementFromOpportunityTask")
		if answer, err := svc.Transport().RoundTrip(r); err == nil && answer.StatusCode < 200 {
			t.Fatal(answer.Status)
		}
	})
}

package partnercentraltest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// What is wrong with a request of the admin interface is said, and changes
// nothing.
func TestAdminMistakes(t *testing.T) {
	t.Parallel()
	large := `{"scripts":[]}` + strings.Repeat(" ", fake.MaxBodySize) + "garbage"
	for _, test := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "scripts", large, 413, "longer than 1048576 bytes"},
		{"POST", "clock", large, 413, "longer than"},
		{"POST", "scripts", `{"scripts":[]} garbage`, 400, "more text"},
		{"POST", "scripts?world=*", `{}`, 400, "access key id"},
		{"POST", "scripts?world=bad%0aid", `{}`, 400, "access key id"},
		{"GET", "tasks?world=a&world=b", ``, 400, "given twice"},
		{"POST", "reset", `{"garbage":1`, 400, "no body"},
		{"GET", "calls?format=xml", ``, 400, "json or table"},
		{"GET", "calls?operation=GetOportunity", ``, 400, "GetOpportunity"},
		{"POST", "scripts", `{"scripts":null}`, 400, "leave out what has no value"},
		{"POST", "scripts", `{"$schema":1}`, 400, "$schema: it is a text"},
		{"POST", "clock", `{"mode":"times"}`, 400, `factor: mode times`},
		{"POST", "faults", `{"faults":[{"times":1,"effect":"throttle"}]}`, 400, "it needs an operation"},
		{"POST", "faults", `{"faults":[{"operation":"GetOpportunity","times":1,"always":false,"effect":"throttle"}]}`, 400, "it is true, or left out"},
		{"POST", "faults", `{"faults":[{"operation":"GetOpportunity","times":1,"effect":"html","status":204}]}`, 400, "has no page"},
		{"POST", "faults", `{"faults":[{"operation":"GetOpportunity","times":1,"effect":"slow","delay":""}]}`, 400, "it is a time such as"},
		{"POST", "scripts", `{"scripts":[{"operation":"StartFoo","outcomes":[{}]}]}`, 400, "did you mean"},
		{"POST", "scripts", `{"scripts":[{"operation":"StartEngagementFromOpportunityTask","outcomes":[{"status":""}]}]}`, 400, "unknown status"},
	} {
		svc := fake.New(t, fake.WithAdmin())
		r := httptest.NewRequest(test.method, "http://localhost/_fake/"+test.path, strings.NewReader(test.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		svc.ServeHTTP(w, r)
		require.Equal(t, test.status, w.Code, "%s %s: %s", test.path, test.body[:min(80, len(test.body))], w.Body)
		require.Contains(t, strings.ReplaceAll(w.Body.String(), `\u003c`, "<"), test.want)
		require.NotContains(t, w.Body.String(), ": , ")

		w = httptest.NewRecorder()
		svc.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/_fake/worlds", nil))
		require.Equal(t, "[]", strings.TrimSpace(w.Body.String()), "nothing was made")
	}
}

// A reset of a world that nobody has used makes none; the list of routes is
// there without its slash, too, and tells whether the server is up.
func TestAdminResetMakesNothing(t *testing.T) {
	t.Parallel()
	svc := fake.New(t, fake.WithAdmin())
	for path, want := range map[string]string{"reset?world=NEVER": `"ok": true`, "ready": "ready", "": "/_fake/ready"} {
		method := http.MethodGet
		if strings.HasPrefix(path, "reset") {
			method = http.MethodPost
		}
		r := httptest.NewRequest(method, "http://localhost/_fake/"+path, nil)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		svc.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code, path)
		require.Contains(t, w.Body.String(), want)
	}
	w := httptest.NewRecorder()
	svc.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/_fake", nil))
	require.Contains(t, w.Body.String(), "/_fake/schema")
	w = httptest.NewRecorder()
	svc.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/_fake/worlds", nil))
	require.Equal(t, "[]", strings.TrimSpace(w.Body.String()))
}

package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// rewriting changes the answers to Lists, as decoded JSON.
type rewriting struct {
	aws.HTTPClient

	change func(page bool, summaries []any) []any
}

func (c rewriting) Do(r *http.Request) (*http.Response, error) {
	var request map[string]any
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = json.Unmarshal(body, &request)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := c.HTTPClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if json.Unmarshal(body, &answer) == nil {
		if summaries, ok := answer["TaskSummaries"].([]any); ok {
			answer["TaskSummaries"] = c.change(request["TaskIdentifier"] == nil, summaries)
			body, _ = json.Marshal(answer)
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return resp, nil
}

// A record on a page that cannot be read, one that comes twice and one that has
// moved to another place cost the others nothing.
func TestOddRecordsOfAPageCostTheOthersNothing(t *testing.T) {
	t.Parallel()
	member := func(name string, value any) func([]any) []any {
		return func(summaries []any) []any {
			if len(summaries) > 5 {
				summaries[5].(map[string]any)[name] = value
			}
			return summaries
		}
	}
	for name, change := range map[string]func([]any) []any{
		"no object":        func(s []any) []any { s[len(s)/2] = 7; return s },
		"null":             func(s []any) []any { s[len(s)/2] = nil; return s },
		"StartTime":        member("StartTime", true),
		"year 1600":        member("StartTime", "1600-01-01T00:00:00Z"),
		"no StartTime":     member("StartTime", nil),
		"TaskId":           member("TaskId", 5),
		"ReasonCode":       member("ReasonCode", []int{1}),
		"Message":          member("Message", map[string]any{}),
		"twice":            func(s []any) []any { return append([]any{s[len(s)/2]}, s...) },
		"twice at the end": func(s []any) []any { return append(s, s[0]) },
		"moved":            func(s []any) []any { return append(s[1:len(s):len(s)], s[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				client := svc.Client(func(o *pc.Options) {
					o.HTTPClient = rewriting{o.HTTPClient, func(page bool, summaries []any) []any {
						if page && len(summaries) > 0 {
							return change(summaries)
						}
						return summaries
					}}
				})
				var tasks []pc.Task
				for i := range 30 {
					svc.Script(fake.StartEngagementFromOpportunityTask, fake.After(time.Duration(20+i)*time.Second, fake.Complete()))
					out, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(i))
					require.NoError(t, err)
					tasks = append(tasks, out.Task())
				}
				after, errs := waitAll(t, pc.NewTaskWaiter(client), tasks, time.Hour)
				require.Empty(t, errs)
				require.Len(t, after, 30)
				for id, d := range after {
					require.Less(t, d, 80*time.Second, id)
				}
			})
		})
	}
}

func TestRecordWithoutATimeDoesNotDisorderAPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		s.add(stubTask{id: stubID(99), object: "O99", catalog: "AWS"})
		s.order = func(a, b stubTask) int {
			if a.start.IsZero() || b.start.IsZero() {
				return a.start.Compare(b.start) // the one without a time first
			}
			return b.start.Compare(a.start)
		}
		_, errs := waitAll(t, pc.NewTaskWaiter(s), s.runningMany(50, 5*time.Minute), time.Hour)
		require.Empty(t, errs)
		pages, others := 0, 0
		for _, c := range s.recorded() {
			if c.page {
				pages++
			} else {
				others++
			}
		}
		require.Greater(t, pages, 10, "pages are still used")
		require.Less(t, others, pages)
	})
}

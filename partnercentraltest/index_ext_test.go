package partnercentraltest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Whatever is asked for, in whatever order, by pages of whatever size: Lists
// give what a search through all tasks gives.
func TestListsAgreeWithASearchThroughAll(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			svc := fake.New(t, fake.WithoutSignatures())
			for i := range 300 {
				op, body := startOp, fmt.Sprintf(`{"Catalog":"AWS","ClientToken":"%d","Identifier":"O%d","AwsSubmission":{"InvolvementType":"Co-Sell"}}`, i, random.IntN(9))
				if i%2 == 1 {
					op, body = prospectOp, fmt.Sprintf(`{"Catalog":"AWS","ClientToken":"%d","TaskName":"n%d","Identifiers":["eng-aaaaaaaaaaaaaa","eng-bbbbbbbbbbbbbb","eng-cccccccccccccc"]}`, i, random.IntN(9))
				}
				svc.Script(op, randomOutcome(random, op))
				ask(svc, op, body)
				if random.IntN(4) == 0 {
					time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
				}
				if i%10 == 0 {
					compareSubmissions(t, svc, random)
					compareProspecting(t, svc, random)
				}
			}
		})
	}
}

func randomOutcome(random *rand.Rand, op fake.Operation) fake.Outcome {
	o := fake.Complete()
	switch random.IntN(6) {
	case 0:
		o = fake.Fail("R", "")
	case 1:
		o = fake.EndIn("PAUSED")
	}
	if op == prospectOp && random.IntN(2) == 0 {
		o = fake.WithEngagements(o, fake.FailEngagement("eng-bbbbbbbbbbbbbb", "R", ""))
	}
	switch random.IntN(5) {
	case 0:
		return fake.Never()
	case 1:
		o = fake.AfterPolls(random.IntN(4), o)
	case 2:
		o = fake.Immediately(o)
	default:
		o = fake.After(time.Duration(random.IntN(60))*time.Second, o)
	}
	if random.IntN(5) == 0 {
		o = fake.VisibleAfter(time.Duration(random.IntN(20))*time.Second, o)
	}
	return o
}

// pages asks for all pages at one moment. A page is itself a poll of its tasks,
// so what is expected is worked out for each.
func pages(t *testing.T, svc *fake.Service, op fake.Operation, query map[string]any, want func() []string) {
	t.Helper()
	var seen []string
	for {
		expected := want()
		body, err := json.Marshal(query)
		require.NoError(t, err)
		var page struct {
			NextToken     *string
			TaskSummaries []struct{ TaskId string }
		}
		require.NoError(t, json.Unmarshal(ask(svc, op, string(body)), &page))
		var got []string
		for _, task := range page.TaskSummaries {
			got = append(got, task.TaskId)
		}
		expected = slices.DeleteFunc(expected, func(id string) bool { return slices.Contains(seen, id) })
		require.Equal(t, expected[:min(len(expected), query["MaxResults"].(int))], append([]string{}, got...), "%s", body)
		seen = append(seen, got...)
		if page.NextToken == nil {
			return
		}
		query["NextToken"] = *page.NextToken
	}
}

func compareSubmissions(t *testing.T, svc *fake.Service, random *rand.Rand) {
	query := map[string]any{"Catalog": "AWS", "MaxResults": 1 + random.IntN(40)}
	var statuses, objects []string
	if random.IntN(2) == 0 {
		statuses = []string{[]string{"COMPLETE", "FAILED"}[random.IntN(2)]}
		query["TaskStatus"] = statuses
	}
	if random.IntN(2) == 0 {
		objects = []string{fmt.Sprintf("O%d", random.IntN(9)), fmt.Sprintf("O%d", random.IntN(9))}
		query["OpportunityIdentifier"] = objects
	}
	ascending := random.IntN(2) == 0
	if ascending {
		query["Sort"] = map[string]string{"SortBy": "StartTime", "SortOrder": "ASCENDING"}
	}
	first := true
	pages(t, svc, listOp, query, func() []string {
		tasks := visibleTasks(svc, startOp)
		ids := []string{}
		for _, task := range tasks {
			if (statuses == nil || slices.Contains(statuses, task.Status)) && (objects == nil || slices.Contains(objects, task.Identifiers[0])) {
				ids = append(ids, task.ID)
			}
		}
		if !ascending {
			slices.Reverse(ids)
		}
		first = false
		return ids
	})
	require.False(t, first)
}

func compareProspecting(t *testing.T, svc *fake.Service, random *rand.Rand) {
	by := []pc.ProspectingFromEngagementTaskSortName{"StartTime", "TaskName", "FailedEngagementCount"}[random.IntN(3)]
	order := []string{"ASCENDING", "DESCENDING"}[random.IntN(2)]
	query := map[string]any{"Catalog": "AWS", "MaxResults": 100, "Sort": map[string]string{"SortBy": string(by), "SortOrder": order}}
	names := []string{"n1", "n2", "n3"}
	filtered := random.IntN(2) == 0
	if filtered {
		query["TaskName"] = names
	}
	type summary struct {
		TaskId, TaskName, StartTime string
		FailedEngagementCount       int
	}
	var page struct{ TaskSummaries []summary }
	body, err := json.Marshal(query)
	require.NoError(t, err)
	tasks := visibleTasks(svc, prospectOp)
	require.NoError(t, json.Unmarshal(ask(svc, fake.ListProspectingFromEngagementTasks, string(body)), &page))
	place := map[string]int{}
	for i, task := range tasks {
		place[task.ID] = i
	}
	compare := func(a, b summary) int {
		o := 0
		switch by {
		case "TaskName":
			o = cmp.Compare(a.TaskName, b.TaskName)
		case "FailedEngagementCount":
			o = cmp.Compare(a.FailedEngagementCount, b.FailedEngagementCount)
		}
		o = cmp.Or(o, place[a.TaskId]-place[b.TaskId])
		if order == "DESCENDING" {
			return -o
		}
		return o
	}
	require.True(t, slices.IsSortedFunc(page.TaskSummaries, compare), "%s", body)
	for _, s := range page.TaskSummaries {
		require.Contains(t, place, s.TaskId)
		require.True(t, !filtered || slices.Contains(names, s.TaskName))
	}
	if !filtered {
		require.Len(t, page.TaskSummaries, min(len(tasks), 100))
	}
}

func visibleTasks(svc *fake.Service, op fake.Operation) []fake.Task {
	return slices.DeleteFunc(svc.Tasks(), func(task fake.Task) bool { return task.Operation != op || !task.Visible })
}

// A prospecting task has one start, whichever operation shows it, and its
// filters go by that.
func TestProspectingHasOneStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithoutSignatures())
		var started, got struct{ TaskId, StartTime string }
		var listed struct{ TaskSummaries []struct{ StartTime string } }
		time.Sleep(123456789 * time.Nanosecond)
		require.NoError(t, json.Unmarshal(ask(svc, prospectOp, `{"Catalog":"AWS","ClientToken":"a","TaskName":"n","Identifiers":["eng-aaaaaaaaaaaaaa"]}`), &started))
		require.NoError(t, json.Unmarshal(ask(svc, fake.GetProspectingFromEngagementTask, `{"Catalog":"AWS","TaskIdentifier":"`+started.TaskId+`"}`), &got))
		require.NoError(t, json.Unmarshal(ask(svc, fake.ListProspectingFromEngagementTasks, `{"Catalog":"AWS"}`), &listed))
		require.Equal(t, started.StartTime, got.StartTime)
		require.Equal(t, started.StartTime, listed.TaskSummaries[0].StartTime)
		for filter, want := range map[string]int{"StartAfter": 0, "StartBefore": 0} {
			require.NoError(t, json.Unmarshal(ask(svc, fake.ListProspectingFromEngagementTasks, fmt.Sprintf(`{"Catalog":"AWS",%q:%q}`, filter, got.StartTime)), &listed))
			require.Len(t, listed.TaskSummaries, want, filter)
		}
		at, err := time.Parse(time.RFC3339Nano, got.StartTime)
		require.NoError(t, err)
		for filter, shift := range map[string]time.Duration{"StartAfter": -1, "StartBefore": 1} {
			require.NoError(t, json.Unmarshal(ask(svc, fake.ListProspectingFromEngagementTasks, fmt.Sprintf(`{"Catalog":"AWS",%q:%q}`, filter, at.Add(shift).Format(time.RFC3339Nano))), &listed))
			require.Len(t, listed.TaskSummaries, 1, filter)
		}
	})
}

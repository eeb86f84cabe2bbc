package partnercentraltest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// 50,000 requests by 16 callers: what the callers saw, what the record says and
// what the lists show must be the same, none lost and none doubled.
func TestNothingIsLostOrDoubled(t *testing.T) {
	const callers, rounds, faults = 16, 3125, 500
	svc := partnercentraltest.New(t, partnercentraltest.WithoutSignatures())
	svc.Fault(startOp, partnercentraltest.Times(faults), partnercentraltest.AfterCommit(partnercentraltest.Reset()))
	svc.Fault(startOp, partnercentraltest.Times(faults), partnercentraltest.Throttle())

	var mu sync.Mutex
	seen := map[string]string{} // token to task id, over all callers
	counts := map[string]int{}
	count := func(outcome string) { mu.Lock(); counts[outcome]++; mu.Unlock() }
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for round := range rounds {
				if round%5 == 4 {
					count(send(t, svc, string(listOp), `{"Catalog":"Sandbox","MaxResults":5}`).outcome)
					continue
				}
				// Every other Start repeats the one before it, and every token
				// is used by two callers.
				token := fmt.Sprintf("%d-%d", caller/2, round/2)
				got := send(t, svc, string(startOp), fmt.Sprintf(`{"Catalog":"Sandbox","ClientToken":%q,"Identifier":"O%d","AwsSubmission":{"InvolvementType":"Co-Sell"}}`, token, round/2))
				count(got.outcome)
				if got.TaskId == "" {
					continue
				}
				mu.Lock()
				if before, ok := seen[token]; ok && before != got.TaskId {
					t.Errorf("token %s gave %s and %s", token, before, got.TaskId)
				}
				seen[token] = got.TaskId
				mu.Unlock()
			}
		})
	}
	all.Wait()

	require.Equal(t, map[string]int{"200": callers*rounds - 2*faults, "429": faults, "broken": faults}, counts)
	calls := svc.Calls()
	require.Equal(t, callers*rounds, calls.Len())
	committed := map[string]string{}
	for i, c := range calls {
		if c.Seq != i+1 || !c.Finished || c.Committed == (c.Error == "ThrottlingException") {
			t.Fatalf("call %d is out of place: %s", i+1, c)
		}
		if c.TaskID == "" {
			continue
		}
		if before, ok := committed[c.ClientToken]; ok && before != c.TaskID {
			t.Fatalf("token %s: %s and %s", c.ClientToken, before, c.TaskID)
		}
		committed[c.ClientToken] = c.TaskID
	}
	for token, id := range seen {
		if committed[token] != id {
			t.Fatalf("token %s: the caller saw %s, the record has %s", token, id, committed[token])
		}
	}
	require.Equal(t, faults, calls.Where(func(c partnercentraltest.Call) bool { return c.Committed && c.Status == 0 }).Len())
	require.Equal(t, slices.Sorted(maps.Values(committed)), slices.Sorted(slices.Values(everyTask(t, svc))))
}

// answered is what a caller of the soak sees of one request.
type answered struct {
	outcome string
	TaskId  string
}

func send(t testing.TB, svc *partnercentraltest.Service, operation, body string) answered {
	r, err := http.NewRequest(http.MethodPost, "https://x/", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return answered{}
	}
	r.Header["Content-Type"] = []string{"application/x-amz-json-1.0"}
	r.Header["X-Amz-Target"] = []string{"AWSPartnerCentralSelling." + operation}
	answer, err := svc.Transport().RoundTrip(r)
	if err != nil {
		return answered{outcome: "broken"}
	}
	got := answered{outcome: strconv.Itoa(answer.StatusCode)}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		t.Error(err)
	}
	return got
}

// everyTask goes through all pages.
func everyTask(t testing.TB, svc *partnercentraltest.Service) []string {
	var ids []string
	pages := partnercentral.NewListEngagementFromOpportunityTasksPaginator(svc.Client(), &listInput{Catalog: aws.String("Sandbox"), MaxResults: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		ids = append(ids, idsOf(page)...)
	}
	return ids
}

// A thousand tasks of half an hour, each waited for by a goroutine of its own,
// in one bubble.
func TestAThousandTasksInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := partnercentraltest.New(t, partnercentraltest.WithDefaultOutcome(partnercentraltest.After(30*time.Minute, partnercentraltest.Complete())))
		client := svc.Client()
		began := time.Now()
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				out, err := client.StartEngagementFromOpportunityTask(t.Context(), submit(fmt.Sprintf("O%d", i), fmt.Sprint(i)))
				if err != nil {
					t.Error(err)
					return
				}
				status := out.TaskStatus
				for status == partnercentral.TaskStatusInProgress {
					time.Sleep(10 * time.Minute)
					status = list(t, client, listInput{TaskIdentifier: []string{*out.TaskId}}).TaskSummaries[0].TaskStatus
				}
			})
		}
		all.Wait()
		require.Equal(t, 30*time.Minute, time.Since(began))
		require.Equal(t, 4000, svc.Calls().Committed().Len())
	})
}

// What half an hour of a task costs in real time, in a synctest bubble and from
// a new service to the last answer: a Start and one look, or a look a minute.
func BenchmarkThirtyMinuteTask(b *testing.B) {
	for _, looks := range []int{1, 30} {
		b.Run(fmt.Sprintf("looks=%d", looks), func(b *testing.B) {
			inTest(b, func(t *testing.T) {
				for b.Loop() {
					synctest.Test(t, func(t *testing.T) { thirtyMinutes(t, looks) })
				}
			})
		})
	}
}

func thirtyMinutes(t *testing.T, looks int) {
	svc := partnercentraltest.New(t)
	svc.Script(startOp, partnercentraltest.After(30*time.Minute, partnercentraltest.Complete()))
	client := svc.Client()
	out, err := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
	require.NoError(t, err)
	status := out.TaskStatus
	for range looks {
		require.Equal(t, partnercentral.TaskStatusInProgress, status)
		time.Sleep(30 * time.Minute / time.Duration(looks))
		status = list(t, client, listInput{TaskIdentifier: []string{*out.TaskId}}).TaskSummaries[0].TaskStatus
	}
	require.Equal(t, partnercentral.TaskStatusComplete, status)
}

// inTest runs f with the *testing.T that a bubble asks for.
func inTest(b *testing.B, f func(*testing.T)) {
	everything := func(string, string) (bool, error) { return true, nil }
	if !testing.RunTests(everything, []testing.InternalTest{{Name: b.Name(), F: f}}) {
		b.Fail()
	}
}

// A page of 1,000 out of 50,000 tasks, through the client and through the
// transport alone.
func BenchmarkListPage(b *testing.B) {
	svc := partnercentraltest.NewService(partnercentraltest.WithoutSignatures(), partnercentraltest.WithRecordLimit(10))
	defer svc.Close()
	client := svc.Client()
	startTasks(b, client, 50_000)
	b.Run("client", func(b *testing.B) {
		for b.Loop() {
			if n := len(list(b, client, listInput{MaxResults: aws.Int32(1000)}).TaskSummaries); n != 1000 {
				b.Fatal(n)
			}
		}
	})
	b.Run("transport", func(b *testing.B) {
		for b.Loop() {
			if answer, _ := post(b, svc.Transport(), string(listOp), `{"Catalog":"Sandbox","MaxResults":1000}`); answer.StatusCode != http.StatusOK {
				b.Fatal(answer.Status)
			}
		}
	})
	b.Run("ten ids", func(b *testing.B) {
		ids := idsOf(list(b, client, listInput{MaxResults: aws.Int32(10)}))
		slices.Sort(ids)
		for b.Loop() {
			if n := len(list(b, client, listInput{TaskIdentifier: ids}).TaskSummaries); n != 10 {
				b.Fatal(n)
			}
		}
	})
}

// Starts, Lists, scripts, the admin interface, resets and views from outside, all
// at once: for the race detector, and nothing may be answered with nonsense.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t, partnercentraltest.WithoutSignatures(), partnercentraltest.WithAdmin(),
		partnercentraltest.AllowLeftovers(), partnercentraltest.WithDuration(time.Millisecond), partnercentraltest.WithRecordLimit(100))
	const rounds = 200
	var all sync.WaitGroup
	for caller := range 4 {
		all.Go(func() {
			for i := range rounds {
				send(t, svc, string(startOp), fmt.Sprintf(`{"Catalog":"Sandbox","ClientToken":"%d-%d","Identifier":"O%d","AwsSubmission":{"InvolvementType":"Co-Sell"}}`, caller, i, i))
				send(t, svc, string(listOp), `{"Catalog":"Sandbox","TaskStatus":["COMPLETE"]}`)
				send(t, svc, string(partnercentraltest.StartProspectingFromEngagementTask), fmt.Sprintf(`{"Catalog":"Sandbox","ClientToken":"%d-%d","TaskName":"n%d","Identifiers":["eng-aaaaaaaaaaaaaa"]}`, caller, i, i))
				send(t, svc, string(partnercentraltest.ListProspectingFromEngagementTasks), `{"Catalog":"Sandbox","Sort":{"SortBy":"FailedEngagementCount","SortOrder":"ASCENDING"}}`)
			}
		})
	}
	all.Go(func() {
		for range rounds {
			for _, path := range []string{"", "calls", "tasks", "scripts", "faults", "leftovers", "worlds", "clock", "tasks?world=NOBODY"} {
				if status := admin(t, svc, "GET", "/_fake/"+path, "", nil); status != http.StatusOK {
					t.Errorf("GET %s: %d", path, status)
				}
			}
		}
	})
	all.Go(func() {
		for i := range rounds {
			admin(t, svc, "POST", "/_fake/scripts", `{"scripts":[{"operation":"StartEngagementFromOpportunityTask","outcomes":[{"status":"FAILED","afterPolls":2}]}],"faults":[{"operation":"ListEngagementFromOpportunityTasks","nth":1,"effect":"throttle"}]}`, nil)
			admin(t, svc, "POST", "/_fake/clock", `{"advance":"1ms"}`, nil)
			svc.Tasks()
			svc.Leftovers()
			if i%20 == 19 {
				svc.Reset()
				admin(t, svc, "POST", "/_fake/reset", `{}`, nil)
			}
		}
	})
	all.Wait()
}

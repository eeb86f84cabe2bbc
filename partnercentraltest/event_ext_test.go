package partnercentraltest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	events "github.com/cosell-dev/partnercentral-go/partnercentralevents"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// listener keeps what a service says, with the time at which it does.
type listener struct {
	mu    sync.Mutex
	start time.Time
	said  []said
}

type said struct {
	after time.Duration
	event events.Event
	raw   string
}

func listen() *listener { return &listener{start: time.Now()} }

func (l *listener) say(event []byte) {
	parsed, err := events.Parse(event)
	if err != nil {
		panic(fmt.Sprintf("%v in %s", err, event))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, said{time.Since(l.start), parsed, string(event)})
}

func (l *listener) all() []said {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]said(nil), l.said...)
}

func (l *listener) types() []events.DetailType {
	types := []events.DetailType{}
	for _, s := range l.all() {
		types = append(types, s.event.DetailType)
	}
	return types
}

func startOf(t *testing.T, client *pc.Client, kind pc.TaskKind, token string) pc.Task {
	t.Helper()
	catalog := aws.String(pc.CatalogSandbox)
	var task pc.Task
	var err error
	switch kind {
	case pc.TaskKindEngagementFromOpportunity:
		out, e := client.StartEngagementFromOpportunityTask(t.Context(), submit("O1234567", token))
		require.NoError(t, e)
		task, err = out.Task(), e
	case pc.TaskKindEngagementByAcceptingInvitation:
		out, e := client.StartEngagementByAcceptingInvitationTask(t.Context(), accept("engi-0000001abc3de", token))
		require.NoError(t, e)
		task, err = out.Task(), e
	case pc.TaskKindOpportunityFromEngagement:
		out, e := client.StartOpportunityFromEngagementTask(t.Context(), &pc.StartOpportunityFromEngagementTaskInput{
			Catalog: catalog, ClientToken: &token, Identifier: aws.String("eng-0123456789abcd"), ContextIdentifier: aws.String("1")})
		require.NoError(t, e)
		task, err = out.Task(), e
	case pc.TaskKindProspectingFromEngagement:
		out, e := client.StartProspectingFromEngagementTask(t.Context(), &pc.StartProspectingFromEngagementTaskInput{
			Catalog: catalog, ClientToken: &token, TaskName: aws.String("autumn"), Identifiers: []string{"eng-0123456789abcd", "eng-0123456789abce"}})
		require.NoError(t, e)
		task, err = out.Task(), e
	}
	require.NoError(t, err)
	return task
}

// Each task has the effects that are documented for its kind, as far as it has
// come, in the last two seconds of its time.
func TestEventsFollowTheEffectsOfTasks(t *testing.T) {
	t.Parallel()
	const (
		submitting  = pc.TaskKindEngagementFromOpportunity
		accepting   = pc.TaskKindEngagementByAcceptingInvitation
		converting  = pc.TaskKindOpportunityFromEngagement
		prospecting = pc.TaskKindProspectingFromEngagement
	)
	ofSubmission := []events.DetailType{"Opportunity Updated", "Engagement Created", "Engagement Resource Snapshot Created", "Engagement Member Added", "Engagement Invitation Created"}
	ofAcceptance := []events.DetailType{"Engagement Invitation Accepted", "Engagement Member Added", "Opportunity Created", "Opportunity Updated", "Engagement Resource Snapshot Created"}
	for name, test := range map[string]struct {
		kind    pc.TaskKind
		outcome fake.Outcome
		want    []events.DetailType
	}{
		"submission":             {submitting, fake.Complete(), ofSubmission},
		"submission, at once":    {submitting, fake.Immediately(fake.Complete()), ofSubmission},
		"submission, invalid":    {submitting, fake.Fail(pc.ReasonCodeOpportunityValidationFailed, ""), nil},
		"submission, snapshot":   {submitting, fake.Fail(pc.ReasonCodeResourceSnapshotConflict, ""), []events.DetailType{ofSubmission[1], ofSubmission[3]}},
		"submission, last step":  {submitting, fake.Fail(pc.ReasonCodeOpportunitySubmissionFailed, ""), ofSubmission[1:]},
		"submission, never ends": {submitting, fake.Never(), nil},
		"acceptance":             {accepting, fake.Complete(), ofAcceptance},
		"acceptance, denied":     {accepting, fake.Fail(pc.ReasonCodeInvitationAccessDenied, ""), nil},
		"acceptance, snapshot":   {accepting, fake.Fail(pc.ReasonCodeResourceSnapshotAccessDenied, ""), ofAcceptance[:4]},
		"acceptance, half":       {accepting, fake.Fail(pc.ReasonCodeOpportunityAccessDenied, ""), ofAcceptance[:2]},
		"conversion":             {converting, fake.Complete(), []events.DetailType{"Opportunity Created", "Engagement Resource Snapshot Created", "Engagement Updated"}},
		"conversion, snapshot":   {converting, fake.Fail(pc.ReasonCodeResourceSnapshotConflict, ""), []events.DetailType{"Opportunity Created"}},
		"prospecting":            {prospecting, fake.Complete(), []events.DetailType{"Engagement Updated", "Engagement Updated"}},
		"prospecting, in part":   {prospecting, fake.WithEngagements(fake.Complete(), fake.FailEngagement("eng-0123456789abcd", "", "")), []events.DetailType{"Engagement Updated"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				heard := listen()
				svc := fake.New(t, fake.WithEvents(heard.say, fake.EventDelivery{}), fake.WithDuration(time.Minute))
				svc.Script(fake.Operation("Start"+string(test.kind)+"Task"), test.outcome)
				task := startOf(t, svc.Client(), test.kind, "a")
				time.Sleep(time.Hour)
				got := heard.all()
				require.Equal(t, append([]events.DetailType{}, test.want...), heard.types())
				ended := svc.Tasks()[0]
				for i, s := range got {
					require.Contains(t, kindsOf(s.event), task.Kind, "the event names the task")
					require.Equal(t, pc.CatalogSandbox, s.event.Catalog())
					require.Equal(t, s.after, s.event.Time.Sub(heard.start).Truncate(time.Second)+s.after%time.Second)
					require.NotContains(t, s.raw, ended.ID, "no event names a task")
					if strings.HasSuffix(name, "at once") {
						require.Zero(t, s.after)
						continue
					}
					require.LessOrEqual(t, s.after, time.Minute)
					require.Greater(t, s.after, 58*time.Second)
					if i == len(got)-1 {
						require.Equal(t, time.Minute, s.after, "the last comes when the task ends")
					}
				}
				require.False(t, fake.EventTimer(svc), "no timer without an event to come")
			})
		})
	}
}

func kindsOf(e events.Event) []pc.TaskKind {
	var kinds []pc.TaskKind
	for _, task := range e.Tasks() {
		kinds = append(kinds, task.Kind)
	}
	return kinds
}

// What the events name is what the answers name.
func TestEventsNameWhatTheTasksHaveMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		heard := listen()
		svc := fake.New(t, fake.WithEvents(heard.say, fake.EventDelivery{}))
		waiter := pc.NewTaskWaiter(svc.Client())
		sent := svc.Invite(fake.Invitation{ID: "engi-0000001abc3de"})
		submitted, err := waiter.Wait(t.Context(), startOf(t, svc.Client(), pc.TaskKindEngagementFromOpportunity, "a"), time.Minute)
		require.NoError(t, err)
		accepted, err := waiter.Wait(t.Context(), startOf(t, svc.Client(), pc.TaskKindEngagementByAcceptingInvitation, "b"), time.Minute)
		require.NoError(t, err)
		for _, s := range heard.all() {
			switch d := s.event.Detail.(type) {
			case *events.EngagementCreated:
				require.Equal(t, submitted.EngagementID, d.Engagement.ID())
				require.Equal(t, []string{"arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement/" + submitted.EngagementID}, s.event.Resources)
				require.False(t, d.Engagement.CreatedAt.IsZero())
			case *events.EngagementInvitationCreated:
				if d.EngagementInvitation.ParticipantType == events.ParticipantTypeReceiver {
					require.Equal(t, sent.ID, d.EngagementInvitation.Id)
					require.Equal(t, sent.ExpirationDate, d.EngagementInvitation.ExpirationDate.Time)
					require.Equal(t, "AWS", d.EngagementInvitation.SenderCompanyName)
					continue
				}
				require.Equal(t, submitted.EngagementInvitationID, d.EngagementInvitation.Id)
				require.Equal(t, submitted.EngagementID, d.EngagementInvitation.EngagementId)
				require.Equal(t, "aws", d.EngagementInvitation.ReceiverAccountId)
			case *events.EngagementInvitationAccepted:
				require.Equal(t, sent.ID, d.EngagementInvitation.Id)
				require.Equal(t, sent.EngagementID, d.EngagementInvitation.EngagementId)
				require.Equal(t, "111122223333", d.EngagementInvitation.ReceiverAccountId)
			case *events.OpportunityCreated:
				require.Equal(t, accepted.OpportunityID, d.Opportunity.Identifier)
				require.Empty(t, s.event.Resources)
			case *events.EngagementResourceSnapshotCreated:
				require.Contains(t, []string{"O1234567", accepted.OpportunityID}, d.ResourceSnapshot.ResourceId)
				require.Contains(t, d.ResourceSnapshot.Arn, "/resource/Opportunity/"+d.ResourceSnapshot.ResourceId+"/")
			}
		}
		// A second task makes no second engagement and invitation.
		before := len(heard.all())
		_, err = waiter.Wait(t.Context(), startOf(t, svc.Client(), pc.TaskKindEngagementFromOpportunity, "c"), time.Minute)
		require.NoError(t, err)
		require.Equal(t, []events.DetailType{"Opportunity Updated", "Engagement Resource Snapshot Created"}, heard.types()[before:])

		// Nor does it accept an invitation twice, also one that nobody has made here.
		for _, token := range []string{"d", "e"} {
			before = len(heard.all())
			out, err := svc.World("OTHER").Client().StartEngagementByAcceptingInvitationTask(t.Context(), accept("engi-0000001abc3df", token))
			require.NoError(t, err)
			require.Equal(t, pc.TaskStatusInProgress, out.TaskStatus)
			time.Sleep(time.Minute)
		}
		require.Equal(t, []events.DetailType{"Opportunity Updated", "Engagement Resource Snapshot Created"}, heard.types()[before:])
	})
}

func TestEventsOfTasksThatEndByPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		heard := listen()
		svc := fake.New(t, fake.WithEvents(heard.say, fake.EventDelivery{}))
		svc.Script(startOp, fake.AfterPolls(2, fake.Complete()), fake.AfterPolls(0, fake.Complete()))
		client := svc.Client()
		startOf(t, client, pc.TaskKindEngagementFromOpportunity, "a")
		for poll := range 4 {
			list(t, client, listInput{})
			synctest.Wait()
			require.Equal(t, map[bool]int{true: 5}[poll > 0], len(heard.all()), "poll %d", poll)
		}
		startOf(t, client, pc.TaskKindEngagementFromOpportunity, "b")
		list(t, client, listInput{})
		synctest.Wait()
		require.Len(t, heard.all(), 7)
	})
}

func TestEventsOfInvitations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		heard := listen()
		svc := fake.New(t, fake.WithEvents(heard.say, fake.EventDelivery{}))
		expires := svc.Invite(fake.Invitation{})
		accepted := svc.Invite(fake.Invitation{PayloadType: pc.EngagementInvitationPayloadTypeOpportunityInvitation})
		replaced := svc.Invite(fake.Invitation{})
		svc.Invite(fake.Invitation{ID: replaced.ID, Status: pc.InvitationStatusRejected})
		svc.Invite(fake.Invitation{InvitationDate: time.Now().Add(-time.Hour), ExpirationDate: time.Now().Add(time.Hour)})
		svc.Script(acceptOp, fake.Complete())
		_, err := acceptInvitation(t, svc.Client(), accepted.ID)
		require.NoError(t, err)
		synctest.Wait()
		require.True(t, fake.EventTimer(svc))
		time.Sleep(30 * 24 * time.Hour)
		all := heard.all()
		require.Len(t, all, 3+5+2)
		for i, s := range all[:3] {
			require.Equal(t, []string{expires.ID, accepted.ID, replaced.ID}[i], s.event.Detail.(*events.EngagementInvitationCreated).EngagementInvitation.Id)
			require.Zero(t, s.after)
		}
		require.Equal(t, time.Hour, all[8].after)
		last := all[9]
		require.Equal(t, expires.ID, last.event.Detail.(*events.EngagementInvitationExpired).EngagementInvitation.Id)
		require.Equal(t, fake.DefaultInvitationAge, last.after)
	})
}

// said1000 is what is heard of a thousand submissions.
func said1000(t *testing.T, seed uint64, delivery fake.EventDelivery) []said {
	var all []said
	synctest.Test(t, func(t *testing.T) {
		heard := listen()
		svc := fake.New(t, fake.WithSeed(seed), fake.WithEvents(heard.say, delivery))
		for i := range 1000 {
			_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit(fmt.Sprint("O", i), fmt.Sprint(i)))
			require.NoError(t, err)
		}
		time.Sleep(time.Hour)
		all = heard.all()
	})
	return all
}

func TestEventsAreLostAndSaidTwiceOnRequest(t *testing.T) {
	t.Parallel()
	delivery := fake.EventDelivery{Delay: time.Second, Jitter: 3 * time.Second, Duplicates: 0.2, Losses: 0.1}
	all := said1000(t, 7, delivery)
	require.InDelta(t, 5000*0.9*1.2, len(all), 150)
	ids, subjects := map[string]int{}, map[string][]said{}
	late, overtaken := 0, 0
	for i, s := range all {
		ids[s.event.ID]++
		key := fmt.Sprint(s.event.DetailType, s.event.Tasks())
		subjects[key] = append(subjects[key], s)
		if s.after > 15*time.Second {
			late++
		}
		if i > 0 && s.event.Time.Before(all[i-1].event.Time) {
			overtaken++
		}
	}
	require.InDelta(t, 4500, len(subjects), 100)
	same, others := 0, 0
	for _, pair := range subjects {
		require.LessOrEqual(t, len(pair), 2)
		if len(pair) < 2 {
			continue
		}
		if pair[0].event.ID == pair[1].event.ID {
			same++
			require.Equal(t, pair[0].raw, pair[1].raw)
		} else {
			others++
			require.Equal(t, 15*time.Second, pair[1].event.Time.Sub(pair[0].event.Time))
		}
	}
	require.InDelta(t, 450, same, 80)
	require.InDelta(t, 450, others, 80)
	require.Greater(t, overtaken, 100)
	require.Equal(t, others, late)

	require.Equal(t, all, said1000(t, 7, delivery), "the same seed, the same events")
	require.NotEqual(t, len(all), len(said1000(t, 8, delivery)))
	require.Empty(t, said1000(t, 7, fake.EventDelivery{Losses: 1}))
	require.Len(t, said1000(t, 7, fake.EventDelivery{Duplicates: 1}), 10_000)
}

// Events go by the service's clock, wherever that is moved.
func TestEventsGoByTheClockOfTheService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		heard := listen()
		svc := fake.New(t, fake.WithEvents(heard.say, fake.EventDelivery{}), fake.WithDuration(time.Minute))
		svc.SetClockSpeed(0)
		startOf(t, svc.Client(), pc.TaskKindEngagementFromOpportunity, "a")
		time.Sleep(time.Hour)
		require.Empty(t, heard.all())
		require.False(t, fake.EventTimer(svc), "a clock that stands still needs no timer")
		svc.Advance(59 * time.Second)
		synctest.Wait()
		require.Len(t, heard.all(), 2)
		svc.SetClockSpeed(0.01)
		time.Sleep(99 * time.Second)
		require.Len(t, heard.all(), 4)
		time.Sleep(2 * time.Second)
		require.Len(t, heard.all(), 5)

		svc.SetClockSpeed(60)
		startOf(t, svc.World("FAST").Client(), pc.TaskKindEngagementFromOpportunity, "a")
		time.Sleep(960 * time.Millisecond)
		require.Len(t, heard.all(), 5)
		time.Sleep(41 * time.Millisecond)
		require.Len(t, heard.all(), 10, "a minute passes in a second")
		svc.SetClockSpeed(1)

		startOf(t, svc.Client(), pc.TaskKindEngagementByAcceptingInvitation, "b")
		svc.Reset()
		svc.Advance(time.Hour)
		synctest.Wait()
		require.Len(t, heard.all(), 10, "a world that was emptied says nothing")
		startOf(t, svc.Client(), pc.TaskKindEngagementByAcceptingInvitation, "b")
		svc.Close()
		time.Sleep(time.Hour)
		require.Len(t, heard.all(), 10)
		require.False(t, fake.EventTimer(svc))
	})
}

// A listener may call the service, and hears one event after the other.
func TestAListenerMayCallTheService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var svc *fake.Service
		var mu sync.Mutex
		heard := listen()
		svc = fake.New(t, fake.WithDuration(time.Second), fake.WithEvents(func(event []byte) {
			require.True(t, mu.TryLock(), "two events at once")
			defer mu.Unlock()
			heard.say(event)
			require.NotEmpty(t, svc.Tasks())
			time.Sleep(time.Second)
			if len(heard.all()) == 3 {
				svc.Invite(fake.Invitation{})
				svc.Advance(time.Second)
			}
		}, fake.EventDelivery{}))
		startOf(t, svc.Client(), pc.TaskKindEngagementFromOpportunity, "a")
		startOf(t, svc.World("ANOTHER").Client(), pc.TaskKindEngagementFromOpportunity, "a")
		time.Sleep(time.Minute)
		require.Len(t, heard.all(), 11)
		accounts := map[string]int{}
		for _, s := range heard.all() {
			accounts[s.event.Account]++
			require.Regexp(t, `^\d{12}$`, s.event.Account)
		}
		require.Len(t, accounts, 2, "each world is an account of its own")
		require.Equal(t, 6, accounts["111122223333"])
	})
}

func TestEventsChangeNoID(t *testing.T) {
	t.Parallel()
	silent, heard := fake.New(t), fake.New(t, fake.WithEvents(func([]byte) {}, fake.EventDelivery{}))
	for _, kind := range pc.TaskKind("").Values() {
		require.Equal(t, startOf(t, silent.Client(), kind, "a").ID, startOf(t, heard.Client(), kind, "a").ID)
	}
	require.Equal(t, silent.Invite(fake.Invitation{}).ID, heard.Invite(fake.Invitation{}).ID)
	require.False(t, fake.EventTimer(silent), "nobody listens")
}

func TestMistakesInTheDeliveryOfEvents(t *testing.T) {
	t.Parallel()
	for _, d := range []fake.EventDelivery{{Delay: -1}, {Jitter: -1}, {Duplicates: -0.1}, {Duplicates: 1.1}, {Losses: 2}} {
		svc := fake.NewService(fake.WithEvents(func([]byte) {}, d))
		require.ErrorContains(t, svc.Err(), "events", "%+v", d)
		svc.Close()
	}
}

func TestWriteAndPostEvents(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	write := fake.WriteEvents(&file, nil)
	write([]byte(`{"a":1}`))
	write([]byte(`{"a":2}`))
	require.Equal(t, "{\"a\":1}\n{\"a\":2}\n", file.String())
	var failed error
	fake.WriteEvents(brokenWriter{}, func(err error) { failed = err })([]byte(`{}`))
	require.ErrorContains(t, failed, "disk full")

	var got []string
	status := 202
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		w.WriteHeader(status)
	}))
	failed = nil
	post := fake.PostEvents(server.URL, func(err error) { failed = err })
	post([]byte(`{"a":1}`))
	require.NoError(t, failed)
	require.Equal(t, []string{`POST application/json {"a":1}`}, got)
	status = 503
	post([]byte(`{}`))
	require.ErrorContains(t, failed, "503")
	server.Close()
	post([]byte(`{}`))
	require.ErrorContains(t, failed, "not posted")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// A listener that ends its goroutine, as t.FailNow does, ends nothing else.
func TestListenerThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard atomic.Int32
		svc := fake.New(t, fake.WithDuration(0), fake.WithEvents(func([]byte) {
			heard.Add(1)
			runtime.Goexit()
		}, fake.EventDelivery{}))
		_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), &pc.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String("Sandbox"), Identifier: aws.String("O1234567"),
			AwsSubmission: &pc.AwsSubmission{InvolvementType: pc.SalesInvolvementTypeCoSell},
		})
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.EqualValues(t, 5, heard.Load())
	})
}

// Of two listeners the last one holds, as with other options.
func TestLastListenerHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said []string
		listener := func(name string) fake.Option {
			return fake.WithEvents(func([]byte) { said = append(said, name) }, fake.EventDelivery{})
		}
		fake.New(t, listener("first"), listener("last")).Invite(fake.Invitation{})
		synctest.Wait()
		require.Equal(t, []string{"last"}, said)
	})
}

package partnercentraltest_test

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentralevents"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const acceptOp = fake.StartEngagementByAcceptingInvitationTask

func received(change ...func(*pc.ListEngagementInvitationsInput)) *pc.ListEngagementInvitationsInput {
	in := &pc.ListEngagementInvitationsInput{Catalog: aws.String(pc.CatalogSandbox), ParticipantType: pc.ParticipantTypeReceiver}
	for _, f := range change {
		f(in)
	}
	return in
}

// listInvitations returns the ids of all pages, and how many pages there were.
func listInvitations(t *testing.T, client *pc.Client, in *pc.ListEngagementInvitationsInput) (ids []string, pages int) {
	t.Helper()
	for page, err := range pc.NewListEngagementInvitationsPaginator(client, in).Pages(t.Context()) {
		require.NoError(t, err)
		pages++
		for _, i := range page.EngagementInvitationSummaries {
			ids = append(ids, *i.Id)
		}
	}
	return ids, pages
}

func acceptInvitation(t *testing.T, client *pc.Client, id string) (*pc.StartEngagementByAcceptingInvitationTaskOutput, error) {
	t.Helper()
	return client.StartEngagementByAcceptingInvitationTask(t.Context(), &pc.StartEngagementByAcceptingInvitationTaskInput{
		Catalog: aws.String(pc.CatalogSandbox), Identifier: aws.String(id),
	}, atOnce)
}

func TestInvitationIsAccepted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client()
		sent := svc.Invite(fake.Invitation{EngagementTitle: "Data lake"})
		require.Regexp(t, `^engi-[0-9a-z]{13}$`, sent.ID)
		out, err := client.ListEngagementInvitations(t.Context(), received())
		require.NoError(t, err)
		require.Nil(t, out.NextToken)
		require.Len(t, out.EngagementInvitationSummaries, 1)
		require.Equal(t, pc.EngagementInvitationSummary{
			Arn:     aws.String("arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/" + sent.ID),
			Catalog: aws.String("Sandbox"), EngagementId: aws.String(sent.EngagementID), EngagementTitle: aws.String("Data lake"),
			ExpirationDate: aws.Time(time.Now().UTC().Add(15 * 24 * time.Hour)), Id: aws.String(sent.ID), InvitationDate: aws.Time(time.Now().UTC()),
			ParticipantType: pc.ParticipantTypeReceiver, PayloadType: pc.EngagementInvitationPayloadTypeOpportunityInvitation,
			Receiver:           &pc.Receiver{Account: &pc.AccountReceiver{AwsAccountId: aws.String("111122223333")}},
			SenderAwsAccountId: aws.String("aws"), SenderCompanyName: aws.String("AWS"), Status: pc.InvitationStatusPending,
		}, out.EngagementInvitationSummaries[0])

		pending := received(func(in *pc.ListEngagementInvitationsInput) {
			in.Status = []pc.InvitationStatus{pc.InvitationStatusPending}
		})
		_, err = acceptInvitation(t, client, *out.EngagementInvitationSummaries[0].Arn)
		require.NoError(t, err)
		ids, _ := listInvitations(t, client, pending)
		require.Equal(t, []string{sent.ID}, ids, "the task still runs")
		time.Sleep(fake.DefaultDuration)
		ids, _ = listInvitations(t, client, pending)
		require.Empty(t, ids)
		require.Equal(t, pc.InvitationStatusAccepted, svc.Invitations()[0].Status)
		time.Sleep(16 * 24 * time.Hour)
		require.Equal(t, pc.InvitationStatusAccepted, svc.Invitations()[0].Status, "what is accepted does not expire")

		again, err := acceptInvitation(t, client, sent.ID)
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusInProgress, again.TaskStatus)
		_, err = pc.NewTaskWaiter(client).Wait(t.Context(), again.Task(), time.Minute)
		var failed *pc.TaskFailedError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, pc.ReasonCodeEngagementInvitationConflict, failed.Task.ReasonCode)
	})
}

// How a task for an invitation ends depends on the state of the invitation, and
// the other way round.
func TestInvitationDecidesHowATaskEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		invitation fake.Invitation
		script     []fake.Outcome
		age        time.Duration
		reason     pc.ReasonCode
		refused    string
		status     pc.InvitationStatus
	}{
		"pending":             {status: pc.InvitationStatusAccepted},
		"nearly expired":      {age: 15*24*time.Hour - time.Second, status: pc.InvitationStatusAccepted},
		"expired":             {age: 15 * 24 * time.Hour, reason: pc.ReasonCodeInvitationValidationFailed, status: pc.InvitationStatusExpired},
		"expired, scripted":   {age: 16 * 24 * time.Hour, script: []fake.Outcome{fake.Complete()}, status: pc.InvitationStatusAccepted},
		"rejected":            {invitation: fake.Invitation{Status: pc.InvitationStatusRejected}, reason: pc.ReasonCodeInvitationValidationFailed, status: pc.InvitationStatusRejected},
		"accepted":            {invitation: fake.Invitation{Status: pc.InvitationStatusAccepted}, reason: pc.ReasonCodeEngagementInvitationConflict, status: pc.InvitationStatusAccepted},
		"denied":              {script: []fake.Outcome{fake.Fail(pc.ReasonCodeInvitationAccessDenied, "")}, reason: pc.ReasonCodeInvitationAccessDenied, status: pc.InvitationStatusPending},
		"a later step failed": {script: []fake.Outcome{fake.Fail(pc.ReasonCodeOpportunityValidationFailed, "")}, reason: pc.ReasonCodeOpportunityValidationFailed, status: pc.InvitationStatusAccepted},
		"the last failed":     {script: []fake.Outcome{fake.Fail(pc.ReasonCodeResourceSnapshotJobConflict, "")}, reason: pc.ReasonCodeResourceSnapshotJobConflict, status: pc.InvitationStatusAccepted},
		"a lead":              {invitation: fake.Invitation{PayloadType: pc.EngagementInvitationPayloadTypeLeadInvitation}, refused: "LeadInvitation", status: pc.InvitationStatusPending},
		"its own":             {invitation: fake.Invitation{ParticipantType: pc.ParticipantTypeSender}, refused: "has sent", status: pc.InvitationStatusPending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				sent := svc.Invite(test.invitation)
				if test.script != nil {
					svc.Script(acceptOp, test.script...)
				}
				time.Sleep(test.age)
				out, err := acceptInvitation(t, svc.Client(), sent.ID)
				if test.refused != "" {
					var invalid *pc.ValidationException
					require.ErrorAs(t, err, &invalid)
					require.Equal(t, pc.ValidationExceptionReasonBusinessValidationFailed, invalid.Reason)
					require.ErrorContains(t, err, test.refused)
				} else {
					require.NoError(t, err)
					task, _ := pc.NewTaskWaiter(svc.Client()).Wait(t.Context(), out.Task(), time.Minute)
					require.Equal(t, test.reason, task.ReasonCode)
				}
				require.Equal(t, test.status, svc.Invitations()[0].Status)
			})
		})
	}
}

// An invitation does not expire while a task accepts it that began in time, and
// never turns from EXPIRED into ACCEPTED.
func TestInvitationDoesNotExpireWhileItIsAccepted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outcome       fake.Outcome
		running, last pc.InvitationStatus
	}{
		"accepted":            {fake.Complete(), pc.InvitationStatusPending, pc.InvitationStatusAccepted},
		"a later step failed": {fake.Fail(pc.ReasonCodeOpportunityValidationFailed, ""), pc.InvitationStatusPending, pc.InvitationStatusAccepted},
		"denied":              {fake.Fail(pc.ReasonCodeInvitationAccessDenied, ""), pc.InvitationStatusExpired, pc.InvitationStatusExpired},
		"never":               {fake.Never(), pc.InvitationStatusExpired, pc.InvitationStatusExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var said []string
				svc := fake.New(t, fake.WithEvents(func(event []byte) {
					parsed, err := partnercentralevents.Parse(event)
					require.NoError(t, err)
					said = append(said, string(parsed.DetailType))
				}, fake.EventDelivery{}))
				sent := svc.Invite(fake.Invitation{})
				svc.Script(acceptOp, fake.After(time.Minute, test.outcome))
				time.Sleep(fake.DefaultInvitationAge - time.Second)
				_, err := acceptInvitation(t, svc.Client(), sent.ID)
				require.NoError(t, err)
				require.Equal(t, pc.InvitationStatusPending, svc.Invitations()[0].Status)
				time.Sleep(2 * time.Second)
				require.Equal(t, test.running, svc.Invitations()[0].Status)
				time.Sleep(time.Hour)
				synctest.Wait()
				require.Equal(t, test.last, svc.Invitations()[0].Status)
				require.Equal(t, test.last == pc.InvitationStatusExpired, slices.Contains(said, "Engagement Invitation Expired"), "%q", said)
			})
		})
	}
}

// Of two tasks that accept one invitation at a time the second fails, unless the
// first will not accept it.
func TestInvitationIsAcceptedByOneTask(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first  fake.Outcome
		second pc.ReasonCode
	}{
		"accepted":            {fake.Complete(), pc.ReasonCodeEngagementInvitationConflict},
		"by polls":            {fake.AfterPolls(5, fake.Complete()), pc.ReasonCodeEngagementInvitationConflict},
		"a later step failed": {fake.Fail(pc.ReasonCodeResourceSnapshotConflict, ""), pc.ReasonCodeEngagementInvitationConflict},
		"denied":              {fake.Fail(pc.ReasonCodeInvitationAccessDenied, ""), ""},
		"never":               {fake.Never(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				sent := svc.Invite(fake.Invitation{})
				svc.Script(acceptOp, test.first)
				first, err := acceptInvitation(t, svc.Client(), sent.ID)
				require.NoError(t, err)
				second, err := acceptInvitation(t, svc.Client(), sent.ID)
				require.NoError(t, err)
				task, _ := pc.NewTaskWaiter(svc.Client()).Wait(t.Context(), second.Task(), time.Minute)
				require.Equal(t, test.second, task.ReasonCode)
				require.NotEqual(t, *first.TaskId, task.ID)
			})
		})
	}
}

// Invitations that come in are none of a submission: they cost a waiter that
// expects events no polls.
func TestIncomingInvitationsNudgeNoSubmission(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var svc *fake.Service
		var waiter *pc.TaskWaiter
		incoming := 0
		svc = fake.New(t, fake.WithEvents(func(event []byte) {
			parsed, err := partnercentralevents.Parse(event)
			require.NoError(t, err)
			if parsed.DetailType == partnercentralevents.DetailTypeEngagementInvitationCreated {
				incoming++
			}
			for _, task := range parsed.Tasks() {
				waiter.Nudge(task)
			}
		}, fake.EventDelivery{}))
		waiter = pc.NewTaskWaiter(svc.Client(), func(o *pc.TaskWaiterOptions) {
			o.ExpectEvents, o.MaxDelay = true, time.Hour
		})
		svc.Script(fake.StartEngagementFromOpportunityTask, fake.After(30*time.Minute, fake.Fail(pc.ReasonCodeInternalError, "")))
		out, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1234567", "a"))
		require.NoError(t, err)
		go func() {
			for range 20 {
				time.Sleep(time.Minute)
				svc.Invite(fake.Invitation{})
			}
		}()
		_, err = waiter.Wait(t.Context(), out.Task(), 2*time.Hour)
		require.Error(t, err)
		synctest.Wait()
		require.Equal(t, 20, incoming)
		require.LessOrEqual(t, len(svc.Calls().For(fake.ListEngagementFromOpportunityTasks)), 3)
	})
}

func TestInvitationsAreListed(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	client := svc.Client()
	now := svc.Now()
	var ids []string
	for _, invitation := range []fake.Invitation{
		{InvitationDate: now.Add(-3 * time.Hour), EngagementID: "eng-aaaaaaaaaaaaaa"},
		{InvitationDate: now.Add(-time.Hour), PayloadType: pc.EngagementInvitationPayloadTypeLeadInvitation},
		{InvitationDate: now.Add(-2 * time.Hour), Status: pc.InvitationStatusRejected},
		{InvitationDate: now.Add(-4 * time.Hour), SenderAWSAccountID: "444455556666", SenderCompanyName: "Other"},
		{InvitationDate: now.Add(-20 * 24 * time.Hour)},
		{ParticipantType: pc.ParticipantTypeSender},
		{Catalog: pc.CatalogAWS},
	} {
		ids = append(ids, svc.Invite(invitation).ID)
	}
	require.Len(t, svc.Invitations(), len(ids))
	for name, test := range map[string]struct {
		change func(*pc.ListEngagementInvitationsInput)
		want   []int
		pages  int
	}{
		"newest first": {func(*pc.ListEngagementInvitationsInput) {}, []int{1, 2, 0, 3, 4}, 1},
		"oldest first": {func(in *pc.ListEngagementInvitationsInput) {
			in.Sort = &pc.OpportunityEngagementInvitationSort{SortBy: pc.OpportunityEngagementInvitationSortNameInvitationDate, SortOrder: pc.SortOrderAscending}
			in.MaxResults = aws.Int32(2)
		}, []int{4, 3, 0, 2, 1}, 3},
		"a full page has a token": {func(in *pc.ListEngagementInvitationsInput) { in.MaxResults = aws.Int32(5) }, []int{1, 2, 0, 3, 4}, 2},
		"by engagement": {func(in *pc.ListEngagementInvitationsInput) {
			in.EngagementIdentifier = []string{"arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement/eng-aaaaaaaaaaaaaa", "eng-bbbbbbbbbbbbbb"}
		}, []int{0}, 1},
		"by sender": {func(in *pc.ListEngagementInvitationsInput) { in.SenderAwsAccountId = []string{"444455556666"} }, []int{3}, 1},
		"of AWS":    {func(in *pc.ListEngagementInvitationsInput) { in.SenderAwsAccountId = []string{"aws"} }, []int{1, 2, 0, 4}, 1},
		"leads": {func(in *pc.ListEngagementInvitationsInput) {
			in.PayloadType = []pc.EngagementInvitationPayloadType{pc.EngagementInvitationPayloadTypeLeadInvitation}
		}, []int{1}, 1},
		"by status": {func(in *pc.ListEngagementInvitationsInput) {
			in.Status = []pc.InvitationStatus{pc.InvitationStatusRejected, pc.InvitationStatusExpired}
		}, []int{2, 4}, 1},
		"both": {func(in *pc.ListEngagementInvitationsInput) {
			in.Status = []pc.InvitationStatus{pc.InvitationStatusPending}
			in.SenderAwsAccountId = []string{"aws"}
		}, []int{1, 0}, 1},
		"sent":       {func(in *pc.ListEngagementInvitationsInput) { in.ParticipantType = pc.ParticipantTypeSender }, []int{5}, 1},
		"production": {func(in *pc.ListEngagementInvitationsInput) { in.Catalog = aws.String(pc.CatalogAWS) }, []int{6}, 1},
	} {
		got, pages := listInvitations(t, client, received(test.change))
		want := []string{}
		for _, i := range test.want {
			want = append(want, ids[i])
		}
		require.Equal(t, want, got, name)
		require.Equal(t, test.pages, pages, name)
	}
	require.Regexp(t, `200 [1-5] invitations$`, svc.Calls()[0].String())

	other := svc.World("OTHER")
	other.Invite(fake.Invitation{})
	out, err := other.Client().ListEngagementInvitations(t.Context(), received())
	require.NoError(t, err)
	require.Len(t, out.EngagementInvitationSummaries, 1)
	account := *out.EngagementInvitationSummaries[0].Receiver.Account.AwsAccountId
	require.Regexp(t, `^\d{12}$`, account)
	require.NotEqual(t, "111122223333", account, "another world is another account")
}

// Accepting while the list is walked moves its pages: what a program must not
// do.
func TestAcceptingMovesThePagesOfThePending(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	client := svc.Client()
	svc.Script(acceptOp, fake.ByDefault(fake.Immediately(fake.Complete())))
	for range 6 {
		svc.Invite(fake.Invitation{})
	}
	pending := received(func(in *pc.ListEngagementInvitationsInput) {
		in.Status, in.MaxResults = []pc.InvitationStatus{pc.InvitationStatusPending}, aws.Int32(2)
	})
	seen := 0
	for invitation, err := range pc.NewListEngagementInvitationsPaginator(client, pending).All(t.Context()) {
		require.NoError(t, err)
		_, err = acceptInvitation(t, client, *invitation.Id)
		require.NoError(t, err)
		seen++
	}
	require.Equal(t, 4, seen)
	ids, _ := listInvitations(t, client, pending)
	require.Len(t, ids, 2)
}

func TestInvitationRequestsAreChecked(t *testing.T) {
	t.Parallel()
	svc := fake.New(t, fake.WithoutSignatures(), fake.WithAdmin())
	svc.Invite(fake.Invitation{})
	svc.Invite(fake.Invitation{})
	post := func(body string) (int, string) {
		r := httptest.NewRequest("POST", "http://localhost/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.ListEngagementInvitations")
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		w := httptest.NewRecorder()
		svc.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	status, body := post(`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","MaxResults":1}`)
	require.Equal(t, 200, status, body)
	token := regexp.MustCompile(`"NextToken":"([^"]+)"`).FindStringSubmatch(body)[1]
	for body, want := range map[string]string{
		`{"Catalog":"Sandbox"}`:                                                                       "ParticipantType: required",
		`{"Catalog":"Sandbox","ParticipantType":"RECIEVER"}`:                                          "must be one of: SENDER, RECEIVER",
		`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","MaxResults":101}`:                         "between 1 and 100",
		`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","Status":[]}`:                              "Status: must have 1 to 10",
		`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","SenderAwsAccountId":["a-b"]}`:             "SenderAwsAccountId[0]: must match",
		`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","Sort":{"SortBy":"StartTime"}}`:            "Sort.SortOrder: required",
		`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","TaskIdentifier":["x"]}`:                   "no such member",
		`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","NextToken":"x"}`:                          "not a token of this list",
		`{"Catalog":"Sandbox","ParticipantType":"SENDER","MaxResults":1,"NextToken":"` + token + `"}`: "not a token of this list",
	} {
		status, got := post(body)
		require.Equal(t, 400, status, body)
		require.Contains(t, got, want)
	}
	status, body = post(`{"Catalog":"Sandbox","ParticipantType":"RECEIVER","MaxResults":100,"NextToken":"` + token + `"}`)
	require.Equal(t, 200, status, body)
	require.Equal(t, 1, strings.Count(body, `"Id":`))
}

func TestInvitationsAreLoaded(t *testing.T) {
	t.Parallel()
	svc := fake.NewService(fake.WithAdmin())
	defer svc.Close()
	require.NoError(t, svc.Load(strings.NewReader(`{"invitations": [
		{"id": "engi-0000001abc3de", "engagementTitle": "Data lake", "sentAgo": "1h", "expiresIn": "0s"},
		{"times": 3, "payloadType": "LeadInvitation", "catalog": "AWS"}]}`)))
	for _, world := range []*fake.World{svc.World("FIRST"), svc.World("SECOND")} {
		all := world.Invitations()
		require.Len(t, all, 4)
		require.Equal(t, pc.InvitationStatusExpired, all[0].Status)
		require.Equal(t, time.Hour, all[0].ExpirationDate.Sub(all[0].InvitationDate))
		require.NotEqual(t, all[1].ID, all[2].ID)
		require.Equal(t, pc.EngagementInvitationPayloadTypeLeadInvitation, all[3].PayloadType)
	}
	require.Equal(t, 200, admin(t, svc, "POST", "/_fake/scripts?world=FIRST", `{"invitations":[{"id":"engi-0000001abc3de","status":"REJECTED"}]}`, nil))
	var got []fake.Invitation
	require.Equal(t, 200, admin(t, svc, "GET", "/_fake/invitations?world=FIRST", "", &got))
	require.Len(t, got, 4, "an invitation takes the place of the one with its id")
	require.Equal(t, pc.InvitationStatusRejected, got[0].Status)
	require.Equal(t, svc.World("FIRST").Invitations(), got)
	svc.Reset()
	require.Equal(t, pc.InvitationStatusExpired, svc.World("FIRST").Invitations()[0].Status)

	err := svc.Load(strings.NewReader(`{"invitations": [
		{"id": "eng-0000001abc3de"}, {"status": "PENDNG"}, {"payloadType": "Lead"}, {"times": 0}, {"times": 2, "id": "engi-0000001abc3de"},
		{"expiresIn": "-1s"}, {"catalog": "sandbox"}, {"titel": "x"}, {"senderAwsAccountId": "a-b"}, {"participantType": ""}, 7]}`))
	for i, want := range []string{
		"id: it must match engi-", `status: unknown value "PENDNG", did you mean "PENDING"?`, "did you mean \"LeadInvitation\"?", "times: it counts from 1",
		"times: several invitations can not have one id", "expiresIn: it can not be negative", "did you mean \"Sandbox\"?",
		`unknown member "titel", did you mean "times"?`, "senderAwsAccountId: it must match", "participantType: it is empty", "it is a JSON object",
	} {
		require.ErrorContains(t, err, fmt.Sprintf("invitation %d", i+1))
		require.ErrorContains(t, err, want)
	}
}

func TestInviteChecksItsArguments(t *testing.T) {
	t.Parallel()
	svc := fake.NewService()
	defer svc.Close()
	svc.Invite(fake.Invitation{ID: "engi-1"})
	require.ErrorContains(t, svc.Err(), "partnercentraltest: id: it must match engi-")
	require.Empty(t, svc.Invitations())
	svc.Invite(fake.Invitation{InvitationDate: time.Unix(1, 0), ExpirationDate: time.Unix(0, 0)})
	require.ErrorContains(t, svc.Err(), "expires before it was sent")
}

package tests

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentralevents"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// announce parses an event, as a handler does, and nudges the waiter.
func announce(t *testing.T, w *pc.TaskWaiter, detailType, detail string) (meant bool) {
	t.Helper()
	event, err := partnercentralevents.Parse(fmt.Appendf(nil,
		`{"version":"0","id":"e","detail-type":%q,"source":"aws.partnercentral-selling","detail":%s}`, detailType, detail))
	require.NoError(t, err)
	for _, task := range event.Tasks() {
		meant = w.Nudge(task) || meant
	}
	return meant
}

func TestEventsOfOthersMeanTheTasksTheyMayBeAbout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartEngagementByAcceptingInvitationTask, fake.After(48*time.Hour, fake.Complete()))
		svc.Script(opStart, fake.After(48*time.Hour, fake.Complete()))
		client := svc.Client()
		w := pc.NewTaskWaiter(client)
		acceptedOut, err := client.StartEngagementByAcceptingInvitationTask(t.Context(), acceptance(1))
		require.NoError(t, err)
		submittedOut, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(1))
		require.NoError(t, err)
		accepted, submitted := acceptedOut.Task(), submittedOut.Task()
		for _, task := range []pc.Task{accepted, submitted} {
			go w.Wait(t.Context(), task, 24*time.Hour)
		}
		synctest.Wait()
		created := func(catalog, opportunity string) bool {
			return announce(t, w, "Opportunity Created", fmt.Sprintf(`{"catalog":%q,"opportunity":{"identifier":%q}}`, catalog, opportunity))
		}
		require.True(t, created("Sandbox", "O9999999"), "the acceptance may have made it")
		require.False(t, created("AWS", "O9999999"), "not in that catalog")
		require.True(t, announce(t, w, "Engagement Created", `{"catalog":"Sandbox","engagement":{"engagementId":"eng-0000000000001"}}`), "the submission may have made it")
		require.True(t, announce(t, w, "Opportunity Updated", `{"catalog":"Sandbox","opportunity":{"identifier":"`+submitted.OpportunityID+`"}}`))
		require.False(t, announce(t, w, "Engagement Invitation Accepted", `{"catalog":"Sandbox","engagementInvitation":{"id":"engi-9999999999999"}}`),
			"the invitation of the acceptance is known")
		require.NoError(t, w.Close())
	})
}

func TestAnnouncedEndCostsOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client()
		w := pc.NewTaskWaiter(client, func(o *pc.TaskWaiterOptions) { o.ExpectEvents = true })
		svc.Script(fake.StartEngagementByAcceptingInvitationTask, fake.After(20*time.Second, fake.Complete()))
		out, err := client.StartEngagementByAcceptingInvitationTask(t.Context(), acceptance(1))
		require.NoError(t, err)
		time.AfterFunc(20*time.Second, func() {
			announce(t, w, "Opportunity Created", `{"catalog":"Sandbox","opportunity":{"identifier":"O9999999"}}`)
			announce(t, w, "Opportunity Updated", `{"catalog":"Sandbox","opportunity":{"identifier":"O9999999"}}`)
		})
		begun := time.Now()
		task, err := w.Wait(t.Context(), out.Task(), time.Hour)
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusComplete, task.Status)
		require.Equal(t, 1, svc.Calls().For(fake.ListEngagementByAcceptingInvitationTasks).Len())
		require.LessOrEqual(t, time.Since(begun), 22*time.Second)

		// What causes no event that AWS documents is polled as ever.
		svc.Script(fake.StartProspectingFromEngagementTask, fake.After(10*time.Second, fake.Complete()))
		begun = time.Now()
		_, err = w.Wait(t.Context(), startProspecting(t, client, "p"), time.Hour)
		require.NoError(t, err)
		require.Less(t, time.Since(begun), 20*time.Second)
	})
}

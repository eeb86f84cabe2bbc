package partnercentraltest

import "github.com/cosell-dev/partnercentral-go"

var invitationMembers = []string{"id", "catalog", "engagementId", "engagementTitle", "payloadType", "participantType", "status",
	"senderAwsAccountId", "senderCompanyName", "sentAgo", "expiresIn", "times"}

// readInvitation reads an entry of invitations. Times count from when a world
// gets it.
func readInvitation(e *entry) func(*world) {
	i := Invitation{
		ID: e.text("id"), Catalog: e.text("catalog"), EngagementID: e.text("engagementId"), EngagementTitle: e.text("engagementTitle"),
		PayloadType:        partnercentral.EngagementInvitationPayloadType(e.text("payloadType")),
		ParticipantType:    partnercentral.ParticipantType(e.text("participantType")),
		Status:             partnercentral.InvitationStatus(e.text("status")),
		SenderAWSAccountID: e.text("senderAwsAccountId"), SenderCompanyName: e.text("senderCompanyName"),
	}
	for _, name := range []string{"id", "engagementId", "catalog", "payloadType", "participantType", "status", "senderAwsAccountId"} {
		if _, isText := e.members[name].value.(string); isText && e.text(name) == "" {
			e.mistake(name, "it is empty: leave out what has no value")
		}
	}
	e.join(i.flaws())
	sentAgo, expiresIn, times := e.duration("sentAgo"), e.duration("expiresIn"), e.number("times", 1)
	var found flaws
	found.notNegative("sentAgo", sentAgo < 0)
	found.notNegative("expiresIn", expiresIn < 0)
	switch {
	case times < 1:
		found.add("times", "it counts from 1, and is %d", times)
	case times > 1 && i.ID != "":
		found.add("times", "several invitations can not have one id")
	}
	e.join(found)
	return func(w *world) {
		now := w.now()
		for range times {
			made := i
			made.InvitationDate = now.Add(-sentAgo)
			if e.has("expiresIn") {
				made.ExpirationDate = now.Add(expiresIn)
			}
			w.invite(made)
		}
	}
}

package partnercentraltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// WithEvents says what EventBridge would say of the effects of tasks, and of
// invitations that are made and expire, in every world: event is the JSON that a
// rule delivers, which package partnercentralevents reads. say is called for one
// event after the other, outside of all locks, in a goroutine that exists while
// there are events to say; it may call the service.
//
// Events come when their time has come by the service's clock. For that the
// service has one timer, while an event is due; it needs none without this
// option. After Advance those that have become due come a moment later, from
// that timer: wait for them, as for any others.
//
// A service has one listener: given twice, the last holds. To tell several, call
// them all in say.
func WithEvents(say func(event []byte), delivery EventDelivery) Option {
	return func(c *config) { c.say, c.delivery = say, delivery }
}

// EventDelivery is how events are delivered: the zero value is each once, at
// once. Which events are lost and said twice depends on the seed of the service
// and on the order of the Starts alone.
type EventDelivery struct {
	// How long after its effect an event comes: Delay and up to Jitter more, so
	// that events overtake each other.
	Delay, Jitter time.Duration

	// The share of the events that are said twice, from 0 to 1. The second of
	// each other pair comes 15 s later with an id of its own, as was observed of
	// the service; the others come at once with the same id, as queues do.
	Duplicates float64

	// The share of the events that are lost, from 0 to 1.
	Losses float64
}

func (d EventDelivery) flaws() flaws {
	var found flaws
	found.notNegative("the delay of events", min(d.Delay, d.Jitter) < 0)
	if !(d.Duplicates >= 0 && d.Duplicates <= 1) || !(d.Losses >= 0 && d.Losses <= 1) {
		found.add("the delivery of events", "the shares of duplicates and losses are from 0 to 1")
	}
	return found
}

// repeatedAfter is how much later the same was said again in a recording.
const repeatedAfter = 15 * time.Second

// WriteEvents returns a function for WithEvents that writes an event a line, such
// as to a file. failed is called where that is not possible, and may be nil.
func WriteEvents(w io.Writer, failed func(error)) func(event []byte) {
	return func(event []byte) {
		if _, err := w.Write(append(bytes.Clone(event), '\n')); err != nil && failed != nil {
			failed(fmt.Errorf("partnercentraltest: an event was not written: %w", err))
		}
	}
}

// PostEvents returns a function for WithEvents that posts events to an address,
// as an API destination of EventBridge does. Each is tried once, for at most
// five seconds. failed is called for one that was not taken, and may be nil.
func PostEvents(url string, failed func(error)) func(event []byte) {
	client := &http.Client{Timeout: 5 * time.Second}
	return func(event []byte) {
		answer, err := client.Post(url, "application/json", bytes.NewReader(event))
		if err == nil {
			io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
			answer.Body.Close()
			if answer.StatusCode/100 != 2 {
				err = fmt.Errorf("status %s", answer.Status)
			}
		}
		if err != nil && failed != nil {
			failed(fmt.Errorf("partnercentraltest: an event was not posted: %w", err))
		}
	}
}

// effectOf is something that has happened, as an event tells it. The names of
// members are spelled as they were recorded or, where nothing was, documented.
type effectOf struct {
	detailType string
	resources  []string
	detail     map[string]any
}

// eventWindow is how long before the end of a task its effects begin to happen.
const eventWindow = 2 * time.Second

// announce says what a task does, and when: by the end of it, or, where that is a
// matter of polls, now that it has ended. It is called at the Start and, where
// polls end the task, at the last of these.
func (w *world) announce(t *task, now time.Time) {
	events := w.svc.events
	if events == nil || t.outcome.timing == timedNever {
		return
	}
	end, window := now, time.Duration(0)
	if t.outcome.timing == timedAfter {
		end, window = t.end(), min(eventWindow, t.outcome.delay)
	}
	v := &view{task: t, now: end, listed: true}
	all := t.family.effects(w, v)
	for i, e := range all {
		before := window * time.Duration(len(all)-1-i) / time.Duration(len(all))
		events.add(w, e, end.Add(-before), fmt.Sprint("task ", t.order, " ", i), nil)
	}
}

// announceInvitation says that an invitation was made, and that it expires.
func (w *world) announceInvitation(i *invitation, now time.Time) {
	events := w.svc.events
	if events == nil || i.Status != partnercentral.InvitationStatusPending {
		return
	}
	key := fmt.Sprint("invitation ", i.ID, i.InvitationDate.UnixNano())
	created := invitationEffect("Engagement Invitation Created", w, i)
	about := created.detail["engagementInvitation"].(map[string]any)
	about["expirationDate"] = i.ExpirationDate.UTC().Format(time.RFC3339Nano)
	about["senderCompanyName"] = i.SenderCompanyName
	if !i.InvitationDate.Before(now) {
		events.add(w, created, i.InvitationDate, key+" created", nil)
	}
	if i.ExpirationDate.After(now) {
		events.add(w, invitationEffect("Engagement Invitation Expired", w, i), i.ExpirationDate, key+" expired", func(at time.Time) bool {
			return w.invitation(i.Catalog, i.ID) == i && w.invitationStatus(i, at) == partnercentral.InvitationStatusExpired
		})
	}
}

// first reports whether a thing was not made before.
func (w *world) first(catalog, what, id string) bool {
	key := catalog + "/" + what + "/" + id
	was := w.told[key]
	w.told[key] = true
	return !was
}

// account is the account behind the access key id.
func (w *world) account() string {
	if w.accessKeyID == w.svc.homeID() {
		return accountID
	}
	h := fnv.New64a()
	h.Write([]byte(w.accessKeyID))
	return fmt.Sprintf("%012d", mix(h.Sum64())%1e12)
}

func opportunityEffect(detailType, catalog, opportunity string) effectOf {
	return effectOf{detailType, nil, map[string]any{
		"schemaVersion": "1", "catalog": catalog, "opportunity": map[string]any{"identifier": opportunity},
	}}
}

func invitationEffect(detailType string, w *world, i *invitation) effectOf {
	sender, receiver := i.SenderAWSAccountID, w.account()
	if i.ParticipantType == partnercentral.ParticipantTypeSender {
		sender, receiver = w.account(), awsAlias
	}
	return effectOf{detailType, []string{i.arn()}, map[string]any{
		"schemaVersion": "1.0", "catalog": i.Catalog,
		"engagementInvitation": map[string]any{
			"arn": i.arn(), "id": i.ID, "engagementId": i.EngagementID, "senderAccountId": sender, "receiverAccountId": receiver,
			"participantType": string(i.ParticipantType), "payloadType": string(i.PayloadType),
		},
	}}
}

func engagementARN(catalog, engagement string) string {
	return "arn:aws:partnercentral:us-east-1::catalog/" + catalog + "/engagement/" + engagement
}

func memberEffect(w *world, catalog, engagement string) effectOf {
	return effectOf{"Engagement Member Added", []string{engagementARN(catalog, engagement)}, map[string]any{
		"catalog": catalog, "engagement": map[string]any{"id": engagement},
		"engagementMember": map[string]any{"accountId": w.account(), "companyName": "Partner"},
	}}
}

// engagementEffect is an engagement that was made or has changed, by what.
func engagementEffect(detailType, verb string, w *world, catalog, engagement string, at time.Time, contexts ...string) effectOf {
	return effectOf{detailType, []string{engagementARN(catalog, engagement)}, map[string]any{
		"catalog": catalog, "engagement": map[string]any{
			"engagementArn": engagementARN(catalog, engagement), "engagementId": engagement,
			verb + "At": at.UTC().Format(time.RFC3339), verb + "By": w.account(), "ContextTypes": contexts,
		},
	}}
}

func snapshotEffect(w *world, catalog, engagement, opportunity string) effectOf {
	const template = "OpportunitySummaryView"
	return effectOf{"Engagement Resource Snapshot Created", []string{engagementARN(catalog, engagement)}, map[string]any{
		"catalog": catalog, "schemaVersion": "1", "resourceSnapshot": map[string]any{
			"arn":          engagementARN(catalog, engagement) + "/resource/Opportunity/" + opportunity + "/template/" + template + "/snapshot/1",
			"engagementId": engagement, "resourceType": "Opportunity", "resourceId": opportunity, "createdBy": w.account(),
			"targetMemberAccounts": []string{w.account()}, "resourceSnapshotTemplateName": template,
		},
	}}
}

// effectsOfSubmission are documented in this order. One that has failed has the
// effects of the steps before.
func effectsOfSubmission(w *world, v *view) []effectOf {
	var all []effectOf
	reached := func(s step) bool { return v.complete() || v.failed() && v.family.reached(v.outcome.reason) >= s }
	if v.complete() {
		all = append(all, opportunityEffect("Opportunity Updated", v.catalog, v.opportunity))
	}
	if reached(stepEngagement) && w.first(v.catalog, "engagement", v.engagement) {
		all = append(all, engagementEffect("Engagement Created", "Created", w, v.catalog, v.engagement, v.now, "CustomerProject"))
	}
	if reached(stepSnapshot) {
		all = append(all, snapshotEffect(w, v.catalog, v.engagement, v.opportunity))
	}
	if reached(stepEngagement) && w.first(v.catalog, "member", v.engagement) {
		all = append(all, memberEffect(w, v.catalog, v.engagement))
	}
	if reached(stepInvitation) && w.first(v.catalog, "invitation", v.invitation) {
		all = append(all, invitationEffect("Engagement Invitation Created", w, &invitation{Invitation{
			ID: v.invitation, Catalog: v.catalog, EngagementID: v.engagement,
			PayloadType:     partnercentral.EngagementInvitationPayloadTypeOpportunityInvitation,
			ParticipantType: partnercentral.ParticipantTypeSender,
		}}))
	}
	return all
}

// effectsOfAcceptance are documented in this order.
func effectsOfAcceptance(w *world, v *view) []effectOf {
	if !v.done() || !v.outcome.accepts() {
		return nil
	}
	id := lastPart(v.invitation)
	accepted := w.invitation(v.catalog, id)
	if accepted == nil {
		// Not of w.ids: whether somebody listens changes no id.
		accepted = &invitation{Invitation{
			ID: id, Catalog: v.catalog, EngagementID: newIDs(w.ids.seed, id).next("eng-", 14), SenderAWSAccountID: awsAlias,
			PayloadType:     partnercentral.EngagementInvitationPayloadTypeOpportunityInvitation,
			ParticipantType: partnercentral.ParticipantTypeReceiver,
		}}
	}
	var all []effectOf
	if w.first(v.catalog, "acceptance", id) {
		all = append(all, invitationEffect("Engagement Invitation Accepted", w, accepted), memberEffect(w, v.catalog, accepted.EngagementID))
	}
	if v.complete() || v.family.reached(v.outcome.reason) >= stepOpportunity {
		if w.first(v.catalog, "opportunity", v.opportunity) {
			all = append(all, opportunityEffect("Opportunity Created", v.catalog, v.opportunity))
		}
		all = append(all, opportunityEffect("Opportunity Updated", v.catalog, v.opportunity))
	}
	if v.complete() {
		all = append(all, snapshotEffect(w, v.catalog, accepted.EngagementID, v.opportunity))
	}
	return all
}

// effectsOfConversion are inferred.
func effectsOfConversion(w *world, v *view) []effectOf {
	var all []effectOf
	if (v.complete() || v.failed() && v.family.reached(v.outcome.reason) >= stepOpportunity) && w.first(v.catalog, "opportunity", v.opportunity) {
		all = append(all, opportunityEffect("Opportunity Created", v.catalog, v.opportunity))
	}
	if v.complete() {
		all = append(all, snapshotEffect(w, v.catalog, v.engagement, v.opportunity),
			engagementEffect("Engagement Updated", "LastModified", w, v.catalog, v.engagement, v.now, "CustomerProject", "Lead"))
	}
	return all
}

// effectsOfProspecting are inferred.
func effectsOfProspecting(w *world, v *view) []effectOf {
	var all []effectOf
	for _, p := range v.engagements {
		if v.result(p).Status == partnercentral.ProspectingTaskStatusCompleted {
			all = append(all, engagementEffect("Engagement Updated", "LastModified", w, v.catalog, p.id, v.now, "Lead", "ProspectingResult"))
		}
	}
	return all
}

// envelope writes an event.
func (e effectOf) envelope(id, account string, at time.Time) []byte {
	resources := e.resources
	if resources == nil {
		resources = []string{}
	}
	text, _ := json.Marshal(struct {
		Version    string         `json:"version"`
		ID         string         `json:"id"`
		DetailType string         `json:"detail-type"`
		Source     string         `json:"source"`
		Account    string         `json:"account"`
		Time       string         `json:"time"`
		Region     string         `json:"region"`
		Resources  []string       `json:"resources"`
		Detail     map[string]any `json:"detail"`
	}{"0", id, e.detailType, "aws.partnercentral-selling", account, at.UTC().Format(time.RFC3339), "us-east-1", resources, e.detail}) // texts, lists and maps of them
	return text
}

func uuid(n uint64) string {
	a, b := mix(n), mix(mix(n)+1)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

package partnercentraltest

import (
	"cmp"
	"slices"
	"time"
)

// Task is a task that the service has, as it is at one moment.
type Task struct {
	// The id and the ARN of the task.
	ID  string `json:"taskId"`
	ARN string `json:"taskArn"`
	// Operation is the Start that made it.
	Operation   Operation `json:"operation"`
	Catalog     string    `json:"catalog"`
	ClientToken string    `json:"clientToken"`
	// Identifiers are what it was started for: an opportunity, an invitation or
	// engagements.
	Identifiers []string  `json:"identifiers"`
	StartTime   time.Time `json:"startTime"`
	// Status is what the service would say now, Reason and Message why it failed.
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	// Visible is whether Lists have it already, Polls how many answers have shown
	// it since the Start.
	Visible bool `json:"visible"`
	Polls   int  `json:"polls"`
	// Outcome is how it ends, as Go.
	Outcome string `json:"outcome"`
}

// Tasks returns what the service has, in the order of the Starts, for the
// credentials of Client. It is no call: nothing of it is in the record, and no
// task counts it as a poll.
func (s *Service) Tasks() []Task { return s.home().tasks() }

// Tasks is [Service.Tasks] for this world.
func (w *World) Tasks() []Task { return w.w.tasks() }

func (w *world) tasks() []Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.svc.clock.now()
	if now.Before(w.last) {
		now = w.last
	}
	var all []*task
	for _, shelf := range w.shelves {
		all = append(all, shelf.tasks...)
	}
	slices.SortFunc(all, func(a, b *task) int { return cmp.Compare(a.order, b.order) })
	tasks := make([]Task, len(all))
	for i, t := range all {
		v := view{task: t, now: now, listed: true}
		ids := []string{t.identifier}
		if t.engagements != nil || t.identifier == "" {
			ids = []string{}
			for _, p := range t.engagements {
				ids = append(ids, p.id)
			}
		}
		tasks[i] = Task{
			ID: t.id, ARN: t.arn(), Operation: t.family.operations[0].name, Catalog: t.catalog, ClientToken: t.token,
			Identifiers: ids, StartTime: t.start, Status: v.status(), Reason: v.failureReason(), Message: v.failureMessage(),
			Visible: v.visible(), Polls: t.polls, Outcome: t.outcome.String(),
		}
	}
	return tasks
}

package partnercentraltest

import "github.com/cosell-dev/partnercentral-go"

// World is one account on the service: everything that is done with one access
// key id. No world sees the tasks, scripts, faults, quotas or calls of another.
type World struct{ w *world }

// World returns the world of an access key id. Those of Service's own methods
// are in the world of Client's credentials.
func (s *Service) World(accessKeyID string) *World { return &World{s.world(accessKeyID)} }

// Script is [Service.Script] for this world.
func (w *World) Script(op Operation, outcomes ...Outcome) {
	w.w.svc.test().Helper()
	w.When(op).Script(outcomes...)
}

// Fault is [Service.Fault] for this world.
func (w *World) Fault(op Operation, count Count, effect Effect) *Fault {
	w.w.svc.test().Helper()
	return w.When(op).Fault(count, effect)
}

// When is [Service.When] for this world.
func (w *World) When(op Operation, matchers ...Matcher) *Selection {
	w.w.svc.test().Helper()
	return w.w.when(op, matchers...)
}

// Answer is [Service.Answer] for this world.
func (w *World) Answer(op Operation, answers ...Answer) {
	w.w.svc.test().Helper()
	w.When(op).Answer(answers...)
}

// Client is [Service.Client] with the credentials of this world.
func (w *World) Client(optFns ...func(*partnercentral.Options)) *partnercentral.Client {
	return partnercentral.New(w.w.svc.clientOptions(w.w.accessKeyID), optFns...)
}

// Leftovers is [Service.Leftovers] of this world.
func (w *World) Leftovers() []string { return w.w.leftovers() }

// Calls returns the record of the world's calls.
func (w *World) Calls() Calls {
	w.w.mu.Lock()
	defer w.w.mu.Unlock()
	calls := make(Calls, len(w.w.calls))
	for i, c := range w.w.calls {
		calls[i] = *c
	}
	return calls
}

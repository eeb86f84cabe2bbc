package partnercentraltest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// command is a request after its form was found good.
type command struct {
	op     *operation
	object map[string]any

	catalog    string
	token      string
	identifier string
	// identifiers are those of a Start for several objects.
	identifiers []string
	taskIDs     []string
}

func newCommand(op *operation, object map[string]any) *command {
	c := &command{
		op:          op,
		object:      object,
		catalog:     stringOf(object, "Catalog"),
		token:       stringOf(object, "ClientToken"),
		identifier:  stringOf(object, "Identifier"),
		identifiers: stringsOf(object, "Identifiers"),
		taskIDs:     stringsOf(object, "TaskIdentifier"),
	}
	if op.canned {
		c.identifier, c.identifiers = "", anyIdentifiers(object)
	}
	if id := stringOf(object, "TaskIdentifier"); id != "" {
		c.taskIDs = []string{id}
	}
	return c
}

// start declares the Start of a family.
func (f *family) start(name Operation, input func() any, members ...member) *operation {
	return &operation{name: name, group: writes, members: members, input: input, prepare: startTask, starts: true}
}

// startTask starts a task, or finds the one that the token has started.
func startTask(w *world, c *command) (result, *refusal) {
	now := w.now()
	key := tokenKey{c.op.name, c.token}
	params := canonical(c.object)
	if t, ok := w.byToken[key]; ok {
		if t.params != params {
			return result{taskID: t.id}, &refusal{
				status:  http.StatusConflict,
				code:    "ConflictException",
				message: "The client token was used before with other parameters.",
				note:    "the token started " + t.id + " with " + t.params + ", and now comes with " + params,
			}
		}
		again := view{task: t, now: now}
		commit := func() { t.polled(w, now) }
		if c.op.family.sameAnswer {
			first := *t
			first.polls = 0
			again, commit = view{task: &first, now: t.start}, func() {}
		}
		return result{body: again.append(nil), commit: commit, taskID: t.id, making: Repeated, tasks: 1}, nil
	}

	f := c.op.family
	outcome, from := w.outcome(c)
	if f.judge != nil {
		judged, refused := f.judge(w, c, now)
		switch {
		case refused != nil:
			return result{}, refused
		case judged != nil && from == nil:
			outcome = judged
		}
	}
	t := &task{
		family:     f,
		catalog:    c.catalog,
		id:         w.ids.next("task-", f.idDigits),
		token:      c.token,
		params:     params,
		identifier: c.identifier,
		start:      now,
		outcome:    outcome,
	}
	f.settle(w, c, t)
	v := view{task: t, now: now}
	commit := func() {
		if from != nil {
			from.take()
		}
		w.byToken[key] = t
		w.started++
		t.order = w.started
		w.shelf(f, t.catalog).add(t)
		w.announce(t, now)
	}
	return result{body: v.append(nil), commit: commit, taskID: t.id, making: Made, tasks: 1}, nil
}

// anyIdentifiers are the values of all members that are named as identifiers.
func anyIdentifiers(object map[string]any) []string {
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !strings.HasSuffix(name, "Identifier") {
			continue
		}
		if id := stringOf(object, name); id != "" {
			ids = append(ids, id)
		}
		ids = append(ids, stringsOf(object, name)...)
	}
	return ids
}

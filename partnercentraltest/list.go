package partnercentraltest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// defaultPageSize is what a List without MaxResults gives. AWS does not
// document its own.
const defaultPageSize = 100

// list declares the List of a family: the members that every classic List has,
// and its own filters.
func (f *family) list(name Operation, input func() any, filters ...member) *operation {
	members := []member{
		catalogMember(),
		maxResultsMember(1000),
		nextTokenMember(),
		sortMember(partnercentral.ListTasksSortName("").Values()),
		listOf(oneOf("TaskStatus", partnercentral.TaskStatus("").Values()), 1, 3),
		listOf(patterned("TaskIdentifier", `(?:arn:.*|task-[0-9a-z]{13})`, 1, 2048), 1, 10),
	}
	return &operation{name: name, group: reads, members: append(members, filters...), input: input, prepare: listTasks}
}

// query is a List request on its way over a shelf.
type query struct {
	shelf     *shelf
	ids       []string
	statuses  []string
	filters   []wanted
	ascending bool
	max       int
	// from is the place of the last task of the page before; -1 at the start.
	from int
	// Only places from low to below high are wanted.
	low, high int
}

// wanted is a filter with the values that it lets through.
type wanted struct {
	filter
	shown  field
	values []string
}

// listTasks answers with one page.
func listTasks(w *world, c *command) (result, *refusal) {
	now := w.now()
	q, refused := newQuery(w, c, now)
	if refused != nil {
		return result{}, refused
	}
	return w.writePage(c, q, q.page(now), now), nil
}

// page collects the tasks of a page, in the order of their start.
func (q *query) page(now time.Time) []*task {
	var page []*task
	q.walk(q.source(), q.from, func(t *task) bool {
		page = q.take(page, t, now)
		return len(page) < q.max
	})
	return page
}

// take appends a task to a page if it is visible and wanted.
func (q *query) take(page []*task, t *task, now time.Time) []*task {
	if v := (view{task: t, now: now, listed: true}); v.visible() && q.wants(&v) {
		return append(page, t)
	}
	return page
}

// writePage writes the tasks as a page and counts the poll of them.
func (w *world) writePage(c *command, q *query, page []*task, now time.Time) result {
	next := ""
	// The real service looks no further once a page is full or every task that
	// was asked for by id is on it, and so has not seen the end of its list.
	if len(page) > 0 && (len(page) == q.max || len(q.ids) > 0 && len(page) == len(q.ids)) {
		next = w.pageToken(c, page[len(page)-1].seq)
	}
	body := make([]byte, 0, 64+len(page)*480)
	body = append(body, `{"NextToken":`...)
	body = appendText(body, next)
	body = append(body, `,"TaskSummaries":[`...)
	for i, t := range page {
		if i > 0 {
			body = append(body, ',')
		}
		body = (&view{task: t, now: now, listed: true}).append(body)
	}
	body = append(body, "]}"...)
	commit := func() {
		for _, t := range page {
			t.polled(w, now)
		}
	}
	return result{body: body, commit: commit, tasks: len(page)}
}

func newQuery(w *world, c *command, now time.Time) (*query, *refusal) {
	shelf := w.shelf(c.op.family, c.catalog)
	shelf.settle(now)
	q := &query{
		shelf:    shelf,
		high:     len(shelf.tasks),
		statuses: stringsOf(c.object, "TaskStatus"),
		max:      defaultPageSize,
		from:     -1,
	}
	for _, id := range c.taskIDs {
		if id := lastPart(id); !slices.Contains(q.ids, id) {
			q.ids = append(q.ids, id)
		}
	}
	for _, f := range c.op.family.filters {
		values := stringsOf(c.object, f.member)
		if len(values) == 0 {
			continue
		}
		for i, value := range values {
			values[i] = f.id(value)
		}
		q.filters = append(q.filters, wanted{f, c.op.family.field(f.field), values})
	}
	if sort, ok := c.object["Sort"].(map[string]any); ok {
		q.ascending = stringOf(sort, "SortOrder") == string(partnercentral.SortOrderAscending)
	}
	if n, ok := c.object["MaxResults"].(json.Number); ok {
		f, _ := n.Float64() // was checked
		q.max = int(f)
	}
	if token := stringOf(c.object, "NextToken"); token != "" {
		place, ok := w.readPageToken(c, token)
		if !ok {
			return nil, invalid(problems{{
				FieldName: "NextToken",
				Code:      partnercentral.ValidationExceptionErrorCodeInvalidValue,
				Message:   "not a token of this list with these filters and this order",
			}})
		}
		q.from = place
	}
	return q, nil
}

// walk calls visit for the tasks of a source in order, after the place from, or
// from the end where it is -1, until it returns false.
func (q *query) walk(places source, from int, visit func(*task) bool) {
	if q.ascending {
		for place := places.next(max(from+1, q.low)); place >= 0 && place < q.high && visit(q.shelf.tasks[place]); {
			place = places.next(place + 1)
		}
		return
	}
	last := q.high - 1
	if from >= 0 {
		last = min(last, from-1)
	}
	for place := places.prev(last); place >= q.low && visit(q.shelf.tasks[place]); {
		place = places.prev(place - 1)
	}
}

// source is the smallest known set that has every task which may match.
func (q *query) source() source {
	if len(q.ids) > 0 {
		var found sorted
		for _, id := range q.ids {
			if t, ok := q.shelf.byID[id]; ok {
				found = append(found, t)
			}
		}
		slices.SortFunc(found, func(a, b *task) int { return a.seq - b.seq })
		return found
	}
	var best source = everything(len(q.shelf.tasks))
	if len(q.statuses) > 0 {
		best = smaller(best, each(q.statuses, func(status string) (source, bool) {
			p, ok := q.shelf.byStatus[status]
			return p, ok
		}))
	}
	for _, f := range q.filters {
		best = smaller(best, each(f.values, func(value string) (source, bool) {
			list, ok := q.shelf.byObject[objectKey{f.field, value}]
			return list, ok
		}))
	}
	return best
}

func smaller(a, b source) source {
	if b.size() < a.size() {
		return b
	}
	return a
}

// each is the union of what is found for values.
func each(values []string, find func(string) (source, bool)) source {
	var all union
	for i, value := range values {
		if s, ok := find(value); ok && !slices.Contains(values[:i], value) {
			all = append(all, s)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// wants reports whether a task passes every filter that was given, by what it
// shows now. That filters are combined with "and" is an assumption.
func (q *query) wants(v *view) bool {
	if len(q.statuses) > 0 && !slices.Contains(q.statuses, v.status()) {
		return false
	}
	for _, f := range q.filters {
		shown := f.shown.value(v)
		if shown == "" || !slices.Contains(f.values, f.id(shown)) {
			return false
		}
	}
	return true
}

const pageTokenPrefix = "AAMA-"

// pageToken makes a token that is good for this world, operation, filter and
// order, and for no other.
func (w *world) pageToken(c *command, seq int) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(seq))
	raw = binary.BigEndian.AppendUint64(raw, w.pageSum(c, uint64(seq)))
	return pageTokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
}

func (w *world) readPageToken(c *command, token string) (int, bool) {
	text, ok := strings.CutPrefix(token, pageTokenPrefix)
	if !ok {
		return 0, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 16 {
		return 0, false
	}
	seq := binary.BigEndian.Uint64(raw)
	if binary.BigEndian.Uint64(raw[8:]) != w.pageSum(c, seq) {
		return 0, false
	}
	return int(seq), true
}

func (w *world) pageSum(c *command, seq uint64) uint64 {
	filter := make(map[string]any, len(c.object))
	for name, value := range c.object {
		if name != "NextToken" && name != "MaxResults" {
			filter[name] = value
		}
	}
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, w.ids.seed+w.epoch))
	h.Write([]byte(c.op.name))
	h.Write([]byte(canonical(filter)))
	h.Write(binary.BigEndian.AppendUint64(nil, seq))
	return mix(h.Sum64())
}

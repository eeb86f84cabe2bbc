package partnercentraltest

import (
	"maps"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// listProspecting answers with one page. That StartAfter and StartBefore leave
// out the times that they name is an assumption.
func listProspecting(w *world, c *command) (result, *refusal) {
	now := w.now()
	q, refused := newQuery(w, c, now)
	if refused != nil {
		return result{}, refused
	}
	q.low, q.high = q.shelf.between(timeOf(c.object, "StartAfter"), timeOf(c.object, "StartBefore"))
	by := ""
	if sort, ok := c.object["Sort"].(map[string]any); ok {
		by = stringOf(sort, "SortBy")
	}
	var page []*task
	switch partnercentral.ProspectingFromEngagementTaskSortName(by) {
	case partnercentral.ProspectingFromEngagementTaskSortNameTaskName:
		page = q.pageByName(now)
	case partnercentral.ProspectingFromEngagementTaskSortNameFailedEngagementCount:
		page = q.pageByFailures(now)
	default:
		page = q.page(now)
	}
	return w.writePage(c, q, page, now), nil
}

// pageByName collects a page in the order of the names. It goes on after the
// task that ended the page before.
func (q *query) pageByName(now time.Time) []*task {
	tasks := q.shelf.named()
	if few := q.source(); few.size() < len(tasks)/16 {
		tasks = nil
		for place := few.next(0); place >= 0; place = few.next(place + 1) {
			tasks = append(tasks, q.shelf.tasks[place])
		}
		slices.SortFunc(tasks, byName)
	}
	i, step := 0, 1
	if !q.ascending {
		i, step = len(tasks)-1, -1
	}
	if q.from >= 0 {
		at, found := slices.BinarySearchFunc(tasks, q.shelf.tasks[q.from], byName)
		i = at
		if found || !q.ascending {
			i += step
		}
	}
	var page []*task
	for ; i >= 0 && i < len(tasks) && len(page) < q.max; i += step {
		if place := tasks[i].seq; place >= q.low && place < q.high && q.asked(tasks[i]) {
			page = q.take(page, tasks[i], now)
		}
	}
	return page
}

// pageByFailures collects a page in the order of how many engagements have
// failed. It goes on after the task that ended the page before, wherever that is
// now: counts change meanwhile.
func (q *query) pageByFailures(now time.Time) []*task {
	all := q.shelf.failures(now)
	counts := slices.Sorted(maps.Keys(all))
	if !q.ascending {
		slices.Reverse(counts)
	}
	from := -1
	if q.from >= 0 {
		v := view{task: q.shelf.tasks[q.from], now: now, listed: true}
		last := v.countEngagements(partnercentral.ProspectingTaskStatusFailed)
		counts = counts[slices.Index(counts, last):]
		from = q.from
	}
	var page []*task
	for _, n := range counts {
		if len(page) == q.max {
			break
		}
		q.walk(all[n], from, func(t *task) bool {
			if q.asked(t) {
				page = q.take(page, t, now)
			}
			return len(page) < q.max
		})
		from = -1
	}
	return page
}

// asked reports whether a task is one of those that were asked for by id.
func (q *query) asked(t *task) bool { return len(q.ids) == 0 || slices.Contains(q.ids, t.id) }

func timeOf(object map[string]any, name string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, stringOf(object, name)) // was checked
	return at
}

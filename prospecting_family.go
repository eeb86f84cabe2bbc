package partnercentral

import (
	"context"
	"fmt"
	"sync"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// prospectingPerSecond is half of the documented quota of the Lists, so that as
// much is left for others. That of the Gets is twice as high.
const prospectingPerSecond = DefaultProspectingListsPerSecond / 2

// prospectingAPIClient is what waiting for prospecting tasks takes: Lists show
// which have ended, for many at once, and Gets how.
type prospectingAPIClient interface {
	ListProspectingFromEngagementTasksAPIClient
	GetProspectingFromEngagementTaskAPIClient
}

var prospectingFamily = taskFamily{
	kind:       TaskKindProspectingFromEngagement,
	limits:     poll.Limits{IDs: 10, Page: 100},
	object:     func(t *Task) string { return t.Name },
	objectName: "Name",
	perSecond:  prospectingPerSecond,
	list: func(client any) listTasks {
		c, ok := client.(prospectingAPIClient)
		if !ok {
			return nil
		}
		return func(ctx context.Context, q taskQuery, optFns ...func(*Options)) (taskPage, error) {
			if len(q.ids) == 1 {
				return getProspecting(ctx, c, q, optFns)
			}
			return listProspecting(ctx, c, q, optFns)
		}
	},
}

func getProspecting(ctx context.Context, c GetProspectingFromEngagementTaskAPIClient, q taskQuery, optFns []func(*Options)) (taskPage, error) {
	out, err := c.GetProspectingFromEngagementTask(ctx, &GetProspectingFromEngagementTaskInput{Catalog: &q.catalog, TaskIdentifier: &q.ids[0]}, optFns...)
	if err != nil {
		return taskPage{}, err
	}
	if out == nil {
		return taskPage{}, errNoOutput
	}
	t := out.Task()
	if taskID(&t) == "" {
		// The answer is about what was asked for, whether or not it says so.
		t.ID = q.ids[0]
	}
	return taskPage{tasks: []Task{t}, metadata: out.ResultMetadata}, nil
}

func listProspecting(ctx context.Context, c prospectingAPIClient, q taskQuery, optFns []func(*Options)) (taskPage, error) {
	in := &ListProspectingFromEngagementTasksInput{
		Catalog:        &q.catalog,
		TaskIdentifier: q.ids,
		TaskName:       q.objects,
		MaxResults:     q.maxResults(),
		NextToken:      q.nextToken(),
	}
	if q.all() {
		in.Sort = &ProspectingFromEngagementTaskSort{SortBy: ProspectingFromEngagementTaskSortNameStartTime, SortOrder: SortOrderDescending}
	}
	out, err := c.ListProspectingFromEngagementTasks(ctx, in, optFns...)
	if err != nil {
		return taskPage{}, err
	}
	if out == nil {
		return taskPage{}, errNoOutput
	}
	page := pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ProspectingTaskSummary).Task)
	addResults(ctx, c, q, optFns, &page)
	return page, nil
}

// addResults gets the results of the listed tasks that have ended and are
// awaited, since the List does not have them.
func addResults(ctx context.Context, c prospectingAPIClient, q taskQuery, optFns []func(*Options), page *taskPage) {
	var mu sync.Mutex
	var gets sync.WaitGroup
	for i := range page.tasks {
		t := &page.tasks[i]
		if t.EndTime.IsZero() || !q.awaited(t) {
			continue
		}
		id := taskID(t)
		gets.Add(1)
		go func() {
			err := errNoOutput
			defer gets.Done()
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("the client panicked: %v", p)
				}
				if err != nil {
					mu.Lock()
					defer mu.Unlock()
					if page.errs == nil {
						page.errs = map[string]error{}
					}
					page.errs[id] = err
				}
			}()
			if err = q.turn(ctx); err != nil {
				return
			}
			var got taskPage
			err = errNoOutput
			if got, err = getProspecting(ctx, c, taskQuery{catalog: q.catalog, ids: []string{id}}, optFns); err == nil {
				*t = got.tasks[0]
			}
		}()
	}
	gets.Wait()
}

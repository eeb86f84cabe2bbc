package main

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// filter is which tasks to list.
type filter struct {
	kinds    []target.Kind
	statuses []partnercentral.TaskStatus
	since    time.Time
}

func (a *app) list() *cobra.Command {
	var kinds, statuses []string
	var since string
	timeout := readTimeout
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List tasks, the newest first",
		Long:    `List the tasks of the account in the catalog, the newest first.`,
		Example: `  partnercentral --catalog AWS list --status FAILED --since 7d`,
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := parseFilter(kinds, statuses, since)
			if err != nil {
				return err
			}
			ctx, cancel := a.within(cmd.Context(), timeout)
			defer cancel()
			svc, err := a.connect(ctx, 0)
			if err != nil {
				return err
			}
			live := a.progress(1, a.reading("tasks"))
			defer live.stop()
			for task, err := range svc.tasks(ctx, f) {
				if err != nil {
					return err
				}
				a.printer.Show(report.Of(task, nil))
				if err := a.printer.Err(); err != nil {
					return err
				}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&kinds, "kind", nil, "only tasks that this `command` starts: accept, submit, lead or prospect")
	flags.StringSliceVar(&statuses, "status", nil, "only tasks with this `status`: IN_PROGRESS, COMPLETE or FAILED")
	flags.StringVar(&since, "since", "", "only tasks that started since this `time`: 90m, 12h or 7d ago, or 2026-11-28, or 2026-11-28T07:30:00Z")
	flags.Var(&timeout, "timeout", "the longest `time` that the command may take, such as 90s or 10m")
	words(cmd, "kind", "accept", "submit", "lead", "prospect")
	words(cmd, "status", "IN_PROGRESS", "COMPLETE", "FAILED")
	return cmd
}

func parseFilter(kinds, statuses []string, since string) (f filter, err error) {
	for _, word := range kinds {
		kind, err := target.Word("kind of tasks", word, target.Kinds())
		if err != nil {
			return f, err
		}
		f.kinds = append(f.kinds, kind)
	}
	if f.kinds == nil {
		f.kinds = target.Kinds()
	}
	for _, word := range statuses {
		status, err := target.Word("status", word, partnercentral.TaskStatus("").Values())
		if err != nil {
			return f, err
		}
		f.statuses = append(f.statuses, status)
	}
	f.since, err = parseSince(since, time.Now())
	return f, err
}

func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 12); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return at, nil
	}
	return time.Time{}, usage.Errorf("--since %q is not a time: type it as 12h, 7d, 2026-11-28 or 2026-11-28T07:30:00Z", s)
}

// tasks lists the tasks of all kinds in one order.
func (s *service) tasks(ctx context.Context, f filter) iter.Seq2[partnercentral.Task, error] {
	return func(yield func(partnercentral.Task, error) bool) {
		var heads []*head
		defer func() {
			for _, h := range heads {
				h.stop()
			}
		}()
		for _, kind := range f.kinds {
			h := new(head)
			h.next, h.stop = iter.Pull2(s.tasksOf(ctx, kind, f.statuses))
			heads = append(heads, h)
			if err := h.advance(); err != nil {
				yield(partnercentral.Task{}, err)
				return
			}
		}
		for {
			newest := newest(heads)
			if newest == nil || newest.task.StartTime.Before(f.since) {
				return
			}
			task := newest.task
			if err := newest.advance(); err != nil {
				yield(task, err)
				return
			}
			if len(f.statuses) > 0 && !slices.Contains(f.statuses, task.Status) {
				continue
			}
			if !yield(task, nil) {
				return
			}
		}
	}
}

// head is the next task of one kind.
type head struct {
	task partnercentral.Task
	ok   bool
	next func() (partnercentral.Task, error, bool)
	stop func()
}

func (h *head) advance() (err error) {
	h.task, err, h.ok = h.next()
	return err
}

// newest returns the head that started last, and nil if there is none.
func newest(heads []*head) *head {
	var newest *head
	for _, h := range heads {
		if h.ok && (newest == nil || h.task.StartTime.After(newest.task.StartTime)) {
			newest = h
		}
	}
	return newest
}

// tasksOf lists the tasks of one kind, the newest first.
func (s *service) tasksOf(ctx context.Context, kind target.Kind, statuses []partnercentral.TaskStatus) iter.Seq2[partnercentral.Task, error] {
	sort := &partnercentral.ListTasksSortBase{SortBy: partnercentral.ListTasksSortNameStartTime, SortOrder: partnercentral.SortOrderDescending}
	c := s.client
	switch kind {
	case target.Accept:
		return converted(s, partnercentral.NewListEngagementByAcceptingInvitationTasksPaginator(c, &partnercentral.ListEngagementByAcceptingInvitationTasksInput{
			Catalog: &s.catalog, Sort: sort, TaskStatus: statuses,
		}).All(ctx), (*partnercentral.ListEngagementByAcceptingInvitationTaskSummary).Task)
	case target.Submit:
		return converted(s, partnercentral.NewListEngagementFromOpportunityTasksPaginator(c, &partnercentral.ListEngagementFromOpportunityTasksInput{
			Catalog: &s.catalog, Sort: sort, TaskStatus: statuses,
		}).All(ctx), (*partnercentral.ListEngagementFromOpportunityTaskSummary).Task)
	case target.Lead:
		return converted(s, partnercentral.NewListOpportunityFromEngagementTasksPaginator(c, &partnercentral.ListOpportunityFromEngagementTasksInput{
			Catalog: &s.catalog, Sort: sort, TaskStatus: statuses,
		}).All(ctx), (*partnercentral.ListOpportunityFromEngagementTaskSummary).Task)
	}
	return converted(s, partnercentral.NewListProspectingFromEngagementTasksPaginator(c, &partnercentral.ListProspectingFromEngagementTasksInput{
		Catalog: &s.catalog,
		Sort:    &partnercentral.ProspectingFromEngagementTaskSort{SortBy: partnercentral.ProspectingFromEngagementTaskSortNameStartTime, SortOrder: partnercentral.SortOrderDescending},
	}).All(ctx), (*partnercentral.ProspectingTaskSummary).Task)
}

func converted[S any](s *service, summaries iter.Seq2[S, error], task func(*S) partnercentral.Task) iter.Seq2[partnercentral.Task, error] {
	return func(yield func(partnercentral.Task, error) bool) {
		for summary, err := range summaries {
			t := task(&summary)
			t.Catalog = s.catalog
			if !yield(t, err) {
				return
			}
		}
	}
}

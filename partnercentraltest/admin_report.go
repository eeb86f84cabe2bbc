package partnercentraltest

import (
	"fmt"
	"net/http"
	"time"
)

// callReport is a Call for the admin interface.
type callReport struct {
	Seq         int       `json:"seq"`
	Time        time.Time `json:"time"`
	Account     string    `json:"account,omitempty"`
	Operation   Operation `json:"operation"`
	Attempt     int       `json:"attempt,omitempty"`
	MaxAttempts int       `json:"maxAttempts,omitempty"`
	Body        string    `json:"body"`
	Signature   string    `json:"signature"`
	Fault       string    `json:"fault,omitempty"`
	Committed   bool      `json:"committed"`
	Task        Making    `json:"task"`
	Status      int       `json:"status,omitempty"`
	Error       string    `json:"error,omitempty"`
	Note        string    `json:"note,omitempty"`
	TaskID      string    `json:"taskId,omitempty"`
	Tasks       int       `json:"tasks,omitempty"`
	Finished    bool      `json:"finished"`
}

func (a *adminCall) calls() (any, *adminError) {
	calls := (&World{a.w}).Calls()
	if name := Operation(a.URL.Query().Get("operation")); name != "" {
		if _, problem := find(name); problem != "" {
			return nil, &adminError{http.StatusBadRequest, problem}
		}
		calls = calls.For(name)
	}
	switch format := a.URL.Query().Get("format"); format {
	case "table":
		return calls.String(), nil
	case "", "json":
	default:
		return nil, &adminError{http.StatusBadRequest, fmt.Sprintf("the format is json or table, not %q", format)}
	}
	reports := make([]callReport, len(calls))
	for i, c := range calls {
		reports[i] = callReport{
			Seq: c.Seq, Time: c.Time, Account: c.AccessKeyID, Operation: c.Operation, Attempt: c.Attempt, MaxAttempts: c.MaxAttempts,
			Body: string(c.Body), Signature: c.Signature, Fault: c.Fault, Committed: c.Committed, Task: c.Making, Status: c.Status,
			Error: c.Error, Note: c.Note, TaskID: c.TaskID, Tasks: c.Tasks, Finished: c.Finished,
		}
	}
	return reports, nil
}

func (w *world) adminScripts() any {
	w.mu.Lock()
	defer w.mu.Unlock()
	type report struct {
		For  string   `json:"for"`
		Used int      `json:"used"`
		Left []string `json:"left"`
	}
	reports := []report{}
	for _, s := range w.scripts {
		left := []string{}
		for _, o := range s.outcomes[s.next:] {
			left = append(left, o.String())
		}
		reports = append(reports, report{s.scope.String(), s.used, left})
	}
	return reports
}

func (w *world) adminFaults() any {
	w.mu.Lock()
	defer w.mu.Unlock()
	type report struct {
		Fault   string `json:"fault"`
		Matched int    `json:"matched"`
		Hits    int    `json:"hits"`
		Missing int    `json:"missing"`
	}
	reports := []report{}
	for _, f := range w.faults {
		reports = append(reports, report{fmt.Sprint(f), f.seen, f.hits, f.missing()})
	}
	return reports
}

package partnercentraltest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const adminPrefix = "/_fake/"

// serveAdmin is the interface that WithAdmin opens. It speaks JSON:
//
//	GET  /_fake/calls      the record; ?operation=X, ?format=table
//	GET  /_fake/scripts    the scripts and how much of them was used
//	POST /_fake/scripts    add scripts and faults, in the form of Load
//	GET  /_fake/faults     the faults and how often they struck
//	POST /_fake/faults     the same as POST /_fake/scripts
//	GET  /_fake/leftovers  what was declared and not used
//	GET  /_fake/worlds     the access key ids that were seen
//	GET  /_fake/clock      the clock
//	POST /_fake/clock      {"mode":"real"}, {"mode":"times","factor":60}, {"mode":"manual"}, {"advance":"30m"}
//	POST /_fake/reset      empty one world, or with ?world=* all
//
// ?world=ACCESSKEYID chooses the world, by default that of the first
// credentials. A POST needs Content-Type application/json, which keeps web
// pages out.
func (s *Service) serveAdmin(w http.ResponseWriter, r *http.Request) {
	answer, err := s.admin(r)
	if err != nil {
		writeJSON(w, err.status, map[string]string{"error": err.text})
		return
	}
	if text, ok := answer.(string); ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, text)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.Encode(value)
}

type adminError struct {
	status int
	text   string
}

func (s *Service) admin(r *http.Request) (any, *adminError) {
	what := strings.TrimPrefix(r.URL.Path, adminPrefix)
	post := r.Method == http.MethodPost
	if !post && r.Method != http.MethodGet {
		return nil, &adminError{http.StatusMethodNotAllowed, "GET or POST"}
	}
	if post {
		if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != "application/json" {
			return nil, &adminError{http.StatusUnsupportedMediaType, "a POST needs Content-Type application/json"}
		}
	}
	id := r.URL.Query().Get("world")
	if id == "" {
		id = s.homeID()
	}
	switch {
	case what == "scripts" && post, what == "faults" && post:
		return s.adminPlan(r, id)
	case what == "clock" && post:
		return s.adminSetClock(r)
	case what == "reset" && post:
		if id == "*" {
			s.Reset()
		} else {
			s.reset(id)
		}
		return map[string]bool{"ok": true}, nil
	case post:
		return nil, &adminError{http.StatusNotFound, "POST to scripts, faults, clock or reset"}
	case what == "calls":
		return s.adminCalls(r, id), nil
	case what == "scripts":
		return s.world(id).adminScripts(), nil
	case what == "faults":
		return s.world(id).adminFaults(), nil
	case what == "leftovers":
		return append([]string{}, s.world(id).leftovers()...), nil
	case what == "worlds":
		ids := []string{}
		for _, w := range s.allWorlds() {
			ids = append(ids, w.accessKeyID)
		}
		return ids, nil
	case what == "clock":
		return s.adminClock(), nil
	}
	return nil, &adminError{http.StatusNotFound, "calls, scripts, faults, leftovers, worlds, clock"}
}

func (s *Service) adminPlan(r *http.Request, id string) (any, *adminError) {
	var p plan
	if err := decodeStrictly(io.LimitReader(r.Body, MaxBodySize), &p); err != nil {
		return nil, &adminError{http.StatusBadRequest, err.Error()}
	}
	apply, err := p.compile()
	if err != nil {
		return nil, &adminError{http.StatusBadRequest, err.Error()}
	}
	apply(s.world(id))
	return map[string]bool{"ok": true}, nil
}

func (s *Service) adminSetClock(r *http.Request) (any, *adminError) {
	var to struct {
		Mode    string    `json:"mode"`
		Factor  *float64  `json:"factor"`
		Advance *duration `json:"advance"`
	}
	if err := decodeStrictly(io.LimitReader(r.Body, MaxBodySize), &to); err != nil {
		return nil, &adminError{http.StatusBadRequest, err.Error()}
	}
	if (to.Mode == "times") != (to.Factor != nil) || to.Factor != nil && (*to.Factor < 0 || *to.Factor > 1e6) {
		return nil, &adminError{http.StatusBadRequest, "mode times, and no other, has a factor from 0 to 1000000"}
	}
	switch to.Mode {
	case "":
	case "real":
		s.SetClockSpeed(1)
	case "manual":
		s.SetClockSpeed(0)
	case "times":
		s.SetClockSpeed(*to.Factor)
	default:
		return nil, &adminError{http.StatusBadRequest, "the mode is real, times or manual"}
	}
	if to.Advance != nil {
		s.Advance(time.Duration(*to.Advance))
	}
	return s.adminClock(), nil
}

func (s *Service) adminClock() any {
	s.clock.mu.Lock()
	speed := s.clock.speed
	if !s.clock.moved {
		speed = 1
	}
	s.clock.mu.Unlock()
	return map[string]any{"now": s.Now().Format(time.RFC3339Nano), "speed": speed}
}

// callReport is a Call for the admin interface.
type callReport struct {
	Seq         int       `json:"seq"`
	Time        time.Time `json:"time"`
	Operation   Operation `json:"operation"`
	Attempt     int       `json:"attempt,omitempty"`
	MaxAttempts int       `json:"maxAttempts,omitempty"`
	Body        string    `json:"body"`
	Signature   string    `json:"signature"`
	Fault       string    `json:"fault,omitempty"`
	Committed   bool      `json:"committed"`
	Status      int       `json:"status,omitempty"`
	Error       string    `json:"error,omitempty"`
	Note        string    `json:"note,omitempty"`
	TaskID      string    `json:"taskId,omitempty"`
	Tasks       int       `json:"tasks,omitempty"`
	Finished    bool      `json:"finished"`
}

func (s *Service) adminCalls(r *http.Request, id string) any {
	calls := s.World(id).Calls()
	if op := r.URL.Query().Get("operation"); op != "" {
		calls = calls.For(Operation(op))
	}
	if r.URL.Query().Get("format") == "table" {
		return calls.String()
	}
	reports := make([]callReport, len(calls))
	for i, c := range calls {
		reports[i] = callReport{
			Seq: c.Seq, Time: c.Time, Operation: c.Operation, Attempt: c.Attempt, MaxAttempts: c.MaxAttempts,
			Body: string(c.Body), Signature: c.Signature, Fault: c.Fault, Committed: c.Committed, Status: c.Status,
			Error: c.Error, Note: c.Note, TaskID: c.TaskID, Tasks: c.Tasks, Finished: c.Finished,
		}
	}
	return reports
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
		reports = append(reports, report{s.scope.String(), s.next, left})
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

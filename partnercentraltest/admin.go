package partnercentraltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const adminPrefix = "/_fake/"

// adminRoute is one request of the interface that WithAdmin opens. It speaks
// JSON; docs/fake.md describes it. A GET makes nothing.
type adminRoute struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	What   string `json:"what"`
	// Query are the parameters, Members those of the body.
	Query   []string `json:"query,omitempty"`
	Members []string `json:"members,omitempty"`

	answer func(*Service, *adminCall) (any, *adminError)
}

// adminCall is a request of the interface.
type adminCall struct {
	*http.Request
	// id is the access key id of the world that it is about.
	id string
	// w is that world; where there is none yet, one that is thrown away.
	w *world
}

func (s *Service) adminRoutes() []adminRoute {
	worldOnly := []string{"world"}
	return []adminRoute{
		{"GET", "", "this list", nil, nil, func(s *Service, _ *adminCall) (any, *adminError) { return s.adminList(), nil }},
		{"GET", "ready", "whether the server is up", nil, nil, func(*Service, *adminCall) (any, *adminError) { return "ready\n", nil }},
		{"GET", "schema", "the form of scripts, as a JSON Schema", nil, nil,
			func(*Service, *adminCall) (any, *adminError) { return ScriptSchema(), nil }},
		{"GET", "calls", "the record of the calls; format=table is for people", []string{"world", "operation", "format"}, nil,
			func(_ *Service, a *adminCall) (any, *adminError) { return a.calls() }},
		{"GET", "tasks", "the tasks, in the order of their start", worldOnly, nil,
			func(_ *Service, a *adminCall) (any, *adminError) { return append([]Task{}, a.w.tasks()...), nil }},
		{"GET", "invitations", "the invitations that were made, as they are now", worldOnly, nil,
			func(_ *Service, a *adminCall) (any, *adminError) {
				return append([]Invitation{}, a.w.allInvitations()...), nil
			}},
		{"GET", "scripts", "the scripts and how much of them was used", worldOnly, nil,
			func(_ *Service, a *adminCall) (any, *adminError) { return a.w.adminScripts(), nil }},
		{"POST", "scripts", "add scripts, faults, answers and invitations", worldOnly, planMembers[1:], (*Service).adminPlan},
		{"GET", "faults", "the faults and how often they struck", worldOnly, nil,
			func(_ *Service, a *adminCall) (any, *adminError) { return a.w.adminFaults(), nil }},
		{"POST", "faults", "the same as POST scripts", worldOnly, planMembers[1:], (*Service).adminPlan},
		{"GET", "leftovers", "what was scripted and not used", worldOnly, nil,
			func(_ *Service, a *adminCall) (any, *adminError) { return append([]string{}, a.w.leftovers()...), nil }},
		{"GET", "worlds", "the access key ids that were seen", nil, nil, (*Service).adminWorlds},
		{"GET", "clock", "the clock", nil, nil, func(s *Service, _ *adminCall) (any, *adminError) { return s.adminClock(), nil }},
		{"POST", "clock", "set the clock, or move it ahead", nil, clockMembers, (*Service).adminSetClock},
		{"POST", "reset", "empty a world, or with world=* all of them", worldOnly, nil, (*Service).adminReset},
	}
}

// adminList is the routes with their whole paths.
func (s *Service) adminList() []adminRoute {
	routes := s.adminRoutes()
	for i := range routes {
		routes[i].Path = adminPrefix + routes[i].Path
	}
	return routes
}

// serveAdmin answers a request of the interface.
func (s *Service) serveAdmin(w http.ResponseWriter, r *http.Request) {
	answer, err := s.admin(r)
	if err != nil {
		writeJSON(w, err.status, map[string]string{"error": err.text})
		return
	}
	switch answer := answer.(type) {
	case string:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, answer)
	case []byte:
		w.Header().Set("Content-Type", "application/schema+json")
		w.Write(answer)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
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
	if err := s.foreign(r); err != nil {
		return nil, err
	}
	what := strings.TrimPrefix(strings.TrimSuffix(r.URL.Path, "/")+"/", adminPrefix)
	what = strings.TrimSuffix(what, "/")
	var methods, paths []string
	for _, route := range s.adminRoutes() {
		if r.Method == route.Method {
			paths = append(paths, route.Path)
		}
		if route.Path != what {
			continue
		}
		methods = append(methods, route.Method)
		if r.Method == route.Method {
			return s.adminAnswer(&route, r)
		}
	}
	switch {
	case methods != nil:
		return nil, &adminError{http.StatusMethodNotAllowed, fmt.Sprintf("%s%s is for %s, not for %.20s", adminPrefix, what, strings.Join(methods, " and "), r.Method)}
	case paths == nil:
		return nil, &adminError{http.StatusMethodNotAllowed, "GET or POST"}
	}
	near := nearest(what, paths)
	return nil, &adminError{http.StatusNotFound, fmt.Sprintf("%s to %s: there is nothing else, GET %s lists all; did you mean %s%s?",
		r.Method, strings.Join(slices.Compact(paths), ", "), adminPrefix, adminPrefix, near)}
}

func (s *Service) adminAnswer(route *adminRoute, r *http.Request) (any, *adminError) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &adminError{http.StatusBadRequest, "the query is not one"}
	}
	for name, values := range query {
		if len(values) > 1 {
			return nil, &adminError{http.StatusBadRequest, fmt.Sprintf("the parameter %q is given twice", name)}
		}
		if !slices.Contains(route.Query, name) {
			return nil, &adminError{http.StatusBadRequest, fmt.Sprintf("%s%s has no parameter %q, but: %s", adminPrefix, route.Path, name, strings.Join(route.Query, ", "))}
		}
	}
	if route.Method == http.MethodPost {
		if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != "application/json" {
			return nil, &adminError{http.StatusUnsupportedMediaType, "a POST needs Content-Type application/json"}
		}
	}
	a := &adminCall{Request: r, id: query.Get("world")}
	if a.id == "" {
		a.id = s.homeID()
	}
	if everywhere := a.id == "*" && route.Path == "reset"; !everywhere && !worldPattern.MatchString(a.id) {
		return nil, &adminError{http.StatusBadRequest, fmt.Sprintf("a world is the access key id of an account, of letters, digits and underscores, and with * for a reset all of them; not %q", a.id)}
	}
	a.w = s.peek(a.id)
	return route.answer(s, a)
}

// worldPattern is the form of access key ids.
var worldPattern = regexp.MustCompile(`\A\w{1,128}\z`)

// foreign refuses what a web page of somebody else can make a browser send: one
// that has pointed a name of its own at this address, or that posts from afar.
func (s *Service) foreign(r *http.Request) *adminError {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	// A name without a dot is none that anybody outside can own.
	if net.ParseIP(host) == nil && strings.Contains(host, ".") && !strings.HasSuffix(host, ".localhost") && !slices.Contains(s.config.adminHosts, host) {
		return &adminError{http.StatusForbidden, fmt.Sprintf("the Host %q is none of this service's: use localhost, an IP address, or a name that the service was told of (-admin-host, WithAdmin)", r.Host)}
	}
	origin := r.Header.Get("Origin")
	if from, err := url.Parse(origin); origin != "" && (err != nil || from.Host != r.Host) {
		return &adminError{http.StatusForbidden, fmt.Sprintf("the Origin %q is another than %q", origin, r.Host)}
	}
	return nil
}

// peek returns a world, and an empty one to look at where there is none.
func (s *Service) peek(accessKeyID string) *world {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w, ok := s.worlds[accessKeyID]; ok {
		return w
	}
	return newWorld(s, accessKeyID)
}

func (s *Service) adminPlan(a *adminCall) (any, *adminError) {
	apply, err := readPlan(a.Body)
	if err != nil {
		return nil, &adminError{http.StatusBadRequest, err.Error()}
	}
	apply(s.world(a.id))
	return map[string]bool{"ok": true}, nil
}

func (s *Service) adminReset(a *adminCall) (any, *adminError) {
	body, _ := io.ReadAll(a.Body) // it is in memory
	if text := string(bytes.TrimSpace(body)); text != "" && text != "{}" {
		return nil, &adminError{http.StatusBadRequest, "a reset has no body, or an empty object"}
	}
	switch s.mu.Lock(); {
	case a.id == "*":
		s.mu.Unlock()
		s.Reset()
	case s.worlds[a.id] != nil:
		s.mu.Unlock()
		s.reset(a.id)
	default:
		s.mu.Unlock() // a world that nobody has seen is empty already
	}
	return map[string]bool{"ok": true}, nil
}

func (s *Service) adminWorlds(*adminCall) (any, *adminError) {
	ids := []string{}
	for _, w := range s.allWorlds() {
		ids = append(ids, w.accessKeyID)
	}
	return ids, nil
}

var clockMembers = []string{"mode", "factor", "advance"}

func (s *Service) adminSetClock(a *adminCall) (any, *adminError) {
	root, err := readTree(a.Body)
	if err != nil {
		return nil, &adminError{http.StatusBadRequest, err.Error()}
	}
	var found mistakes
	to, ok := root.object("", &found, clockMembers...)
	if !ok {
		return nil, &adminError{http.StatusBadRequest, found[0]}
	}
	mode, advance := to.text("mode"), to.duration("advance")
	number, isNumber := to.members["factor"].value.(json.Number)
	factor, err := number.Float64()
	switch {
	case (mode == "times") != to.has("factor") || to.has("factor") && (!isNumber || err != nil || factor < 0 || factor > 1e6):
		to.mistake("factor", "mode times, and no other, has a factor from 0 to 1000000")
	case advance < 0:
		to.mistake("advance", "it can not be negative")
	case !slices.Contains([]string{"", "real", "manual", "times"}, mode):
		to.mistake("mode", "the mode is real, times or manual, not %q", mode)
	}
	if err := found.err(); err != nil {
		return nil, &adminError{http.StatusBadRequest, err.Error()}
	}
	switch mode {
	case "real":
		s.SetClockSpeed(1)
	case "manual":
		s.SetClockSpeed(0)
	case "times":
		s.SetClockSpeed(factor)
	}
	s.Advance(advance)
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

package partnercentralevents

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// Source is the source of every event of the Selling API. Documented.
const Source = "aws.partnercentral-selling"

// Event is one event of EventBridge. Its methods may be called concurrently.
// The zero value is no event: it has no catalog and no tasks.
type Event struct {
	// The version of the envelope. Recorded events have "0", some documented
	// examples "1". Both are read alike.
	Version string

	// The id of the event, a UUID. Two events about the same change can have
	// different ids (observed), so it does not identify a duplicate.
	ID string

	// What happened. It decides the type of Detail.
	DetailType DetailType

	// Always [Source] in an event that Parse returns.
	Source string

	// The account that received the event, 12 digits.
	Account string

	// When the service sent the event. Zero if the event does not say.
	Time time.Time

	// The region, us-east-1 in all known events.
	Region string

	// ARNs of what the event is about. Empty for events of opportunities
	// (observed).
	Resources []string

	// A pointer to the type named after DetailType, such as
	// *[OpportunityCreated], or *[Unknown].
	Detail Detail

	// Detail as it came, including members that this package does not know.
	RawDetail json.RawMessage
}

// envelope is the JSON form of an event.
type envelope struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType DetailType      `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       Timestamp       `json:"time,omitzero"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Parse reads one event: the payload that EventBridge sends to a Lambda
// function, the body of an SQS message, or the SNS notification in such a body.
// A detail-type that this package does not know is no error; Detail is then an
// [*Unknown]. Every error is a [*ParseError]. What else is known to stand around
// events, such as the Records of a Lambda function behind SQS, is refused with
// what to pass instead.
func Parse(data []byte) (Event, error) {
	event, err := parse(data, "")
	if err != nil {
		return Event{}, err
	}
	return event, nil
}

// UnmarshalJSON reads what [Parse] reads. A null leaves e unchanged, as does an
// error.
func (e *Event) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	event, err := Parse(data)
	if err != nil {
		return err
	}
	*e = event
	return nil
}

// MarshalJSON writes the event as EventBridge does, so that [Parse] reads it
// again. The detail is RawDetail or, without one, Detail.
func (e Event) MarshalJSON() ([]byte, error) {
	w := envelope{
		Version: e.Version, ID: e.ID, DetailType: e.DetailType, Source: e.Source, Account: e.Account,
		Time: Timestamp{e.Time}, Region: e.Region, Resources: e.Resources, Detail: e.RawDetail,
	}
	if w.Resources == nil {
		w.Resources = []string{}
	}
	if w.Detail == nil {
		detail, err := json.Marshal(e.Detail)
		if err != nil {
			return nil, err
		}
		w.Detail = detail
	}
	return json.Marshal(w)
}

// Catalog returns the catalog that the event is about, or "" if neither its
// detail nor an ARN in it names one. The known catalogs are spelled as
// [partnercentral.CatalogAWS] and [partnercentral.CatalogSandbox], however the
// event spells them.
func (e Event) Catalog() string {
	about, _ := e.about()
	return about.Catalog
}

// Tasks returns the tasks that the event may be about, as values for
// [partnercentral.TaskWaiter.Nudge]. Each has a Kind, the Catalog, and what the
// event names, by an id or in an ARN, of OpportunityID, EngagementInvitationID
// and EngagementID. It is empty for events that no task of the account causes,
// and for those that name no object. No event names a task, or says that one
// ended. The slice is the caller's.
func (e Event) Tasks() []partnercentral.Task {
	about, kinds := e.about()
	if about == (partnercentral.Task{Catalog: about.Catalog}) {
		return nil
	}
	var tasks []partnercentral.Task
	for _, kind := range kinds {
		about.Kind = kind
		tasks = append(tasks, about)
	}
	return tasks
}

// about returns what the whole event is about, as [Detail] does.
func (e Event) about() (partnercentral.Task, []partnercentral.TaskKind) {
	if e.Detail == nil {
		return partnercentral.Task{}, nil
	}
	about, kinds := e.Detail.about(e.Account)
	about.Catalog = cmp.Or(e.Detail.catalog(), about.Catalog)
	about = filled(about, e.Resources...)
	for _, known := range [...]string{partnercentral.CatalogAWS, partnercentral.CatalogSandbox} {
		if strings.EqualFold(about.Catalog, known) {
			about.Catalog = known
		}
	}
	return about, kinds
}

// parse reads an event that stands at a path of what the caller gave.
func parse(data []byte, path string) (Event, error) {
	event, err := parseObject(data, path)
	if err != nil {
		if around := wrapped(data, path); around != nil {
			return Event{}, around
		}
	}
	return event, err
}

func parseObject(data []byte, path string) (Event, error) {
	if err := isObject(data, path); err != nil {
		return Event{}, err
	}
	if path == "" {
		var outer notification
		if err := json.Unmarshal(data, &outer); err != nil {
			return Event{}, asParseError(err, path, data, &outer)
		}
		if outer.DetailType == nil && (outer.Message != nil || outer.Type != nil) {
			return outer.event()
		}
	}
	var w envelope
	if err := json.Unmarshal(data, &w); err != nil {
		return Event{}, asParseError(err, path, data, &w)
	}
	return w.event(path)
}

func (w *envelope) event(path string) (Event, error) {
	switch {
	case w.Source == "":
		return Event{}, &ParseError{Member: member(path, "source"), Problem: "is missing: what EventBridge delivers has source, detail-type and detail"}
	case w.Source != Source:
		return Event{}, &ParseError{Member: member(path, "source"), Problem: fmt.Sprintf("should be %q and is %s", Source, quoted(w.Source))}
	case w.DetailType == "":
		return Event{}, &ParseError{Member: member(path, "detail-type"), Problem: "is missing"}
	}
	path = member(path, "detail")
	if err := isObject(w.Detail, path); err != nil {
		return Event{}, err
	}
	detail := newDetail(w.DetailType)
	if err := json.Unmarshal(w.Detail, detail); err != nil {
		return Event{}, asParseError(err, path, w.Detail, detail)
	}
	return Event{
		Version: w.Version, ID: w.ID, DetailType: w.DetailType, Source: w.Source, Account: w.Account,
		Time: w.Time.Time, Region: w.Region, Resources: w.Resources, Detail: detail, RawDetail: w.Detail,
	}, nil
}

// ParseError says which member of an event could not be read. Parsing the same
// bytes again fails again: a consumer should set the message aside.
type ParseError struct {
	// The path of the member, such as detail.opportunity.identifier. A path
	// inside an SNS notification begins with Message. Empty if the whole is no
	// JSON object.
	Member string

	// What is wrong with it.
	Problem string
}

func (e *ParseError) Error() string {
	if e.Member == "" {
		return "partnercentralevents: event " + e.Problem
	}
	return "partnercentralevents: " + e.Member + " " + e.Problem
}

// isObject returns an error unless data is one JSON object.
func isObject(data []byte, path string) error {
	if len(data) == 0 {
		return &ParseError{Member: path, Problem: "is missing"}
	}
	var object map[string]json.RawMessage
	err := json.Unmarshal(data, &object)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return &ParseError{Member: path, Problem: fmt.Sprintf("is no JSON: %s at byte %d", syntax.Error(), syntax.Offset)}
	case err != nil || object == nil:
		return &ParseError{Member: path, Problem: "should be a JSON object and is " + kindOf(data)}
	}
	return nil
}

// kindOf names a JSON value that is no object.
func kindOf(data []byte) string {
	var value any
	_ = json.Unmarshal(data, &value) // it was read before
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case []any:
		return "a list"
	case bool:
		return "a boolean"
	}
	return "a number"
}

// asParseError says what went wrong when data was read into a struct.
func asParseError(err error, path string, data []byte, into any) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		// encoding/json counts an embedded struct as a part of the path.
		field := strings.TrimPrefix(wrong.Field, "Header.")
		if wrong.Type == timestampType {
			field = wrongTime(data, reflect.TypeOf(into).Elem())
		}
		return &ParseError{Member: member(path, field), Problem: fmt.Sprintf("should be %s and is %s", wanted(wrong), wrong.Value)}
	}
	return &ParseError{Member: path, Problem: "cannot be read: " + err.Error()}
}

// wrongTime returns the path of the first member that is no time and should be
// one. Not every version of encoding/json tells where an UnmarshalJSON has failed.
func wrongTime(data []byte, into reflect.Type) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return ""
	}
	for i := range into.NumField() {
		field := into.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for spelled, raw := range members {
			if !strings.EqualFold(spelled, name) {
				continue
			}
			if field.Type == timestampType {
				if json.Unmarshal(raw, new(Timestamp)) != nil {
					return name
				}
			} else if field.Type.Kind() == reflect.Struct {
				if inner := wrongTime(raw, field.Type); inner != "" {
					return member(name, inner)
				}
			}
		}
	}
	return ""
}

// wanted names the JSON type that a member should have had.
func wanted(wrong *json.UnmarshalTypeError) string {
	switch {
	case wrong.Type == timestampType:
		return "an RFC 3339 time with a zone, such as 2026-08-01T12:00:05Z,"
	case wrong.Type.Kind() == reflect.Slice:
		return "a list"
	case wrong.Type.Kind() == reflect.Struct:
		return "an object"
	}
	return "a string"
}

func member(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// quoted quotes the beginning of a text that came from outside.
func quoted(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%.64q…", s)
	}
	return fmt.Sprintf("%q", s)
}

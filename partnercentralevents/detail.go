package partnercentralevents

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// Detail is the detail of an event: a pointer to one of the types of this
// package that are named after a [DetailType], or an [*Unknown].
type Detail interface {
	// catalog returns the catalog as the event spells it.
	catalog() string

	// about returns the objects that the event names, as a task without Kind,
	// and the kinds of task of the account that cause such an event. The account
	// is the one that got it, or "".
	about(account string) (partnercentral.Task, []partnercentral.TaskKind)
}

// Header holds the members that details have in common.
type Header struct {
	// The catalog, AWS or Sandbox. Documented.
	Catalog string `json:"catalog,omitempty"`

	// The version of the detail. Documented for events of opportunities,
	// observed for invitations ("1.0") and snapshots ("1"). Both forms are read
	// alike.
	SchemaVersion string `json:"schemaVersion,omitempty"`
}

func (h *Header) catalog() string { return h.Catalog }

// Undocumented is the detail of an event whose payload AWS does not document.
type Undocumented struct {
	// The catalog. Documented only as what rules can filter by.
	Catalog string

	// The whole detail, a JSON object.
	Raw json.RawMessage
}

// UnmarshalJSON keeps the whole detail in Raw.
func (u *Undocumented) UnmarshalJSON(data []byte) error {
	var h Header
	// Nothing is known of these details, so no type of a member is wrong.
	_ = json.Unmarshal(data, &h)
	u.Catalog = h.Catalog
	u.Raw = append(json.RawMessage(nil), data...)
	return nil
}

// MarshalJSON writes Raw or, without one, the catalog.
func (u Undocumented) MarshalJSON() ([]byte, error) {
	if u.Raw != nil {
		return u.Raw, nil
	}
	return json.Marshal(Header{Catalog: u.Catalog})
}

func (u *Undocumented) catalog() string { return u.Catalog }

func (*Undocumented) about(string) (partnercentral.Task, []partnercentral.TaskKind) {
	return partnercentral.Task{}, nil
}

// Unknown is the detail of an event whose detail-type this package does not
// know.
type Unknown struct{ Undocumented }

// Timestamp is a time in an event. The zero value is no time.
type Timestamp struct{ time.Time }

var timestampType = reflect.TypeFor[Timestamp]()

// UnmarshalJSON reads an RFC 3339 time with any number of fraction digits. A
// null leaves t unchanged.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	if err := t.Time.UnmarshalJSON(data); err != nil {
		// encoding/json adds the member's name to errors of this type alone.
		return &json.UnmarshalTypeError{Value: quoted(strings.Trim(string(data), `"`)), Type: timestampType}
	}
	return nil
}

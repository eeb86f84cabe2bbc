package partnercentral

import (
	"encoding/json"
	"hash/crc32"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
	"github.com/cosell-dev/partnercentral-go/internal/waiting"
)

// Durations is what a [TaskWaiter] has learned of how long tasks take, for each
// kind and catalog. [TaskWaiter.Durations] returns it and
// [TaskWaiterOptions.Durations] takes it, in the same process or, as JSON, in a
// later one: a waiter that starts with it polls when tasks are likely to end from
// the first one on.
//
// It is of a few kilobytes at most, names no task, and does not change. The zero
// value is that of a waiter that has learned nothing.
type Durations struct {
	learned []waiting.Learned
}

const (
	// maxDurations bounds what is read: a list takes up to 1 KiB.
	maxDurations = 256 << 10

	// maxName bounds the names of kinds and catalogs.
	maxName = 256
)

// durationsJSON is the JSON of Durations.
type durationsJSON struct {
	Version int
	Lists   []waiting.Learned `json:",omitempty"`
	Check   uint32            // what tells a damaged value
}

// check returns the check sum of the lists. It is that of their JSON as it is
// encoded here, so that nothing depends on how others write or order it.
func check(lists []waiting.Learned) (uint32, error) {
	b, err := json.Marshal(lists)
	return crc32.ChecksumIEEE(b), err
}

// MarshalJSON returns the value as JSON. What that contains depends on the
// version of this package and is for UnmarshalJSON alone. The error is always
// nil.
func (d Durations) MarshalJSON() ([]byte, error) {
	sum, err := check(d.learned)
	if err != nil {
		return nil, err
	}
	return json.Marshal(durationsJSON{Version: poll.RecordVersion, Lists: d.learned, Check: sum})
}

// UnmarshalJSON reads what MarshalJSON has returned. The error is always nil:
// anything else, as well as the value of another version, becomes the zero value,
// since all that is lost with it is learned again. (What is no JSON at all is an
// error of json.Unmarshal, which leaves the zero value as it is.)
func (d *Durations) UnmarshalJSON(data []byte) error {
	*d = Durations{}
	var in durationsJSON
	if len(data) > maxDurations || json.Unmarshal(data, &in) != nil || in.Version != poll.RecordVersion {
		return nil
	}
	if sum, err := check(in.Lists); err != nil || sum != in.Check {
		return nil
	}
	for _, l := range in.Lists {
		if l.Kind == "" || len(l.Kind) > maxName || l.Catalog == "" || len(l.Catalog) > maxName || !l.Valid() {
			return nil
		}
	}
	d.learned = in.Lists
	return nil
}

// Durations returns what the waiter has learned so far of how long tasks take,
// including what it was given. It is safe for concurrent use.
func (w *TaskWaiter) Durations() Durations {
	if w == nil || w.engine == nil {
		return Durations{}
	}
	return Durations{w.engine.Durations()}
}

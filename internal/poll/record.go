package poll

import (
	"math"
	"slices"
)

// RecordVersion is the version of Record: another one has other bins.
const RecordVersion = 1

// Record is what was learned of durations, in numbers that can be kept: by bins
// of the age, the youngest first. Bins without anything at the end are left out.
type Record struct {
	Ends    []float64 // tasks seen to end
	Seconds []float64 // for which tasks were watched
}

// Record returns what was learned.
func (d *Durations) Record() Record {
	d.Learn()
	return Record{Ends: shorten(d.ends[:]), Seconds: shorten(d.exposure[:])}
}

// shorten rounds to thousandths and leaves zeros at the end out.
func shorten(all []float64) (short []float64) {
	n := 0
	for i, x := range all {
		short = append(short, math.Round(x*1000)/1000)
		if short[i] > 0 {
			n = i + 1
		}
	}
	return slices.Clip(short[:n])
}

// Empty reports whether nothing was learned.
func (r Record) Empty() bool { return len(r.Ends) == 0 && len(r.Seconds) == 0 }

// Valid reports whether the record may be one of Durations.Record. What is learned from
// a valid one moves polls no further than Shortest and MaxDelay allow.
func (r Record) Valid() bool {
	if len(r.Ends) > bins || len(r.Seconds) > bins {
		return false
	}
	total := 0.0
	for _, n := range r.Ends {
		if !(n >= 0) {
			return false
		}
		total += n
	}
	for i, s := range r.Seconds {
		if !(s >= 0 && s <= memory*(edge(i+1)-edge(i))+1) {
			return false
		}
	}
	return total <= memory+1
}

// Restore returns the state in which the record was made. It is that of
// NewDurations if the record is not valid.
func Restore(r Record) *Durations {
	d := NewDurations()
	if r.Valid() {
		copy(d.ends[:], r.Ends)
		copy(d.exposure[:], r.Seconds)
		d.update()
	}
	return d
}

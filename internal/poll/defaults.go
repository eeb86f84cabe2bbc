package poll

import "time"

// The defaults of the library.
const (
	// DefaultPerSecond is half of the documented read quota of an account.
	DefaultPerSecond = 5
	// DefaultPerDay is half of the documented daily read quota.
	DefaultPerDay = 50_000
	// DefaultCalls is the most calls by id of one round.
	DefaultCalls = 10
)

// Defaults returns the library's settings of a lane.
func Defaults() Settings {
	return Settings{
		Limits:   Limits{IDs: 10, Page: 1000},
		Price:    560 * time.Millisecond,
		Shortest: 1750 * time.Millisecond,
		MaxDelay: 30 * time.Second,
	}
}

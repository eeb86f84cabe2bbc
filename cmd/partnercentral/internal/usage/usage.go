// Package usage has the error for what a person typed wrongly.
package usage

import "fmt"

// Mistake is one sentence: what was wrong, with what, and what to type instead.
type Mistake struct{ sentence string }

// Errorf returns a Mistake.
func Errorf(format string, args ...any) *Mistake {
	return &Mistake{fmt.Sprintf(format, args...)}
}

func (m *Mistake) Error() string { return m.sentence }

// Package results keeps the file with what became of the rows of a bulk run. One
// process at a time writes to it, whole lines only, and to no file that is not
// its own: a kill at any moment leaves a file that the next run goes on with.
package results

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
)

// Origin is where results come from. A file has results of one only.
type Origin struct {
	Demo    bool
	Catalog string
	Account string // "" when not known
	Service string
}

// Result is a line of the file.
type Result struct {
	sheet.Identity
	sheet.Values
	report.Record

	// Refused says that the row itself is wrong. What the file has of a task under
	// the same name is not about it.
	Refused bool
}

// Final reports whether a state stands: the next run does not do the row again.
func Final(s report.Status) bool { return s == report.Complete || s == report.Failed }

// MayRun reports whether the service may work on a task in a state.
func MayRun(s report.Status) bool { return !Final(s) && s != report.NotStarted }

// After returns what is known of a row after r was found out, with what was known
// of it before: a run that does not get at a task does not undo it.
func (r Result) After(before Result) Result {
	vague := MayRun(r.Status) && r.Status != report.InProgress && before.Status == report.InProgress
	if r.Refused || !vague && r.Status != report.NotStarted {
		return r
	}
	before.Line = r.Line
	switch {
	case Final(before.Status):
		return before
	case r.Interrupted:
		before.Error = "interrupted before its end was seen"
	default:
		before.Error = r.Error
	}
	before.Interrupted = r.Interrupted
	return before
}

// File is an open results file. It is safe for concurrent use.
type File struct {
	path   string
	origin Origin

	mu   sync.Mutex // of what follows
	lock *lock
	file *os.File
	size int64

	lines []line
	at    map[sheet.Identity]int // in lines, of rows that are not refused
	stale bool                   // the file has lines that later ones replace
}

// line is one of the file. Its text is what takes least memory.
type line struct {
	id      sheet.Identity
	status  report.Status
	refused bool
	text    string
}

// Open opens the file for writing, or makes it, and takes its lock. Lines of rows
// that were not started are dropped. All others stay until there is a newer one of
// the same row. The error is a mistake where the file is not one for these results.
func Open(path string, origin Origin) (f *File, err error) {
	// One file has one lock, whatever it is called.
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	held, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			held.release()
		}
	}()
	content, mode, err := read(path)
	if err != nil {
		return nil, err
	}
	lines, err := parse(path, content, origin)
	if err != nil {
		return nil, err
	}
	f = &File{path: path, origin: origin, lock: held, at: map[sheet.Identity]int{}}
	for _, l := range lines {
		if l.status != report.NotStarted {
			f.put(l)
		}
	}
	whole := f.whole()
	if string(whole) != string(content) {
		if err := replace(path, whole, mode); err != nil {
			return nil, err
		}
	}
	f.size, f.stale = int64(len(whole)), false
	f.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	return f, err
}

// put takes a line, in the place of the one before of the same row.
func (f *File) put(l line) {
	i, ok := f.at[l.id]
	switch {
	case l.refused:
		f.lines = append(f.lines, l)
	case ok:
		f.lines[i], f.stale = l, true
	default:
		f.at[l.id] = len(f.lines)
		f.lines = append(f.lines, l)
	}
}

// whole returns the content of the file without lines that were replaced.
func (f *File) whole() []byte {
	size := 0
	for _, l := range f.lines {
		size += len(l.text)
	}
	whole := make([]byte, 0, size+1<<10)
	whole = appendLine(whole, header(f.origin.Demo))
	for _, l := range f.lines {
		whole = append(whole, l.text...)
	}
	return whole
}

// Line returns the line of a row.
func (f *File) Line(id sheet.Identity) (r Result, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, ok := f.at[id]
	if ok {
		r, _, ok = parseLine(strings.TrimSuffix(f.lines[i].text, "\n"), columnsOf(header(f.origin.Demo)))
	}
	return r, ok
}

// Statuses returns the state of each row that has a line.
func (f *File) Statuses() map[sheet.Identity]report.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make(map[sheet.Identity]report.Status, len(f.at))
	for id, i := range f.at {
		all[id] = f.lines[i].status
	}
	return all
}

// LostError says why the file cannot be written any more, as the end of a sentence
// that begins with its name, and what to do before the next run.
type LostError struct{ What, Do string }

func (e *LostError) Error() string { return "the results file " + e.What + ": " + e.Do }

// Write adds lines, all of them or none.
func (f *File) Write(all ...Result) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.intact(); err != nil {
		return err
	}
	var text []byte
	lines := make([]line, len(all))
	for i := range all {
		lines[i] = newLine(&all[i], f.origin)
		text = append(text, lines[i].text...)
	}
	if _, err := f.file.Write(text); err != nil {
		// Half a line would be glued to the next one. Should this fail as well, the
		// next run drops it.
		_ = f.file.Truncate(f.size)
		return cannot(err)
	}
	f.size += int64(len(text))
	for _, l := range lines {
		f.put(l)
	}
	return nil
}

func cannot(err error) error {
	return &LostError{fmt.Sprintf("cannot be written any more (%s)", plain.Sentence(err)), "remove the cause"}
}

// intact makes sure that nobody else writes the file.
func (f *File) intact() error {
	if err := f.lock.hold(); err != nil {
		return err
	}
	mine, err := f.file.Stat()
	if err != nil {
		return cannot(err)
	}
	there, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &LostError{"was removed while it was written", "put it back if you have it"}
	case err != nil:
		return cannot(err)
	case !os.SameFile(mine, there):
		return &LostError{"was replaced by another file while it was written", "put it back, or remove the other one"}
	case mine.Size() != f.size:
		return &LostError{"was changed by another program while it was written", "undo that change"}
	}
	return nil
}

// Close makes the lines last and lets others at the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.lock.release()
	lost := f.intact()
	info, err := f.file.Stat()
	if err = errors.Join(err, f.file.Sync(), f.file.Close()); lost == nil && err != nil {
		lost = cannot(err)
	}
	if lost == nil && f.stale {
		// Should it fail, the last line of a row counts.
		_ = replace(f.path, f.whole(), info.Mode().Perm())
	}
	return lost
}

// timeText is how the file has times.
func timeText(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

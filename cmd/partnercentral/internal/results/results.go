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
	"slices"
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

// Final reports whether the line stands: the next run does not do the row again.
func (r *Result) Final() bool { return r.Status == report.Complete || r.Status == report.Failed }

// MayRun reports whether the service may work on the task.
func (r *Result) MayRun() bool { return !r.Final() && r.Status != report.NotStarted }

// After returns what is known of a row after r was found out, with what was known
// of it before: a run that does not get at a task does not undo it.
func (r Result) After(before Result) Result {
	vague := r.MayRun() && r.Status != report.InProgress && before.Status == report.InProgress
	if r.Refused || !vague && r.Status != report.NotStarted {
		return r
	}
	before.Line = r.Line
	switch {
	case before.Final():
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

	lines []Result
	at    map[sheet.Identity]int // in lines, of rows that are not refused
	stale bool                   // the file has lines that later ones replace
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
	for _, r := range lines {
		if r.Status != report.NotStarted {
			f.put(r)
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
func (f *File) put(r Result) {
	i, ok := f.at[r.Identity]
	switch {
	case r.Refused:
		f.lines = append(f.lines, r)
	case ok:
		f.lines[i], f.stale = r, true
	default:
		f.at[r.Identity] = len(f.lines)
		f.lines = append(f.lines, r)
	}
}

// whole returns the content of the file without lines that were replaced.
func (f *File) whole() []byte {
	whole := encode(header(f.origin.Demo))
	for _, r := range f.lines {
		whole = append(whole, encode(fields(r, f.origin))...)
	}
	return whole
}

// Line returns the line of a row.
func (f *File) Line(id sheet.Identity) (Result, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, ok := f.at[id]
	if !ok {
		return Result{}, false
	}
	return f.lines[i], true
}

// Lines returns all lines.
func (f *File) Lines() []Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.lines)
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
	var lines []byte
	for _, r := range all {
		lines = append(lines, encode(fields(r, f.origin))...)
	}
	if _, err := f.file.Write(lines); err != nil {
		// Half a line would be glued to the next one. Should this fail as well, the
		// next run drops it.
		_ = f.file.Truncate(f.size)
		return cannot(err)
	}
	f.size += int64(len(lines))
	for _, r := range all {
		f.put(r)
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

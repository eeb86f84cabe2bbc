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
	"time"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
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
	report.Record
}

// final reports whether the line stands: the next run does not do the row again.
func (r *Result) final() bool { return r.Status == report.Complete || r.Status == report.Failed }

// File is an open results file. It is not safe for concurrent use.
type File struct {
	path   string
	origin Origin
	lock   *lock
	file   *os.File
	size   int64
	done   map[sheet.Identity]report.Status
}

// Open opens the file for writing, or makes it, and takes its lock. Lines that
// do not stand are dropped: their rows get new ones. So are, with again, those of
// tasks that failed. The error is a mistake where the file is not one for these
// results.
func Open(path string, origin Origin, again bool) (f *File, err error) {
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
	lines = slices.DeleteFunc(lines, func(r Result) bool {
		return !r.final() || again && r.Status == report.Failed
	})
	f = &File{path: path, origin: origin, lock: held, done: map[sheet.Identity]report.Status{}}
	whole := encode(header(origin.Demo))
	for _, r := range lines {
		f.done[r.Identity] = r.Status
		whole = append(whole, encode(fields(r, origin))...)
	}
	if string(whole) != string(content) {
		if err := replace(path, whole, mode); err != nil {
			return nil, err
		}
	}
	f.size = int64(len(whole))
	f.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	return f, err
}

// read returns the content of the file, and with which mode to write it anew.
func read(path string) (content []byte, mode fs.FileMode, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0o644, nil
	case err != nil:
		return nil, 0, err
	case !info.Mode().IsRegular():
		return nil, 0, usage.Errorf("%s is not a file that results can be written to: name another with --results", path)
	}
	content, err = os.ReadFile(path)
	return content, info.Mode().Perm(), err
}

// replace puts a file with this content in the place of the old one, at once.
func replace(path string, content []byte, mode fs.FileMode) (err error) {
	// Under the lock nobody else writes it. A kill may have left one.
	temporary := path + ".partnercentral-new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return os.Rename(temporary, path)
}

// Status returns the state that a row ended with in this or an earlier run.
func (f *File) Status(id sheet.Identity) (report.Status, bool) {
	status, ok := f.done[id]
	return status, ok
}

// Write adds lines, all of them or none.
func (f *File) Write(all ...Result) error {
	mine, err := f.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(f.path)
	switch {
	case err != nil || !os.SameFile(mine, there):
		return fmt.Errorf("%s was removed or replaced while it was written", f.path)
	case mine.Size() != f.size:
		return fmt.Errorf("%s was changed by another program while it was written", f.path)
	}
	var lines []byte
	for _, r := range all {
		lines = append(lines, encode(fields(r, f.origin))...)
	}
	if _, err := f.file.Write(lines); err != nil {
		// Half a line would be glued to the next one.
		return errors.Join(err, f.file.Truncate(f.size))
	}
	f.size += int64(len(lines))
	for _, r := range all {
		if r.final() {
			f.done[r.Identity] = r.Status
		}
	}
	return nil
}

// Close makes the lines last and lets others at the file.
func (f *File) Close() error {
	err := errors.Join(f.file.Sync(), f.file.Close())
	f.lock.release()
	return err
}

// timeText is how the file has times.
func timeText(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

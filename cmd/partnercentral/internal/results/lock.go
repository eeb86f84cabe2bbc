package results

import (
	"errors"
	"io/fs"
	"os"

	"github.com/gofrs/flock"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// lock keeps other processes from a results file. It is held on a file beside
// it, since the results file itself is replaced now and then. The system gives
// it up when the process ends, however that comes.
type lock struct {
	file *flock.Flock
	path string // of the results
}

func takeLock(path string) (*lock, error) {
	name := path + ".lock"
	for {
		file := flock.New(name)
		ok, err := file.TryLock()
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, usage.Errorf("another run is writing %s: wait for its end, or name another file with --results", path)
		}
		mine, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if mine.Size() > 0 {
			return nil, errors.Join(usage.Errorf("%s is not a lock of this program: rename it, or name another file with --results", name), file.Close())
		}
		there, err := os.Stat(name)
		if err == nil && os.SameFile(mine, there) {
			return &lock{file, path}, nil
		}
		// The one before has removed it between the two steps of TryLock.
		if err := file.Close(); err != nil {
			return nil, err
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
}

// hold takes the lock anew if somebody has removed its file, which others would
// take for none. The error is that of a results file that is lost to another run.
func (l *lock) hold() error {
	mine, err := l.file.Stat()
	if err != nil {
		return cannot(err)
	}
	there, err := os.Stat(l.file.Path())
	if err == nil && os.SameFile(mine, there) {
		return nil
	}
	again, err := takeLock(l.path)
	var mistake *usage.Mistake
	switch {
	case errors.As(err, &mistake):
		return &LostError{"is no longer locked, since " + l.file.Path() + " was removed", "wait for the end of other runs that write it"}
	case err != nil:
		return cannot(err)
	}
	_ = l.file.Close() // nobody can see it any more
	l.file = again.file
	return nil
}

// release gives the lock up. Its file goes first, while nobody else can have it.
func (l *lock) release() {
	mine, err := l.file.Stat()
	there, err2 := os.Stat(l.file.Path())
	if err == nil && err2 == nil && os.SameFile(mine, there) {
		// Where an open file cannot be removed it stays, which does no harm.
		_ = os.Remove(l.file.Path())
	}
	_ = l.file.Close() // ends the lock even with an error
}

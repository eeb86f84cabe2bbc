package results

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// read returns the content of the file, and with which mode to write it anew.
func read(path string) (content []byte, mode fs.FileMode, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(path); err == nil {
			return nil, 0, usage.Errorf("%s is a link to a file that is not there: name another with --results", path)
		}
		return nil, 0o644, nil
	case err != nil:
		return nil, 0, err
	case !info.Mode().IsRegular():
		return nil, 0, usage.Errorf("%s is not a file that results can be written to: name another with --results", path)
	}
	// What cannot be written is not replaced either.
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, 0, err
	}
	if err := file.Close(); err != nil {
		return nil, 0, err
	}
	content, err = os.ReadFile(path)
	return content, info.Mode().Perm(), err
}

// replace puts a file with this content in the place of the old one, at once.
func replace(path string, content []byte, mode fs.FileMode) (err error) {
	file, err := temporary(path, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// temporary makes a file beside another, under a name that nothing has.
func temporary(path string, mode fs.FileMode) (file *os.File, err error) {
	for range 100 {
		name := path + "." + strconv.FormatUint(rand.Uint64(), 36) + ".new"
		file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return file, err
}

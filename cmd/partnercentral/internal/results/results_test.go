package results

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

var origin = Origin{Catalog: "AWS", Account: "123456789012", Service: "https://example.com"}

func result(id string, status report.Status) Result {
	at := time.Date(2026, 11, 28, 7, 30, 0, 0, time.UTC)
	return Result{
		Identity: sheet.Identity{ID: id, Key: ` a  "key", with blanks`},
		Record:   report.Record{Status: status, Kind: "submit", Task: "task-" + id, Started: &at, Line: 7, Message: "one\ntwo, \x1b\"three\""},
	}
}

func open(t *testing.T, path string, o Origin, again bool) *File {
	t.Helper()
	f, err := Open(path, o, again)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Cut anywhere, a file is one that the next run goes on with.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin, false)
	for _, id := range []string{"O1", "O2", "O3"} {
		if err := f.Write(result(id, report.Complete)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	head := strings.Index(string(whole), "\n") + 1
	for n := head; n <= len(whole); n++ {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		f := open(t, path, origin, false)
		want := strings.Count(string(whole[:n]), "\n") - 1
		if len(f.done) != want {
			t.Fatalf("%d results of %d bytes, want %d", len(f.done), n, want)
		}
		for _, id := range []string{"O1", "O2", "O3"} {
			r := result(id, report.Complete)
			if _, ok := f.Status(r.Identity); ok {
				continue
			}
			if err := f.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if again, _ := os.ReadFile(path); string(again) != string(whole) {
			t.Fatalf("cut at %d:\n%s\nwant\n%s", n, again, whole)
		}
	}
}

// Lines that do not stand make room for new ones.
func TestWhatStands(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin, false)
	for id, status := range map[string]report.Status{
		"O1": report.Complete, "O2": report.Failed, "O3": report.NotStarted, "O4": report.InProgress, "O5": report.MaybeStarted, "O6": report.Unknown,
	} {
		if err := f.Write(result(id, status)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		again bool
		want  int
	}{{false, 2}, {true, 1}} {
		f := open(t, path, origin, c.again)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(path); len(f.done) != c.want || strings.Count(string(b), "\n") != c.want+1 {
			t.Errorf("%v: %v\n%s", c.again, f.done, b)
		}
	}
}

func TestAnotherOrigin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin, false)
	if err := f.Write(result("O1", report.Complete)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	for _, c := range []struct {
		change func(*Origin)
		want   string
	}{
		{func(o *Origin) { o.Demo = true }, "has real results"},
		{func(o *Origin) { o.Catalog = "Sandbox" }, "has results of the AWS catalog"},
		{func(o *Origin) { o.Account = "210987654321" }, "has results of account 123456789012"},
		{func(o *Origin) { o.Service = "http://localhost" }, "has results of https://example.com"},
	} {
		other := origin
		c.change(&other)
		_, err := Open(path, other, false)
		var mistake *usage.Mistake
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("a refused file was changed")
	}
	// The refusals have given up the lock, and an account that is not known is no other.
	unknown := origin
	unknown.Account = ""
	if err := open(t, path, unknown, false).Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever name the file has, it has one lock, and what is not its own is not
// written to.
func TestOthersAtTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "r.csv"), filepath.Join(dir, "link.csv")
	f := open(t, path, origin, false)
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if _, err := Open(link, origin, false); err == nil || !strings.Contains(err.Error(), "another run is writing") {
		t.Errorf("%v", err)
	}
	if err := f.Write(result("O1", report.Complete)); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(b, "a note\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(result("O2", report.Complete)); err == nil || !strings.Contains(err.Error(), "changed by another program") {
		t.Errorf("%v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(result("O2", report.Complete)); err == nil || !strings.Contains(err.Error(), "removed or replaced") {
		t.Errorf("%v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.lock")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if _, err := Open(link, origin, false); err != nil {
		t.Errorf("%v after the end of the other", err)
	}
}

// A file that has the name of the lock is left alone.
func TestAFileWithTheNameOfTheLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	if err := os.WriteFile(path+".lock", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, origin, false)
	var mistake *usage.Mistake
	if !errors.As(err, &mistake) || !strings.Contains(err.Error(), "is not a lock of this program") {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(path + ".lock"); string(b) != "mine" {
		t.Errorf("%q", b)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(strings.Join(names, ",") + "\nCOMPLETE,O1,,,2,submit,task-0000001abc3de,O1,,,,,,,,AWS,123456789012,https://example.com\n"))
	f.Add([]byte("demo," + strings.Join(names, ",") + "\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		lines, err := parse("r.csv", content, origin)
		if err != nil {
			return
		}
		// What was read is written so that it is read again.
		whole := encode(header(false))
		for _, r := range lines {
			whole = append(whole, encode(fields(r, origin))...)
		}
		again, err := parse("r.csv", whole, origin)
		if err != nil || len(again) != len(lines) {
			t.Fatalf("%v: %q", err, whole)
		}
	})
}

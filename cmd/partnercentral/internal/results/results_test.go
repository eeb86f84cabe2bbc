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
		Values:   sheet.Values{Involvement: "Co-Sell", Visibility: "Full", Tags: "a=1;b=2"},
		Record:   report.Record{Status: status, Kind: "submit", Task: "task-" + id, Started: &at, Line: 7, Message: "one\ntwo, \x1b\"three\""},
	}
}

func open(t *testing.T, path string, o Origin) *File {
	t.Helper()
	f, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Cut anywhere, a file is one that the next run goes on with.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin)
	for _, id := range []string{"O1", "O2", "O3"} {
		if err := f.Write(result(id, report.Complete)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	for n := strings.Index(string(whole), "O2"); n <= len(whole); n++ {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		f := open(t, path, origin)
		// A line that has all but its end is not cut.
		want := strings.Count(string(whole[:n]), "\n") - 1
		if n < len(whole) && whole[n] == '\n' {
			want++
		}
		if len(f.lines) != want {
			t.Fatalf("%d results of %d bytes, want %d", len(f.lines), n, want)
		}
		for _, id := range []string{"O1", "O2", "O3"} {
			r := result(id, report.Complete)
			if _, ok := f.Line(r.Identity); ok {
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

// Only lines of rows that were not started make room.
func TestWhatStands(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin)
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
	f = open(t, path, origin)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); len(f.lines) != 5 || strings.Count(string(b), "\n") != 6 || strings.Contains(string(b), "NOT_STARTED") {
		t.Errorf("%v\n%s", f.lines, b)
	}
}

// A run that does not get at a task does not undo what is known of it.
func TestWhatIsKnownStays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, after, want report.Status }{
		{report.InProgress, report.NotStarted, report.InProgress},
		{report.InProgress, report.MaybeStarted, report.InProgress},
		{report.InProgress, report.Unknown, report.InProgress},
		{report.InProgress, report.Failed, report.Failed},
		{report.MaybeStarted, report.NotStarted, report.MaybeStarted},
		{report.MaybeStarted, report.InProgress, report.InProgress},
		{report.Unknown, report.NotStarted, report.Unknown},
		{report.Failed, report.NotStarted, report.Failed},
		{report.Failed, report.MaybeStarted, report.MaybeStarted},
		{report.Failed, report.InProgress, report.InProgress},
	} {
		got := result("O1", c.after).After(result("O1", c.before))
		if got.Status != c.want {
			t.Errorf("%s after %s is %s, want %s", c.after, c.before, got.Status, c.want)
		}
	}
	refused := result("O1", report.NotStarted)
	refused.Refused = true
	if got := refused.After(result("O1", report.Complete)); got.Status != report.NotStarted {
		t.Errorf("the line of a wrong row is %s", got.Status)
	}
}

// Of two lines of a row the last one counts, also after a kill. When a run ends, a
// row has one line. Lines of other rows, and of wrong ones, take nothing from them.
func TestTheLastLineOfARow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin)
	refused := result("O1", report.NotStarted)
	refused.Refused = true
	for _, r := range []Result{result("O1", report.InProgress), result("O2", report.InProgress), result("O1", report.Complete), refused} {
		if err := f.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	killed, _ := os.ReadFile(path)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ended, _ := os.ReadFile(path)
	if n, m := strings.Count(string(killed), "\n"), strings.Count(string(ended), "\n"); n != 5 || m != 4 {
		t.Errorf("%d lines while it is written and %d after that, want 5 and 4", n, m)
	}
	for _, content := range [][]byte{killed, ended} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f := open(t, path, origin)
		one, _ := f.Line(result("O1", "").Identity)
		other, _ := f.Line(result("O2", "").Identity)
		if one.Status != report.Complete || other.Status != report.InProgress || len(f.lines) != 2 {
			t.Errorf("%s and %s of %d lines", one.Status, other.Status, len(f.lines))
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a spreadsheet does to the form of the file, it is the same one. A
// change of what is in it is found.
func TestASpreadsheetHasSavedTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	for content, want := range map[string]string{
		"\xef\xbb\xbf" + strings.Join(names, ",") + "\r\nCOMPLETE,O1,,,2,submit,task-0000001abc3de,O1,,,,,,,,Co-Sell,Full,a=1,AWS,123456789012,https://example.com\r\n,,,\r\n\r\n": "",
		strings.Join(names, ",") + "\n\"COMPLETE\",\"O1\",,,\"2\",submit,task-0000001abc3de,O1,,,,,,,,Co-Sell,Full,a=1,AWS,123456789012,https://example.com":                       "",
		"catalog,account,service,status,id,context,key,line,kind,task,opportunity,engagement,invitation,reason,message,remedy,error,started,involvement,visibility,tags\n" +
			"AWS,123456789012,https://example.com,COMPLETE,O1,,,2,submit,task-0000001abc3de,O1,,,,,,,,Co-Sell,Full,a=1\n": "",
		strings.Join(names, ",") + "\nCOMPLETE,O1,,,2,submit,task-0000001abc3de,O1,,,,,,,,Co-Sell,Full,a=1,AWS,1.23457E+11,https://example.com\n":                                        "has results of account 1.23457E+11",
		strings.Join(names, ",") + "\nCOMPLETE,O2,,,2,submit,task-0000001abc3de,O1,,,,,,,,Co-Sell,Full,a=1,AWS,123456789012,https://example.com\n":                                       "line 2 of ",
		strings.Join(names, ",") + "\nCOMPLETE,O1,,,2,submit,task-0000001abc3de,O1,,,OpportunityValidationFailed,,complete it,,,Co-Sell,Full,a=1,AWS,123456789012,https://example.com\n": "line 2 of ",
		strings.Join(names, ",") + "\nCOMPLETE,O1,,,2,submit,,O1,,,,,,,,Co-Sell,Full,a=1,AWS,123456789012,https://example.com\n":                                                         "line 2 of ",
		strings.Join(names, ",") + "\nDONE,O1,,,2,submit,task-0000001abc3de,O1,,,,,,,,Co-Sell,Full,a=1,AWS,123456789012,https://example.com\n":                                           "line 2 of ",
		strings.Join(names, ";") + "\nCOMPLETE;O1;;;2;submit;task-0000001abc3de;O1;;;;;;;;Co-Sell;Full;a=1;AWS;123456789012;https://example.com\n":                                       "is not a results file",
		strings.Join(names, ",") + ",note\n":        "is not a results file",
		strings.Join(names[1:], ",") + ",status2\n": "is not a results file",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, origin)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v\n%s", err, content)
			continue
		}
		if r, ok := f.Line(sheet.Identity{ID: "O1"}); !ok || r.Status != report.Complete || r.Tags != "a=1" || r.Task != "task-0000001abc3de" {
			t.Errorf("%+v\n%s", r, content)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A lock whose file was removed is taken anew, unless another run was faster.
func TestTheLockIsRemoved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin)
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(result("O1", report.Complete)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, origin); err == nil || !strings.Contains(err.Error(), "another run is writing") {
		t.Errorf("%v", err)
	}
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	other := open(t, path, origin)
	var lost *LostError
	if err := f.Write(result("O2", report.Complete)); !errors.As(err, &lost) || !strings.Contains(lost.What, "is no longer locked") {
		t.Errorf("%v", err)
	}
	if err := f.Close(); !errors.As(err, &lost) {
		t.Errorf("%v", err)
	}
	if err := other.Write(result("O2", report.Complete)); err != nil {
		t.Errorf("the end of the first run takes the lock of the second: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
}

// Nothing beside the file is overwritten, and nothing is left there.
func TestNothingElseIsTouched(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "r.csv")
	for _, name := range []string{".partnercentral-new", ".new", ".tmp"} {
		if err := os.WriteFile(path+name, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t, path, origin).Close(); err != nil {
		t.Fatal(err)
	}
	there, _ := filepath.Glob(path + "*")
	for _, name := range there {
		if b, _ := os.ReadFile(name); name != path && string(b) != "mine" {
			t.Errorf("%s has %q", name, b)
		}
	}
	if len(there) != 4 {
		t.Errorf("%v", there)
	}
}

func TestAnotherOrigin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.csv")
	f := open(t, path, origin)
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
		{func(o *Origin) { o.Account = "" }, "has results of account 123456789012, and AWS does not tell now"},
		{func(o *Origin) { o.Service = "http://localhost" }, "has results of https://example.com"},
	} {
		other := origin
		c.change(&other)
		_, err := Open(path, other)
		var mistake *usage.Mistake
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("a refused file was changed")
	}
	// The refusals have given up the lock.
	if err := open(t, path, origin).Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever name the file has, it has one lock, and what is not its own is not
// written to.
func TestOthersAtTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "r.csv"), filepath.Join(dir, "link.csv")
	f := open(t, path, origin)
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if _, err := Open(link, origin); err == nil || !strings.Contains(err.Error(), "another run is writing") {
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
	if err := f.Write(result("O2", report.Complete)); err == nil || !strings.Contains(err.Error(), "was removed") {
		t.Errorf("%v", err)
	}
	var lost *LostError
	if err := f.Close(); !errors.As(err, &lost) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.lock")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if _, err := Open(link, origin); err == nil || !strings.Contains(err.Error(), "is a link to a file that is not there") {
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
	_, err := Open(path, origin)
	var mistake *usage.Mistake
	if !errors.As(err, &mistake) || !strings.Contains(err.Error(), "is not a lock of this program") {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(path + ".lock"); string(b) != "mine" {
		t.Errorf("%q", b)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(strings.Join(names, ",") + "\nCOMPLETE,O1,,,2,submit,task-0000001abc3de,O1,,,,,,,,Co-Sell,Full,a=1,AWS,123456789012,https://example.com\n"))
	f.Add([]byte("demo," + strings.Join(names, ",") + "\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		lines, err := parse("r.csv", content, origin)
		if err != nil {
			return
		}
		// What was read is written so that it is read again.
		whole := appendLine(nil, header(false))
		for _, l := range lines {
			whole = append(whole, l.text...)
		}
		again, err := parse("r.csv", whole, origin)
		if err != nil || len(again) != len(lines) {
			t.Fatalf("%v: %q", err, whole)
		}
	})
}

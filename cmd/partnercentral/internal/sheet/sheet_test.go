package sheet

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
)

func TestReadOfEveryForm(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"comma":         "id,tags,involvement\nO1,\"a=1,b=2\",co-sell\neng-0000001abc3def,,\n",
		"semicolon":     "ID;Involvement;Tags\r\nO1;Co-Sell;\"a=1;b=2\"\r\n;;\r\n\r\neng-0000001abc3def",
		"tab":           "tags\tinvolvement\tid\na=1;b=2\tCo-Sell\tO1\n\t\teng-0000001abc3def\n",
		"mark":          "\xef\xbb\xbfid,involvement,tags\nO1,Co-Sell,a=1|b=2\neng-0000001abc3def",
		"told":          "sep=;\nid;involvement;tags\nO1;Co-Sell;a=1,b=2\neng-0000001abc3def",
		"a tab is told": "sep=\t\nid\tinvolvement\ttags\nO1\tCo-Sell\ta=1;b=2\neng-0000001abc3def",
		"old Mac":       "id,involvement,tags\rO1,Co-Sell,a=1;b=2\reng-0000001abc3def\r",
		"JSON":          "{\"id\":\"O1\",\"tags\":{\"a\":\"1\",\"b\":\"2\"},\"involvement\":\"Co-Sell\"}\n{\"id\":\"eng-0000001abc3def\",\"context\":1}",
	} {
		rows, err := Read("deals", []byte(content))
		if err != nil || len(rows) != 2 {
			t.Errorf("%s: %v, %+v", name, err, rows)
			continue
		}
		r := rows[0]
		if r.ID != "O1" || r.Kind != target.Submit || r.Involvement != "Co-Sell" || r.Tags != "a=1;b=2" || len(r.TagList()) != 2 || r.Problem != "" {
			t.Errorf("%s: %+v", name, r)
		}
		if r := rows[1]; r.ID != "eng-0000001abc3def" || r.Kind != target.Lead || (r.Problem == "") != (r.Context == "1") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// One broken row costs itself, wherever and however it is broken.
func TestABrokenRowCostsItself(t *testing.T) {
	t.Parallel()
	for broken, want := range map[string]string{
		`"O2,,`:            `line 3, column 1: a quote is opened`,
		`O2,"a=1`:          `line 3, column 4: a quote is opened`,
		`"O2"x,`:           `line 3, column 5: there is text after`,
		`O"2,`:             `line 3, column 2: there is a quote inside`,
		`O2,a`:             `line 3, column 4: the tag "a" has no name`,
		`O2,ä=1 "`:         `line 3, column 8: there is a quote`,
		"O2,a=\xff":        `line 3, column 4: the tags are not in UTF-8`,
		`,a=1`:             `line 3, column 1: there is no id`,
		`O2,a=1,x`:         `line 3, column 8: a value in a column without a name`,
		`O1,`:              `line 3, column 1: O1 is there already, in line 2`,
		`O2,a=1;a=2`:       `line 3, column 4: the tag "a" is there twice`,
		`engi-1,`:          `line 3, column 1: "engi-1" is not the id of an invitation`,
		"O2,\x1b[31m=\x00": `line 3, column 4: the tag "\x1b[31m=\x00" has a character`,
	} {
		rows, err := Read("deals.csv", []byte("id,tags\nO1,\n"+broken+"\nO3,a=1\nO4,\n"))
		if err != nil || len(rows) != 4 {
			t.Errorf("%s: %v, %d rows", broken, err, len(rows))
			continue
		}
		if !strings.HasPrefix(rows[1].Problem, want) {
			t.Errorf("%s: %s", broken, rows[1].Problem)
		}
		for _, i := range []int{0, 2, 3} {
			if rows[i].Problem != "" {
				t.Errorf("%s costs another row: %s", broken, rows[i].Problem)
			}
		}
	}
	for broken, want := range map[string]string{
		`{"id":"O2"`:                       `line 2, column 11: this is not an object`,
		`["O2"]`:                           `line 2, column 1: this is not an object`,
		`null`:                             `line 2, column `,
		`{"id":"O2"}{"id":"O3"}`:           `line 2, column 12: there is more on this line`,
		`{"id":["O2"]}`:                    `line 2, column 2: the member "id" has a value of another kind`,
		`{"id":"O2","Id":"O2"}`:            `line 2, column `,
		`{"id":"O2","tags":{"a":1}}`:       `line 2, column 12: the member "tags" has a value of another kind`,
		`{"id":"O2","visible":"all"}`:      `line 2, column 12: the member "visible" is not known`,
		`{"id":"O2","id":"O3"}`:            `line 2, column 12: the member "id" is there twice`,
		`{"id":"O2","key":"id","ID":"O3"}`: `line 2, column 23: the member "ID" is there twice`,
		`{"id":"O2","tags":{"a":"1","b":"2","a":"3"}}`: `line 2, column 12: the member "tags" has the tag "a" twice`,
		`{"id":"O2","tags":{"a":"1"," a":"2"}}`:        `line 2, column 12: the tag "a" is there twice`,
		`{"id":"O2","tags":{"a=b":"1"}}`:               `line 2, column 12: the member "tags" has a tag with = in its name`,
		`{"id":"O2","tags":{"a":"b;c"}}`:               `line 2, column 12: the tag "a=b;c" has a character`,
		`{"id":"O2","tags":["a=1"]}`:                   `line 2, column 12: the member "tags" has a value of another kind`,
		`{"id":true}`:                                  `line 2, column 2: the member "id" has a value of another kind`,
		`{"id":"O2"},`:                                 `line 2, column 12: there is more on this line`,
		`{"id":"O2","key":"\ud800"}`:                   `line 2, column 12: the member "key" has a character that is none`,
		"{\"id\":\"O2\",\"key\":\"\xff\"}":             `line 2, column 19: there is a character that cannot be read`,
		`{"id":"O1"}`:                                  `line 2, column 1: O1 is there already with another key, in line 1`,
		`{"id":"O1","key":"l"}`:                        `line 2, column 1: O1 is there already with another key, in line 1`,
		`{"id":"O2","key":"k"}`:                        `line 2, column 1: the key "k" is that of line 1`,
	} {
		rows, err := Read("deals.jsonl", []byte(`{"id":"O1","key":"k"}`+"\n"+broken+"\n"+`{"id":"O4"}`))
		if err != nil || len(rows) != 3 || rows[0].Problem+rows[2].Problem != "" || !strings.HasPrefix(rows[1].Problem, want) {
			t.Errorf("%s: %v, %+v", broken, err, rows)
		}
	}
}

func TestMistakesOfTheWholeFile(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"PK\x03\x04":          "is a spreadsheet: save it as CSV first",
		"\xff\xfei\x00d\x00":  "is in UTF-16: save it as CSV in UTF-8 first",
		"sep=;":               "has no line that names its columns",
		"id,id\n":             "has two columns",
		"id,\"tags\nO1,a=b\n": "line 1, column 4: a quote is opened",
		"\n\n[1]":             "is one list in JSON",
		"i\x00d\x00\n\x00":    "is in UTF-16, or is no text: save it as CSV in UTF-8 first",
		"\x00i\x00d\x00\n":    "is in UTF-16, or is no text",
		"{\n \"id\": \"O1\"\n}\n{\n \"id\": \"O2\"\n}\n": "has an object in JSON over several lines: put one object on each line",
	} {
		if _, err := Read("deals.csv", []byte(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// A row means the same however it is written.
func TestTheSameInAnyForm(t *testing.T) {
	t.Parallel()
	want := Row{Line: 2, Kind: target.Submit, Identity: Identity{ID: "O1", Key: "k"}, Values: Values{Involvement: "Co-Sell", Visibility: "Full", Tags: "a=1;b=2 3;c="}}
	for _, content := range []string{
		"id,key,involvement,visibility,tags\nO1,k,Co-Sell,Full,a=1;b=2 3;c=\n",
		"tags;id;visibility;key;involvement\n c = | b=2 3 ,a= 1; O1 ;full; k ;CO-SELL\n",
		"\n" + `{"tags":{"c":"","a":"1","b":"2 3"},"key":"k","id":"O1","visibility":"Full","involvement":"co-sell"}`,
		"\n" + ` { "tags" : "b=2 3;c=;;a=1" , "ID":"O1", "key":" k", "visibility":"FULL","involvement":"Co-Sell","context":null}`,
	} {
		if rows, err := Read("deals", []byte(content)); err != nil || len(rows) != 1 || rows[0] != want {
			t.Errorf("%v, %+v, want %+v", err, rows, want)
		}
	}
}

// What is wrong is not repeated at any length.
func TestLongCells(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for _, content := range []string{
		"id\n" + long, "id,key\nO1," + long, "id,tags\nO1,a=" + long, "id,tags\nO1," + long, "id,context\neng-0000001abc3def," + long, "id\n" + long + `"`,
		`{"id":"` + long + `"}`, `{"` + long + `":"O1"}`, `{"id":"O1","tags":{"` + long + `":""}}`, "id," + long + "\nO1,",
	} {
		rows, err := Read("deals", []byte(content))
		switch {
		case err != nil && len(err.Error()) < 500:
		case err != nil:
			t.Errorf("%d bytes", len(err.Error()))
		case len(rows) != 1 || rows[0].Problem == "":
			t.Errorf("%.40q is taken", content)
		case len(rows[0].Problem) > 500 || len(rows[0].ID+rows[0].Key+rows[0].Context) > 500:
			t.Errorf("%.40q: %d bytes", content, len(rows[0].Problem))
		}
	}
}

// A line is split as the standard library does it, where that takes it.
func FuzzSplit(f *testing.F) {
	for _, line := range []string{"", "a,b", `"a,b",c`, `"a""b"`, `a"b`, `"a`, `"a"b`, " a , b ", ` "a" ,b`, "ä,\"ö\"x"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r\n") {
			t.Skip()
		}
		cells, problem, column := split(line, ',')
		if (problem != "") != (column > 0) || column > utf8.RuneCountInString(line)+1 {
			t.Fatalf("%q in column %d", problem, column)
		}
		reader := csv.NewReader(strings.NewReader(line + "\n"))
		want, err := reader.Read()
		if err != nil || line == "" {
			return
		}
		var got []string
		for _, c := range cells {
			got = append(got, c.text)
		}
		for i := range want {
			want[i] = strings.TrimSpace(want[i])
		}
		if problem != "" || !slices.Equal(got, want) {
			t.Fatalf("%q is %q %s, want %q", line, got, problem, want)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("id,tags\nO1,a=b\n\"O2"))
	f.Add([]byte("sep=;\nid;context;key\neng-0000001abc3def;1;k"))
	f.Add([]byte(`{"id":"O1","tags":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := Read("deals", content)
		if err != nil {
			return
		}
		seen := map[Identity]bool{}
		for _, r := range rows {
			if r.Problem == "" && (r.ID == "" || r.Kind == "" || seen[r.Identity]) {
				t.Fatalf("%+v", r)
			}
			seen[r.Identity] = seen[r.Identity] || r.Problem == ""
		}
	})
}

package wire

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

type sample struct {
	Text *string    `json:",omitempty"`
	Time *time.Time `json:",omitempty"`

	StartTime *time.Time `json:",omitempty"`

	List []sample `json:",omitempty"`
}

func TestEncodeLeavesOutWhatIsNotSet(t *testing.T) {
	empty := ""
	body, err := Encode(&sample{Text: &empty, List: []sample{{}}})
	require.NoError(t, err)
	require.Equal(t, `{"Text":"","List":[{}]}`, string(body))
}

func TestRead(t *testing.T) {
	for _, length := range []int64{-1, 0, 3, 5, 9} {
		body, err := Read(strings.NewReader("hello"), length)
		require.NoError(t, err)
		require.Equal(t, "hello", string(body), "length %d", length)
	}
	_, err := Read(iotest.ErrReader(io.ErrUnexpectedEOF), -1)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	var tooLarge *TooLargeError
	_, err = Read(strings.NewReader(""), MaxBody+1)
	require.ErrorAs(t, err, &tooLarge)
	_, err = Read(strings.NewReader(strings.Repeat(" ", MaxBody+1)), -1)
	require.ErrorAs(t, err, &tooLarge)
	body, err := Read(strings.NewReader(strings.Repeat(" ", MaxBody)), -1)
	require.NoError(t, err)
	require.Len(t, body, MaxBody)
}

func TestDecode(t *testing.T) {
	var s sample
	require.NoError(t, Decode([]byte(" \r\n\t{\"Text\":\"x\",\"Other\":{},\"List\":null} \n"), &s))
	require.Equal(t, "x", *s.Text)
	for name, body := range map[string]string{
		"the answer is empty":                 "",
		"begins with '<'":                     "<html>",
		"begins with 'n'":                     "null",
		"begins with '['":                     "[{}]",
		"unexpected end":                      `{"Text":"x"`,
		"after top-level value":               `{}{}`,
		"Text: json: cannot unmarshal number": `{"Text":1}`,
		"List: json: cannot unmarshal string": `{"List":"x"}`,
		"Time: unable to parse time":          `{"Time":"yesterday"}`,
		"exceeded max depth":                  `{"Other":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
	} {
		require.ErrorContains(t, Decode([]byte(body), &sample{}), name)
	}
}

func TestDecodeError(t *testing.T) {
	for _, test := range []struct{ header, body, code, message string }{
		{"", `{"__type":"a.b#Name","Message":"m"}`, "Name", "m"},
		{"", `{"__type":"Name:http://x","message":"m"}`, "Name", "m"},
		{"", `{"code":"Name"}`, "Name", ""},
		{"Header:http://x/", `{"__type":"Body"}`, "Header", ""},
		{"Header", `<html>`, "Header", ""},
		{"", `{"__type":"` + strings.Repeat("x", 129) + `"}`, strings.Repeat("x", 128), ""},
		{"", `{"__type":"two words","message":"m"}`, "two words", "m"},
		{"", `{"__type":"two\nlines"}`, "two lines", ""},
		{"", `{"__type":"com.x$ConflictException","Message":"m"}`, "ConflictException", "m"},
		{"", `{"__type":"a#b#C","message":"m"}`, "C", "m"},
		{"", `{"__type":"ThrottlingException:http://host/docs#rate"}`, "ThrottlingException", ""},
		{"", `{"message":"Forbidden: blocked by WAF rule 17"}`, "", "Forbidden: blocked by WAF rule 17"},
		{"", `{"__type":{},"Message":{}}`, "", ""},
		{"", ``, "", ""},
		{"?", ``, "?", ""},
	} {
		header := http.Header{}
		header.Set("X-Amzn-Errortype", test.header)
		require.Equal(t, Error{Code: test.code, Message: test.message}, DecodeError(header, []byte(test.body)), test.body)
	}
}

// An answer whose members are partly of another type keeps what can be read.
func TestDecodeKeepsWhatCanBeRead(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	text := func(s string) *string { return &s }
	for body, want := range map[string]sample{
		`{"Text":"x","Time":"2026-08-01T12:00:00"}`:         {Text: text("x"), Time: &noon},
		`{"Text":"x","StartTime":"yesterday"}`:              {Text: text("x")},
		`{"text":"x","StartTime":1754049600}`:               {Text: text("x")},
		`{"StartTime":{},"Time":"2026-08-01T12:00:00Z"}`:    {Time: &noon},
		`{"List":[{"Text":"a","Time":0},7,{"Text":"b"}]}`:   {List: []sample{{Text: text("a")}, {Text: text("b")}}},
		`{"List":[{"Text":"a","List":{}},{"Text":1}]}`:      {List: []sample{{Text: text("a")}, {}}},
		`{"StartTime":0,"Text":null,"List":null,"Other":1}`: {},
	} {
		var got sample
		require.NoError(t, Decode([]byte(body), &got), body)
		require.Equal(t, want, got, body)
	}
}

// A list that ended early because its NextToken was left out would lose tasks
// and nobody would know.
func TestDecodeNeedsNextToken(t *testing.T) {
	var page struct{ NextToken *string }
	require.ErrorContains(t, Decode([]byte(`{"NextToken":7}`), &page), "NextToken")
}

// What encoding/json makes of names in another case and of members that come
// twice; see the package comment.
func TestDecodeNames(t *testing.T) {
	var s sample
	require.NoError(t, Decode([]byte(`{"Text":"a","text":"b"}`), &s))
	require.Equal(t, "b", *s.Text)
	s = sample{}
	require.NoError(t, Decode([]byte(`{"List":[{"Text":"a"},{"Text":"b"}],"List":[{"List":[]}]}`), &s))
	require.Len(t, s.List, 1)
	require.Equal(t, "a", *s.List[0].Text)
}

// An answer that announces 16 MiB and sends little costs little.
func TestReadGrowsWithWhatArrives(t *testing.T) {
	body, err := Read(strings.NewReader("hello"), MaxBody)
	require.NoError(t, err)
	require.LessOrEqual(t, cap(body), 64<<10)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"Text":"x","Time":"2026-08-01T12:00:00.5Z","List":[{}]}`))
	f.Add([]byte(`{"Time":"2026-08-01T12:00:00,5Z"}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s sample
		if Decode(body, &s) != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatal("accepted what is no JSON")
		}
		again, err := Encode(&s)
		if err != nil {
			// A time may be valid to read and not to write, such as one in the
			// year 10000 of another zone.
			var bad *json.MarshalerError
			require.ErrorAs(t, err, &bad)
			return
		}
		var s2 sample
		require.NoError(t, Decode(again, &s2))
		twice, err := Encode(&s2)
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
	})
}

func FuzzDecodeError(f *testing.F) {
	f.Add("ValidationException:http://x", []byte(`{"__type":"a#b","Message":"m"}`))
	f.Add("", []byte(`{"code":"x:y#z"}`))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		h := http.Header{"X-Amzn-Errortype": {header}}
		e := DecodeError(h, body)
		if len(e.Code) > maxCode || strings.ContainsAny(e.Code, "#$:\r\n") {
			t.Fatalf("code %q", e.Code)
		}
	})
}

package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
)

// row is a good line of the input.
type row struct {
	key   string // catalog, kind and id: one intended task
	kind  string
	id    string
	input partnercentral.StartTaskInput
}

// readRows reads all lines. What is wrong with one does not stop the others.
func readRows(source io.Reader, catalog string) (rows []row, bad []error) {
	buffered := bufio.NewReader(source)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3)
	}
	reader := csv.NewReader(buffered)
	reader.FieldsPerRecord = -1
	seen := map[string]bool{}
	for first := true; ; first = false {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, bad
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			bad = append(bad, fmt.Errorf("line %d, column %d: %w", parse.Line, parse.Column, parse.Err))
			continue
		}
		if err != nil {
			return rows, append(bad, err)
		}
		if first && strings.EqualFold(strings.TrimSpace(fields[0]), "id") {
			continue
		}
		r, field, err := parseRow(fields, catalog)
		if err == nil && seen[r.key] {
			field, err = 0, fmt.Errorf("%s %s is there twice", r.kind, r.id)
		}
		if err != nil {
			line, column := reader.FieldPos(min(field, len(fields)-1))
			bad = append(bad, fmt.Errorf("line %d, column %d: %w", line, column, err))
			continue
		}
		seen[r.key] = true
		rows = append(rows, r)
	}
}

// parseRow returns the field that an error is about.
func parseRow(fields []string, catalog string) (r row, field int, err error) {
	if len(fields) > 5 {
		return r, 5, fmt.Errorf("%d fields, at most 5 are known", len(fields))
	}
	var f [5]string
	for i := range fields {
		f[i] = strings.TrimSpace(fields[i])
	}
	r = row{id: f[0], kind: f[1], key: catalog + "/" + f[1] + "/" + f[0]}
	if r.id == "" {
		return r, 0, errors.New("no id")
	}
	tags, err := parseTags(f[4])
	if err != nil {
		return r, 4, err
	}
	token := aws.String(partnercentral.ClientTokenFor(r.key))
	switch r.kind {
	case "opportunity":
		if f[2] == "" {
			return r, 2, errors.New("an opportunity needs an involvement")
		}
		r.input = &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: &catalog, ClientToken: token, Identifier: &r.id, Tags: tags,
			AwsSubmission: &partnercentral.AwsSubmission{
				InvolvementType: partnercentral.SalesInvolvementType(f[2]), Visibility: partnercentral.Visibility(f[3]),
			},
		}
	case "invitation":
		r.input = &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
			Catalog: &catalog, ClientToken: token, Identifier: &r.id, Tags: tags,
		}
	default:
		return r, 1, fmt.Errorf("kind %q is neither opportunity nor invitation", r.kind)
	}
	return r, 0, nil
}

// parseTags reads key=value pairs between semicolons.
func parseTags(s string) (tags []partnercentral.Tag, err error) {
	for pair := range strings.SplitSeq(s, ";") {
		if pair == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fmt.Errorf("tag %q is not key=value", pair)
		}
		tags = append(tags, partnercentral.Tag{Key: &key, Value: &value})
	}
	return tags, nil
}

// results is the results CSV. A line that is whole in it is done.
type results struct {
	file *os.File
	done map[string]bool
}

func openResults(path string) (*results, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	// A kill may have cut the last line: it is run again.
	whole := b[:bytes.LastIndexByte(b, '\n')+1]
	if err := file.Truncate(int64(len(whole))); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r := &results{file: file, done: map[string]bool{}}
	records, err := csv.NewReader(bytes.NewReader(whole)).ReadAll()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no results file: %w", path, err), file.Close())
	}
	for _, record := range records {
		r.done[record[0]] = true
	}
	if len(whole) == 0 {
		err = r.line("key", "status", "task", "opportunity", "error")
	}
	return r, err
}

func (r *results) Close() error { return r.file.Close() }

func (r *results) write(in row, result partnercentral.RunResult) error {
	status, text := string(result.Task.Status), ""
	if result.Err != nil {
		// One line each: a line break in a message must not look like an end.
		text = strings.Join(strings.Fields(result.Err.Error()), " ")
	}
	return r.line(in.key, status, result.Task.ID, result.Task.OpportunityID, text)
}

// line writes one line with one write.
func (r *results) line(fields ...string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(fields); err != nil {
		return err
	}
	w.Flush()
	_, err := r.file.Write(b.Bytes())
	return err
}

func demoCSV(n int) string {
	var b strings.Builder
	b.WriteString("id,kind,involvement,visibility,tags\n")
	for i := range n {
		fmt.Fprintf(&b, "O%07d,opportunity,Co-Sell,Full,source=demo\n", 1+i)
	}
	return b.String()
}

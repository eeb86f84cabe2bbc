package sheet

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// readJSON reads one object a line.
func readJSON(_ string, lines []string, first int) (rows []Row, err error) {
	for i := first; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) != "" {
			rows = append(rows, readObject(lines[i], i+1))
		}
	}
	return rows, nil
}

// spread reports whether the first object goes on after the first line.
func spread(lines []string) bool {
	var one, whole json.RawMessage
	if !strings.HasPrefix(strings.TrimSpace(lines[0]), "{") {
		return false
	}
	if err := json.NewDecoder(strings.NewReader(lines[0])).Decode(&one); !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	return json.NewDecoder(strings.NewReader(strings.Join(lines, "\n"))).Decode(&whole) == nil
}

// member is one of an object, with the column in which it begins.
type member struct {
	name   string
	value  json.RawMessage
	column int
}

func readObject(line string, number int) Row {
	broken := Row{Line: number}
	if i := strings.IndexFunc(line, func(r rune) bool { return r == utf8.RuneError }); i >= 0 {
		broken.wrong(columnAt(line, i), "there is a character that cannot be read: save the file in UTF-8")
		return broken
	}
	var whole json.RawMessage
	decoder := json.NewDecoder(strings.NewReader(line))
	if err := decoder.Decode(&whole); err != nil || whole[0] != '{' {
		broken.wrong(errorColumn(line, err), "this is not an object in JSON: write it as {\"id\":\"O1234567\"}, on one line")
		return broken
	}
	end := int(decoder.InputOffset())
	if strings.TrimSpace(line[end:]) != "" {
		broken.wrong(columnAt(line, end), "there is more on this line than one object: put each on a line of its own")
		return broken
	}
	cells := map[string]cell{}
	for _, m := range membersOf(line) {
		lower := strings.ToLower(m.name)
		c, problem := m.cell(lower == "tags")
		_, twice := cells[lower]
		switch {
		case !slices.Contains(columns, lower):
			broken.wrong(m.column, "the member %q is not known: remove it, or name it %s", clipped(m.name), columnList())
		case twice:
			broken.wrong(m.column, "the member %q is there twice: remove one of them", m.name)
		case problem != "":
			broken.wrong(m.column, "the member %q %s", m.name, problem)
		}
		if broken.Problem != "" {
			broken.ID = clipped(cells["id"].text)
			return broken
		}
		cells[lower] = c
	}
	return newRow(number, cells)
}

// membersOf returns the members of an object that can be decoded, in their order
// and each as often as it is there.
func membersOf(text string) (all []member) {
	decoder := json.NewDecoder(strings.NewReader(text))
	_, _ = decoder.Token() // the brace
	for decoder.More() {
		begin := int(decoder.InputOffset())
		begin += strings.IndexByte(text[begin:], '"')
		m := member{column: columnAt(text, begin)}
		name, _ := decoder.Token()
		m.name, _ = name.(string)
		if decoder.Decode(&m.value) != nil {
			return all
		}
		all = append(all, m)
	}
	return all
}

// cell returns what a cell of a CSV would have, or what is wrong with it. Tags may
// be an object.
func (m *member) cell(tags bool) (c cell, problem string) {
	c.column = m.column
	const another = "has a value of another kind: write it in quotes"
	switch first := m.value[0]; {
	case first == '"':
		// It was decoded before.
		_ = json.Unmarshal(m.value, &c.text)
		c.text = strings.TrimSpace(c.text)
		if strings.ContainsRune(c.text, utf8.RuneError) {
			return c, "has a character that is none: write another"
		}
		return c, ""
	case string(m.value) == "null":
		return c, ""
	case first == '-' || '0' <= first && first <= '9':
		c.text = string(m.value)
		return c, ""
	case first != '{' || !tags:
		return c, another
	}
	for _, tag := range membersOf(string(m.value)) {
		one, problem := tag.cell(false)
		switch {
		case problem != "" || tag.value[0] != '"':
			return c, another
		case strings.Contains(tag.name, "="):
			return c, "has a tag with = in its name: give it another name"
		case slices.ContainsFunc(c.pairs, func(pair string) bool { return strings.HasPrefix(pair, tag.name+"=") }):
			return c, "has the tag \"" + clipped(tag.name) + "\" twice: remove one of them"
		}
		c.pairs = append(c.pairs, tag.name+"="+one.text)
	}
	return c, ""
}

// errorColumn returns where an error of the decoder is.
func errorColumn(line string, err error) int {
	offset := len(line)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		offset = len(line) - len(strings.TrimLeft(line, " \t"))
	case errors.As(err, &syntax):
		offset = max(int(syntax.Offset)-1, 0)
	}
	return columnAt(line, offset)
}

// columnAt returns the column of an offset, in characters from 1.
func columnAt(line string, offset int) int {
	return utf8.RuneCountInString(line[:min(offset, len(line))]) + 1
}

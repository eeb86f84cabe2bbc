package sheet

import (
	"encoding/json"
	"errors"
	"fmt"
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

func readObject(line string, number int) Row {
	broken := Row{Line: number}
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil || members == nil {
		broken.wrong(jsonColumn(line, err), "this is not an object in JSON: write it as {\"id\":\"O1234567\"}, on one line")
		return broken
	}
	if rest := strings.TrimSpace(line[decoder.InputOffset():]); rest != "" {
		column := utf8.RuneCountInString(line[:decoder.InputOffset()]) + 1
		broken.wrong(column, "there is more on this line than one object: put each on a line of its own")
		return broken
	}
	cells := map[string]cell{}
	for name, value := range members {
		column := memberColumn(line, name)
		lower := strings.ToLower(name)
		text, ok := cellText(value, lower == "tags")
		switch _, twice := cells[lower]; {
		case !slices.Contains(columns, lower):
			broken.wrong(column, "the member %q is not known: remove it, or name it %s", name, columnList())
			return broken
		case twice:
			broken.wrong(column, "the member %q is there twice: remove one of them", name)
			return broken
		case !ok:
			broken.wrong(column, "the member %q has a value of another kind: write it in quotes", name)
			return broken
		}
		cells[lower] = cell{strings.TrimSpace(text), column}
	}
	return newRow(number, cells)
}

// cellText returns what a cell of a CSV would have. Tags may be an object.
func cellText(value any, tags bool) (text string, ok bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case map[string]any:
		if !tags {
			return "", false
		}
		pairs := make([]string, 0, len(v))
		for name, one := range v {
			text, ok := one.(string)
			if !ok || strings.ContainsAny(name+text, ";,|") || strings.Contains(name, "=") {
				return "", false
			}
			pairs = append(pairs, fmt.Sprintf("%s=%s", name, text))
		}
		// In one order, since a start that is repeated must be the same.
		slices.Sort(pairs)
		return strings.Join(pairs, ";"), true
	}
	return "", false
}

// jsonColumn returns where an error is, in characters from 1.
func jsonColumn(line string, err error) int {
	offset := len(line)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = max(int(syntax.Offset)-1, 0)
	case errors.As(err, &kind):
		offset = 0
	}
	return utf8.RuneCountInString(line[:min(offset, len(line))]) + 1
}

func memberColumn(line, name string) int {
	quoted, _ := json.Marshal(name) // a string always can be
	return utf8.RuneCountInString(line[:max(strings.Index(line, string(quoted)), 0)]) + 1
}

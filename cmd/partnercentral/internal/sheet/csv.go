package sheet

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// readCSV reads rows under a line that names the columns.
func readCSV(name string, lines []string, first int) (rows []Row, err error) {
	separator, told := "", false
	if rest, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(lines[first])), "sep="); ok && len(rest) <= 1 {
		// Spreadsheets write this line, and mean a tab by a blank one.
		separator, told = rest, true
		if rest == "" {
			separator = "\t"
		}
		first++
		if first == len(lines) {
			return nil, usage.Errorf("%s has no line that names its columns: begin it with one, such as id,involvement", name)
		}
	}
	if !told {
		separator = mostFrequent(lines[first])
	}
	names, err := header(name, lines[first], first+1, separator[0])
	if err != nil {
		return nil, err
	}
	for i := first + 1; i < len(lines); i++ {
		if strings.Trim(lines[i], " \t"+separator) == "" {
			continue
		}
		rows = append(rows, readLine(lines[i], i+1, separator[0], names))
	}
	return rows, nil
}

// mostFrequent returns the separator that a line has most of, a comma if it has
// none.
func mostFrequent(line string) string {
	best := ","
	for _, s := range []string{";", "\t"} {
		if strings.Count(line, s) > strings.Count(line, best) {
			best = s
		}
	}
	return best
}

// header returns the names of the columns.
func header(file, line string, number int, separator byte) ([]string, error) {
	cells, problem, column := split(line, separator)
	if problem != "" {
		return nil, usage.Errorf("%s, line %d, column %d: %s", file, number, column, problem)
	}
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = strings.ToLower(c.text)
		switch {
		case names[i] == "":
		case !slices.Contains(columns, names[i]) && i == 0 && looksLikeID(c.text):
			return nil, usage.Errorf("%s does not name its columns: put a line before line %d, such as id,involvement", file, number)
		case !slices.Contains(columns, names[i]):
			return nil, usage.Errorf("%s has a column %q in line %d that is not known: remove it, or name it %s", file, clipped(c.text), number, columnList())
		case slices.Contains(names[:i], names[i]):
			return nil, usage.Errorf("%s has two columns %q in line %d: remove one of them", file, c.text, number)
		}
	}
	if !slices.Contains(names, "id") {
		return nil, usage.Errorf("%s has no column id in line %d: name the column with the ids so", file, number)
	}
	return names, nil
}

// looksLikeID reports whether a cell is one of the ids of a row.
func looksLikeID(text string) bool {
	r := Row{Identity: Identity{ID: text}}
	return text != "" && r.checkID() == nil
}

// readLine reads one row.
func readLine(line string, number int, separator byte, names []string) Row {
	parts, problem, column := split(line, separator)
	cells := map[string]cell{}
	for i, c := range parts {
		switch {
		case i < len(names) && names[i] != "":
			cells[names[i]] = c
		case c.text != "" && problem == "":
			problem, column = "a value in a column without a name: remove it, or put the cell before it in quotes", c.column
		}
	}
	if problem != "" {
		r := Row{Line: number, Identity: Identity{ID: clipped(cells["id"].text)}}
		r.wrong(column, "%s", problem)
		return r
	}
	return newRow(number, cells)
}

// split returns the cells of a line. With a problem it returns those before it,
// and the column of the problem, in characters from 1.
func split(line string, separator byte) (cells []cell, problem string, column int) {
	at := func(i int) int { return utf8.RuneCountInString(line[:i]) + 1 }
	for i := 0; ; i++ {
		begin := i
		for i < len(line) && line[i] != separator && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
		var text string
		if i < len(line) && line[i] == '"' {
			open := i
			var ok bool
			if text, i, ok = quotedCell(line, i); !ok {
				return cells, "a quote is opened here and not closed in this line", at(open)
			}
			for i < len(line) && line[i] != separator {
				if line[i] != ' ' && line[i] != '\t' {
					return cells, "there is text after the closing quote: write a quote inside a cell twice", at(i)
				}
				i++
			}
		} else {
			end := strings.IndexByte(line[i:], separator)
			if end < 0 {
				end = len(line) - i
			}
			text = line[i : i+end]
			if quote := strings.IndexByte(text, '"'); quote >= 0 {
				return cells, "there is a quote inside a cell: put the cell in quotes and write this one twice", at(i + quote)
			}
			i += end
		}
		cells = append(cells, cell{text: strings.TrimSpace(text), column: at(begin)})
		if i >= len(line) {
			return cells, "", 0
		}
	}
}

// quotedCell returns the text between the quote at i and the one that closes it,
// and where the line goes on.
func quotedCell(line string, i int) (text string, next int, ok bool) {
	var b strings.Builder
	for i++; i < len(line); i++ {
		if line[i] != '"' {
			b.WriteByte(line[i])
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", i, false
}

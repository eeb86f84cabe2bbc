package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// row is a line of a table: a quantity of several contenders. The first
// contender is ours, and the ratios are ours by theirs.
type row struct {
	quantity string
	unit     string
	// One list of samples a contender, by run.
	samples    [][]float64
	contenders []string
	// What to reach, for the reader: a bound on ours by the second contender's,
	// and whether more is better.
	goal string
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// ratio is the median of the runs' ratios: runs that lie next to each other
// have met the same machine.
func ratio(ours, theirs []float64) float64 {
	ratios := make([]float64, 0, len(ours))
	for i := range ours {
		if i < len(theirs) && theirs[i] != 0 {
			ratios = append(ratios, ours[i]/theirs[i])
		}
	}
	return median(ratios)
}

func printTable(w io.Writer, title string, rows []row) {
	fmt.Fprintf(w, "\n%s\n\n", title)
	cells := [][]string{{"what", "contender", "median", "ours is", "goal"}}
	for _, r := range rows {
		for i, name := range r.contenders {
			line := []string{"", name, number(median(r.samples[i])) + " " + r.unit, "", ""}
			if i == 0 {
				line[0] = r.quantity
			} else {
				line[3] = fmt.Sprintf("%.2fx", ratio(r.samples[0], r.samples[i]))
			}
			if i == 1 {
				line[4] = r.goal
			}
			cells = append(cells, line)
		}
	}
	width := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			width[i] = max(width[i], len(cell))
		}
	}
	for n, line := range cells {
		if n == 1 {
			rule := make([]string, len(line))
			for i := range line {
				rule[i] = strings.Repeat("-", width[i])
			}
			fmt.Fprintf(w, "| %s |\n", strings.Join(rule, " | "))
		}
		for i := range line {
			line[i] += strings.Repeat(" ", width[i]-len(line[i]))
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(line, " | "))
	}
}

func number(v float64) string {
	switch {
	case v >= 100 || v == float64(int64(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

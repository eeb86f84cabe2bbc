package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

// show prints the states of the deals until all ends were taken: as a table
// that is drawn anew on a terminal, and as a line now and then elsewhere.
func (c *crm[TTx]) show(ctx context.Context, w io.Writer, failed <-chan error) error {
	live := isTerminal(w)
	lines, last := 0, time.Time{}
	for {
		rows, err := c.tasks.List(ctx, partnercentralriver.ListParams{Limit: c.deals})
		if err != nil && ctx.Err() == nil {
			// The database may be away for a moment.
			rows = nil
		}
		handled := 0
		for _, row := range rows {
			if !row.HandledAt.IsZero() {
				handled++
			}
		}
		ended := handled == c.deals
		switch {
		case live && rows != nil:
			if lines > 0 {
				fmt.Fprintf(w, "\x1b[%dA\x1b[J", lines)
			}
			text := table(rows)
			fmt.Fprint(w, text)
			lines = strings.Count(text, "\n")
		case rows != nil && (ended || time.Since(last) >= 5*time.Second):
			fmt.Fprintln(w, counts(rows))
			last = time.Now()
		}
		if ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return errors.Join(errors.New("the workers have stopped"), err)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// counts is a line with how many deals are in each state.
func counts(rows []partnercentralriver.Row) string {
	n := map[partnercentralriver.Status]int{}
	for _, row := range rows {
		n[row.Status]++
	}
	var parts []string
	for _, status := range partnercentralriver.Status("").Values() {
		if n[status] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[status], status))
		}
	}
	return strings.Join(parts, ", ")
}

// table has three deals a line, oldest first.
func table(rows []partnercentralriver.Row) string {
	const columns = 3
	var b strings.Builder
	fmt.Fprintln(&b, counts(rows))
	for i := range rows {
		row := rows[len(rows)-1-i]
		state := string(row.Status)
		if row.Attempts > 1 {
			state += fmt.Sprintf(" (%d Starts)", row.Attempts)
		}
		fmt.Fprintf(&b, "%-9s %-26s", row.Object, state)
		if i%columns == columns-1 || i == len(rows)-1 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

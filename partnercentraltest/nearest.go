package partnercentraltest

// nearest returns the candidate that takes the fewest edits to become name, or
// "" without candidates.
func nearest[T ~string](name string, candidates []T) T {
	var best T
	fewest := -1
	for _, c := range candidates {
		if d := distance(name, string(c)); fewest < 0 || d < fewest {
			best, fewest = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two strings, by bytes. Names and ids
// are compared by their first 128 bytes.
func distance(a, b string) int {
	a, b = a[:min(len(a), 128)], b[:min(len(b), 128)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

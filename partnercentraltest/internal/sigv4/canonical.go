package sigv4

import (
	"bytes"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest builds the text that was hashed by the signer, with the path
// in one of its forms.
func canonicalRequest(r *http.Request, signed []string, payload string, form func(string) string) []byte {
	var b bytes.Buffer
	b.WriteString(r.Method)
	b.WriteByte('\n')
	path, query := target(r)
	// Every service but S3 encodes the path as sent once more.
	b.WriteString(encode(form(path), true))
	b.WriteByte('\n')
	b.WriteString(canonicalQuery(query))
	b.WriteByte('\n')
	for _, name := range signed {
		b.WriteString(name)
		b.WriteByte(':')
		for i, value := range headerValues(r, name) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(collapse(value))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(strings.Join(signed, ";"))
	b.WriteByte('\n')
	b.WriteString(payload)
	return b.Bytes()
}

// target returns path and query as they came over the wire.
func target(r *http.Request) (path, query string) {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, query, _ = strings.Cut(r.RequestURI, "?")
		return path, query
	}
	path = r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	return path, r.URL.RawQuery
}

// plainPath is the path as it was sent.
func plainPath(p string) string { return p }

// cleanPath is the path without empty segments and dots, with the slash at its
// end where it had one.
func cleanPath(p string) string {
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

// headerValues returns the values of a header by its lower-case name, with the
// two that Go keeps outside of the header map.
func headerValues(r *http.Request, name string) []string {
	switch name {
	case "host":
		return []string{r.Host}
	case "content-length":
		if values := r.Header.Values("Content-Length"); len(values) > 0 {
			return values
		}
		if r.ContentLength >= 0 {
			return []string{strconv.FormatInt(r.ContentLength, 10)}
		}
		return nil
	case "transfer-encoding":
		return r.TransferEncoding
	}
	return r.Header.Values(http.CanonicalHeaderKey(name))
}

// collapse trims a header value and turns runs of blanks into one.
func collapse(value string) string {
	value = strings.Trim(value, " \t")
	if !strings.Contains(value, "  ") {
		return value
	}
	var b strings.Builder
	blank := false
	for i := range len(value) {
		if value[i] == ' ' {
			if blank {
				continue
			}
			blank = true
		} else {
			blank = false
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// canonicalQuery decodes, encodes and sorts the parameters of a query.
func canonicalQuery(query string) string {
	if query == "" {
		return ""
	}
	var pairs []string
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, encode(unescape(name), false)+"="+encode(unescape(value), false))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func unescape(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// encode percent-encodes everything but unreserved characters, and slashes in
// a path.
func encode(text string, path bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '~', c == '/' && path:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

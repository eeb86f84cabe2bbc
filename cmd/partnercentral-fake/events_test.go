package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go/partnercentralevents"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A submission causes five events, each of which can be parsed.
func TestEventsGoToAnAddress(t *testing.T) {
	heard := make(chan []byte, 100)
	consumer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		heard <- body
	}))
	defer consumer.Close()
	s := start(t, "-quiet", "-clock", "100", "-events", consumer.URL+"/bus", "-events-duplicates", "1", "-events-delay", "10ms")
	_, err := submit(client(s.url, fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey), "a")
	require.NoError(t, err)
	types := map[partnercentralevents.DetailType]int{}
	for range 10 {
		select {
		case body := <-heard:
			event, err := partnercentralevents.Parse(body)
			require.NoError(t, err)
			types[event.DetailType]++
		case <-time.After(30 * time.Second):
			t.Fatalf("no more events after %v", types)
		}
	}
	require.Len(t, types, 5)
	s.end(t)
}

func TestEventsGoToAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	s := start(t, "-quiet", "-duration", "1ms", "-events", path)
	_, err := submit(client(s.url, fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey), "a")
	require.NoError(t, err)
	var text []byte
	require.Eventually(t, func() bool {
		text, err = os.ReadFile(path)
		return err == nil && bytes.Count(text, []byte("\n")) == 5
	}, 30*time.Second, time.Millisecond)
	s.end(t)
	for line := range bytes.Lines(text) {
		_, err := partnercentralevents.Parse(line)
		require.NoError(t, err)
	}
}

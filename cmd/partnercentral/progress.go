package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
)

const (
	// How often progress is shown: on a terminal, and as lines.
	redrawEvery = 200 * time.Millisecond
	lineEvery   = 10 * time.Second
)

// progress shows how far things are, on the standard error and by a timer: a
// line that is drawn anew on a terminal, a line from time to time elsewhere.
type progress struct {
	app  *app
	text func() string

	bars *mpb.Progress // nil without a terminal
	bar  *mpb.Bar

	done chan struct{}
	wait sync.WaitGroup
}

// progress starts to show what text returns, which is called in goroutines of
// its own. total is how many things are to end.
func (a *app) progress(total int, text func() string) *progress {
	shown := func() string {
		if why := a.trouble.String(); why != "" {
			return text() + ": " + report.OneLine(why)
		}
		return text()
	}
	p := &progress{app: a, text: shown, done: make(chan struct{})}
	if !terminal(a.err) {
		p.wait.Go(p.lines)
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(a.err), mpb.WithRefreshRate(redrawEvery), mpb.WithWidth(24))
	style := mpb.BarStyle().Build
	if total == 1 {
		style = mpb.SpinnerStyle().Build
	}
	p.bar = p.bars.New(int64(total), builder(style), mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			if a.demo {
				return report.DemoPrefix + shown()
			}
			return shown()
		})))
	a.log = above{p.bars, a.err}
	if sameTerminal(a.out.w, a.err) {
		a.printer.W = above{p.bars, a.out}
	}
	return p
}

// reading returns the text of the progress of a list.
func (a *app) reading(what string) func() string {
	begin := time.Now()
	return func() string { return fmt.Sprintf("reading %s for %s", what, short(time.Since(begin))) }
}

type builder func() mpb.BarFiller

func (b builder) Build() mpb.BarFiller { return b() }

func (p *progress) lines() {
	ticker := time.NewTicker(lineEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-ticker.C:
			p.app.say("%s", p.text())
		}
	}
}

// ended says how many things have ended.
func (p *progress) ended(n int) {
	if p.bar != nil {
		p.bar.SetCurrent(int64(n))
	}
}

// above writes lines above the line of progress of the same terminal.
type above struct {
	bars *mpb.Progress
	w    io.Writer
}

func (a above) Write(b []byte) (int, error) {
	if n, err := a.bars.Write(b); err == nil {
		return n, nil
	}
	return a.w.Write(b)
}

// stop removes the line of progress.
func (p *progress) stop() {
	close(p.done)
	p.wait.Wait()
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
	p.app.log, p.app.printer.W = p.app.err, p.app.out
}

// terminal reports whether w is a terminal that a line can be drawn on again.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return false
	}
	// One that does not tell its size shows nothing.
	width, height, err := term.GetSize(int(f.Fd()))
	return err == nil && width > 0 && height > 0
}

// sameTerminal reports whether both are one terminal.
func sameTerminal(a, b io.Writer) bool {
	if !terminal(a) || !terminal(b) {
		return false
	}
	one, err := a.(*os.File).Stat()
	other, err2 := b.(*os.File).Stat()
	return err == nil && err2 == nil && os.SameFile(one, other)
}

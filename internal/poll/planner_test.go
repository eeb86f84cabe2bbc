package poll

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var origin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// listed is an account's List for a round to be made over: the starts of its
// tasks, newest first, and which of them are awaited.
type listed struct {
	starts  []time.Time
	asks    map[int]int32 // row to ask
	rows    map[int32]int
	hidden  map[int]bool // rows that pages do not show
	unknown map[int32]bool
}

// carry makes a round and returns the calls it cost, page and other.
func (a *listed) carry(t *testing.T, p *Planner, asks []Ask, maxCalls int) (l *Round, pages, calls int) {
	t.Helper()
	l = p.Round(origin, asks, maxCalls)
	for {
		require.Less(t, pages+calls, 10_000, "a round ends")
		step := l.Next()
		switch step.Kind {
		case Done:
			return l, pages, calls
		case Page:
			require.Zero(t, calls, "pages come first")
			require.True(t, slices.ContainsFunc(asks, func(x Ask) bool { return !x.seen }), "no page when all were seen")
			from := pages * p.Limits.Page
			pages++
			to := min(len(a.starts), from+p.Limits.Page)
			for row := from; row < to; row++ {
				if ask, ok := a.asks[row]; ok && !a.hidden[row] {
					l.Saw(ask, row-from)
				}
			}
			l.PageDone(a.starts[min(from, to):to], to < len(a.starts))
		default:
			calls++
			require.NotEmpty(t, step.Asks)
			require.LessOrEqual(t, len(step.Asks), p.Limits.IDs)
			for _, ask := range step.Asks {
				require.False(t, asks[ask].seen, "nobody is asked for twice")
				require.Equal(t, asks[ask].ByObject, step.Kind == Objects)
				if asks[ask].Alone {
					require.Len(t, step.Asks, 1)
				}
			}
			for _, ask := range step.Asks {
				if !a.unknown[ask] {
					l.Saw(ask, -1)
				}
			}
		}
	}
}

// random makes an account of n tasks of which some are awaited.
func random(r *rand.Rand, n int, share float64) (*listed, []Ask) {
	a := &listed{asks: map[int]int32{}, rows: map[int32]int{}, hidden: map[int]bool{}, unknown: map[int32]bool{}}
	at := origin
	var asks []Ask
	for row := range n {
		at = at.Add(-time.Duration(r.ExpFloat64() * float64(time.Second)))
		a.starts = append(a.starts, at)
		if r.Float64() < share {
			a.asks[row], a.rows[int32(len(asks))] = int32(len(asks)), row
			asks = append(asks, Ask{
				Start: at.Add(time.Duration(r.IntN(15)) * time.Millisecond),
				Worth: r.ExpFloat64(),
				Force: r.IntN(5) == 0,
				Alone: r.IntN(50) == 0,
			})
		}
	}
	r.Shuffle(len(asks), func(i, j int) {
		asks[i], asks[j] = asks[j], asks[i]
		x, y := a.rows[int32(i)], a.rows[int32(j)]
		a.rows[int32(i)], a.rows[int32(j)] = y, x
		a.asks[x], a.asks[y] = int32(j), int32(i)
	})
	return a, asks
}

func TestLookShowsWhatIsDueForFewCalls(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		a, asks := random(r, 1+r.IntN(6000), []float64{0.0005, 0.01, 0.3, 1}[r.IntN(4)])
		p := &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}
		if r.IntN(2) == 0 {
			// Some were on pages before.
			for ask, row := range a.rows {
				if r.IntN(4) > 0 {
					asks[ask].Row = float64(row + 1)
				}
			}
		}
		Locate(asks)
		due, alone := 0, 0
		for _, x := range asks {
			if x.Force || x.Worth >= p.Price/10 {
				if due++; x.Alone {
					alone++
				}
			}
		}
		// The forced ones matter whatever they are worth: count both ways.
		byID := batches(due-alone, 10) + alone
		all := batches(len(a.starts), 1000)
		_, pages, calls := a.carry(t, p, asks, 1000)
		for i, x := range asks {
			require.True(t, x.seen || !(x.Force || x.Worth >= p.Price/10), "seed %d, ask %d", seed, i)
		}
		// A place on the List is a guess until it was seen, so pages may be
		// tried in vain: never more than the ids would have cost.
		require.LessOrEqual(t, pages+calls, min(2*byID, byID+all)+1, "seed %d: %d pages and %d calls for %d due of %d", seed, pages, calls, due, len(asks))
		require.True(t, p.UsesPages(origin), "a List that sorts is trusted")
	}
}

func TestLookOnceTheListIsKnownCostsTheCheaperForm(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		a, asks := random(r, 1+r.IntN(20_000), r.Float64())
		for i := range asks {
			asks[i].Row, asks[i].Force, asks[i].Alone = float64(a.rows[int32(i)]+1), true, false
		}
		p := &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}
		best := batches(len(asks), 10)
		for m := 1; m <= batches(len(a.starts), 1000); m++ {
			far := 0
			for _, row := range a.rows {
				if row >= m*1000 {
					far++
				}
			}
			best = min(best, m+batches(far, 10))
		}
		_, pages, calls := a.carry(t, p, asks, 10_000)
		require.Equal(t, best, pages+calls, "seed %d", seed)
	}
}

func TestPageIsNotFollowedWhenAllWereOnIt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	a, asks := random(r, 5000, 0)
	for row := range 500 {
		a.asks[row], a.rows[int32(row)] = int32(row), row
		asks = append(asks, Ask{Start: a.starts[row], Worth: 1})
	}
	Locate(asks)
	_, pages, calls := a.carry(t, &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}, asks, 100)
	require.Equal(t, 1, pages)
	require.Zero(t, calls)
}

func TestTasksOlderThanThePageAreAskedByID(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	a, asks := random(r, 100_000, 0)
	for i := range 30 {
		row := 90_000 + i
		a.asks[row], a.rows[int32(i)] = int32(i), row
		asks = append(asks, Ask{Start: a.starts[row], Worth: 5})
	}
	Locate(asks)
	p := &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}
	_, pages, calls := a.carry(t, p, asks, 100)
	require.Equal(t, 1, pages, "one page shows how far back they are")
	require.Equal(t, 3, calls)
	require.Greater(t, asks[0].Row, 80_000.0)
	for i := range asks {
		asks[i].seen = false
	}
	_, pages, calls = a.carry(t, p, asks, 100)
	require.Zero(t, pages)
	require.Equal(t, 3, calls)
}

func TestTiesOnThePageEdgeAreNotMisplaced(t *testing.T) {
	t.Parallel()
	a := &listed{asks: map[int]int32{}, rows: map[int32]int{}}
	var asks []Ask
	for row := range 3000 {
		a.starts = append(a.starts, origin)
		a.asks[row], a.rows[int32(row)] = int32(row), row
		asks = append(asks, Ask{Start: origin, Worth: 1})
	}
	Locate(asks)
	p := &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}
	_, pages, calls := a.carry(t, p, asks, 100)
	require.Equal(t, 3, pages)
	require.Zero(t, calls)
	require.Zero(t, p.strikes)
}

func TestPagesThatLeaveTasksOutAreLeftAlone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	a, asks := random(r, 500, 1)
	for i := range asks {
		asks[i].Worth, asks[i].Force, asks[i].Alone = 1, false, false
	}
	for row := range a.asks {
		a.hidden[row] = row%3 == 0
	}
	p := &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}
	for round := 1; p.UsesPages(origin); round++ {
		require.LessOrEqual(t, round, 2)
		Locate(asks)
		_, pages, calls := a.carry(t, p, asks, 100)
		require.Equal(t, 1, pages)
		require.LessOrEqual(t, calls, 1, "a sample tells")
		for i := range asks {
			asks[i].seen, asks[i].missed, asks[i].Row = false, false, 0
		}
	}
	_, pages, calls := a.carry(t, p, asks, 100)
	require.Zero(t, pages)
	require.Equal(t, 50, calls)
	require.True(t, p.UsesPages(origin.Add(givenUpFor)), "they get another chance")
}

func TestListThatLagsIsNoContradiction(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 6))
	p := &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}
	for range 10 {
		a, asks := random(r, 500, 1)
		for i := range asks {
			asks[i].Force, asks[i].Alone = false, false
		}
		for row := range 100 { // the newest are not listed yet, in no form
			a.hidden[row], a.unknown[a.asks[row]] = true, true
		}
		Locate(asks)
		_, _, calls := a.carry(t, p, asks, 100)
		require.LessOrEqual(t, calls, 1)
		require.True(t, p.UsesPages(origin))
	}
}

func TestUnsortedAndRefusedPagesMeanIDsInTheSameLook(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]func(*Round){
		"ascending": func(l *Round) {
			var starts []time.Time
			for i := range 100 {
				starts = append(starts, origin.Add(time.Duration(i)*time.Second))
			}
			l.PageDone(starts, true)
		},
		"refused": func(l *Round) { l.PageRefused() },
	} {
		asks := make([]Ask, 45)
		for i := range asks {
			asks[i] = Ask{Start: origin.Add(time.Duration(i) * time.Second), Worth: 1}
		}
		Locate(asks)
		p := &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.6}
		l := p.Round(origin, asks, 100)
		require.Equal(t, Page, l.Next().Kind, name)
		page(l)
		calls := 0
		for step := l.Next(); step.Kind != Done; step = l.Next() {
			require.Equal(t, IDs, step.Kind, name)
			calls++
			for _, ask := range step.Asks {
				l.Saw(ask, -1)
			}
		}
		require.Equal(t, 5, calls, name)
		require.False(t, p.UsesPages(origin), name)
	}
}

func TestFamilyWithoutPages(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	a, asks := random(r, 400, 1)
	for i := range asks {
		asks[i].Force, asks[i].Alone = true, false
	}
	Locate(asks)
	_, pages, calls := a.carry(t, &Planner{Limits: Limits{IDs: 1}, Price: 0.6}, asks, 1000)
	require.Zero(t, pages)
	require.Equal(t, 400, calls, "one call a task where nothing else is offered")
}

func TestSpareIDsAreUsed(t *testing.T) {
	t.Parallel()
	asks := make([]Ask, 12)
	for i := range asks {
		asks[i] = Ask{Worth: 0.01 * float64(i)}
	}
	asks[0].Force = true
	p := &Planner{Limits: Limits{IDs: 10}, Price: 100}
	step := p.Round(origin, asks, 100).Next()
	require.Len(t, step.Asks, 10)
	require.Contains(t, step.Asks, int32(0))
	require.NotContains(t, step.Asks, int32(1), "the places go to those worth most")
}

// FuzzLook gives a round answers that make no sense.
func FuzzLook(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint64(1))
	f.Add([]byte{255, 0, 7, 9, 200, 200, 13}, uint64(99))
	f.Fuzz(func(t *testing.T, script []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		asks := make([]Ask, r.IntN(200))
		for i := range asks {
			asks[i] = Ask{Row: r.NormFloat64() * 5000, Worth: r.NormFloat64(), Force: r.IntN(4) == 0, Alone: r.IntN(9) == 0, ByObject: r.IntN(9) == 0}
			if r.IntN(3) > 0 {
				asks[i].Start = origin.Add(time.Duration(r.NormFloat64() * float64(time.Hour)))
			}
		}
		p := &Planner{Limits: Limits{IDs: 1 + r.IntN(12), Page: r.IntN(40)}, Price: r.Float64()}
		now := origin
		for range 3 {
			Locate(asks)
			l := p.Round(now, asks, r.IntN(20))
			for calls := 0; ; calls++ {
				if calls > 1000 {
					t.Fatal("the round does not end")
				}
				step := l.Next()
				if step.Kind == Done {
					break
				}
				var b byte
				if len(script) > 0 {
					b, script = script[0], script[1:]
				}
				if step.Kind == Page {
					if b%7 == 0 {
						l.PageRefused()
						continue
					}
					starts := make([]time.Time, int(b)%41)
					for i := range starts {
						starts[i] = origin.Add(-time.Duration(i) * time.Duration(b) * time.Second)
						if len(asks) > 0 && r.IntN(3) == 0 {
							l.Saw(int32(r.IntN(len(asks))), i)
						}
					}
					l.PageDone(starts, b%3 > 0)
					continue
				}
				for _, ask := range step.Asks {
					if b%2 == 0 {
						l.Saw(ask, -1)
					}
				}
			}
			l.Close(time.Duration(r.IntN(1000)-10) * time.Second)
			now = now.Add(time.Minute)
			for i := range asks {
				asks[i].seen, asks[i].missed = false, false
			}
		}
		if p.Rate() < 0 {
			t.Fatal("a negative rate")
		}
	})
}

package tests

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// trouble is a way in which the Lists of a service fail, chosen by chance. Each
// task can be seen in one form at least, and no refusal stands.
type trouble struct {
	pagesFail, idsFail float64 // how likely a call fails; 1 for always
	tasks, bad         []string
	most               int // ids in one call
	fault              error
	refusal            error
	refuses            float64         // how likely a call is refused
	refused            map[string]bool // tasks that were not shown since; they are not refused again
}

func troubleOf(r *rand.Rand, tasks int) *trouble {
	pick := func(list ...float64) float64 { return list[r.IntN(len(list))] }
	tr := &trouble{
		pagesFail: pick(0, 0, 0.2, 0.5, 1), idsFail: pick(0, 0, 0.2, 0.5, 1), most: []int{10, 10, 10, 4, 1}[r.IntN(5)],
		fault:   []error{&pc.InternalServerException{}, errBroken, &smithy.GenericAPIError{Code: "UnknownError"}}[r.IntN(3)],
		refusal: []error{&pc.AccessDeniedException{}, &smithy.GenericAPIError{Code: "ExpiredTokenException"}}[r.IntN(2)],
		refuses: pick(0, 0, 0.3), refused: map[string]bool{},
	}
	for i := range tasks {
		tr.tasks = append(tr.tasks, stubID(i))
	}
	if tr.pagesFail == 1 && tr.idsFail == 1 {
		tr.idsFail = 0
	}
	if tr.pagesFail == 1 || tr.most < 10 {
		tr.refuses = 0
	}
	if tr.pagesFail < 1 {
		for range r.IntN(3) {
			tr.bad = append(tr.bad, stubID(r.IntN(tasks)))
		}
	}
	return tr
}

func (tr *trouble) of(r *rand.Rand, c stubCall) error {
	asked := c.ids
	if c.page {
		asked = tr.tasks
	}
	again := slices.ContainsFunc(asked, func(id string) bool { return tr.refused[id] })
	if !again && r.Float64() < tr.refuses {
		for _, id := range asked {
			tr.refused[id] = true
		}
		return tr.refusal
	}
	likely := tr.idsFail
	if c.page {
		likely = tr.pagesFail
	}
	isBad := func(id string) bool { return slices.Contains(tr.bad, id) }
	if r.Float64() < likely || len(c.ids) > tr.most || slices.ContainsFunc(c.ids, isBad) {
		return tr.fault
	}
	for _, id := range asked {
		tr.refused[id] = false
	}
	return nil
}

func TestEveryTaskIsSeenAsLongAsSomeFormWorks(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				n := []int{1, 2, 5, 10, 11, 40}[r.IntN(6)]
				tr := troubleOf(r, n)
				s := &stub{latency: 50 * time.Millisecond}
				s.refuse = func(c stubCall) error { return tr.of(r, c) }
				after, errs := waitAll(t, pc.NewTaskWaiter(s), s.runningMany(n, 20*time.Second), time.Hour)
				for id, err := range errs {
					t.Errorf("%s of %d, %+v: %v", id, n, *tr, err)
				}
				for id, d := range after {
					if d > 12*time.Minute {
						t.Errorf("%s of %d was seen after %s, %+v", id, n, d, *tr)
					}
				}
				require.Less(t, len(s.recorded()), 1200)
			})
		})
	}
}

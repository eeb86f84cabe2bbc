package partnercentraltest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const million = 1_000_000

// crowd is a service with a million submissions and as many prospecting tasks:
// one in a thousand of the submissions has failed, and one in a thousand is for
// one opportunity; one in ten of all still runs.
type crowd struct {
	svc          *fake.Service
	bytesPerTask float64
}

var fullHouse = sync.OnceValue(func() crowd {
	svc := fake.NewService(fake.WithoutSignatures(), fake.WithRecordLimit(1))
	before := heapSize()
	fill(svc, fake.StartEngagementFromOpportunityTask, func(i int) string {
		id := fmt.Sprintf("O%d", 10+i)
		if i%1000 == 0 {
			id = "O1"
		}
		return fmt.Sprintf(`{"Catalog":"AWS","ClientToken":"11111111-2222-4333-8444-%012d","Identifier":%q,"AwsSubmission":{"InvolvementType":"Co-Sell","Visibility":"Full"}}`, i, id)
	})
	c := crowd{svc, float64(heapSize()-before) / million}
	fill(svc, fake.StartProspectingFromEngagementTask, func(i int) string {
		return fmt.Sprintf(`{"Catalog":"AWS","ClientToken":"11111111-2222-4333-8444-%012d","TaskName":"campaign %d","Identifiers":["eng-%014d"]}`, i, i*7919%million, i)
	})
	return c
})

func fill(svc *fake.Service, op fake.Operation, body func(int) string) {
	done := fake.Immediately(fake.Complete())
	for i := range million {
		switch {
		case i%1000 == 1:
			svc.Script(op, fake.Immediately(fake.Fail("InternalError", "")))
		case i%10 != 0:
			if i%1000 == 2 {
				svc.Script(op, fake.Repeat(8, done))
			} else if i%10 == 1 {
				svc.Script(op, fake.Repeat(9, done))
			}
		default:
			svc.Script(op, fake.Never())
		}
		ask(svc, op, body(i))
		if i%1000 == 999 {
			fake.DropUsedScripts(svc)
		}
	}
}

func heapSize() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func ask(svc *fake.Service, op fake.Operation, body string) []byte {
	r, err := http.NewRequest("POST", "http://fake/", bytes.NewReader([]byte(body)))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling."+string(op))
	answer, err := svc.Transport().RoundTrip(r)
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(answer.Body) // in memory
	if answer.StatusCode != 200 {
		panic(string(text))
	}
	return text
}

// BenchmarkMillionTasks is a page of 1,000 tasks out of a million, and of 100 of
// prospecting, the most that it has.
func BenchmarkMillionTasks(b *testing.B) {
	c := fullHouse()
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			time.Sleep(0)
		}
		b.ReportMetric(c.bytesPerTask, "bytes/task")
	})
	for _, page := range []struct {
		name string
		op   fake.Operation
		body string
	}{
		{"unfiltered", fake.ListEngagementFromOpportunityTasks, `{"Catalog":"AWS","MaxResults":1000}`},
		{"by status", fake.ListEngagementFromOpportunityTasks, `{"Catalog":"AWS","MaxResults":1000,"TaskStatus":["FAILED"]}`},
		{"by object", fake.ListEngagementFromOpportunityTasks, `{"Catalog":"AWS","MaxResults":1000,"OpportunityIdentifier":["O1"]}`},
		{"by status and object", fake.ListEngagementFromOpportunityTasks, `{"Catalog":"AWS","MaxResults":1000,"TaskStatus":["IN_PROGRESS"],"OpportunityIdentifier":["O1"]}`},
		{"prospecting by start", fake.ListProspectingFromEngagementTasks, `{"Catalog":"AWS","MaxResults":100}`},
		{"prospecting by name", fake.ListProspectingFromEngagementTasks, `{"Catalog":"AWS","MaxResults":100,"Sort":{"SortBy":"TaskName","SortOrder":"ASCENDING"}}`},
		{"prospecting of one name", fake.ListProspectingFromEngagementTasks, `{"Catalog":"AWS","MaxResults":100,"TaskName":["campaign 7"]}`},
		{"prospecting by failures", fake.ListProspectingFromEngagementTasks, `{"Catalog":"AWS","MaxResults":100,"Sort":{"SortBy":"FailedEngagementCount","SortOrder":"DESCENDING"}}`},
	} {
		b.Run(page.name, func(b *testing.B) {
			b.ReportAllocs()
			size := len(ask(c.svc, page.op, page.body)) // sorts by name, the first time
			for b.Loop() {
				size = len(ask(c.svc, page.op, page.body))
			}
			b.ReportMetric(float64(size), "bytes/page")
		})
	}
}

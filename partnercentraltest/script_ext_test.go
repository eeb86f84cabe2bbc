package partnercentraltest_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const prospectOp = fake.StartProspectingFromEngagementTask

// Each mistake in Go ends the test, or is kept where there is none, and says in
// words of a script what is wrong.
func TestMistakesInGo(t *testing.T) {
	t.Parallel()
	complete := fake.Complete()
	for name, c := range map[string]struct {
		declare func(*fake.Service)
		want    string
	}{
		"mistyped operation": {func(s *fake.Service) {
			s.Fault("StartEngagementFromOportunityTask", fake.Always(), fake.Reset())
		}, `unknown operation "StartEngagementFromOportunityTask", did you mean "StartEngagementFromOpportunityTask"?`},
		"mistyped unmodelled operation": {func(s *fake.Service) { s.Answer("GetOportunity", fake.Answer{Body: "{}"}) },
			`unknown operation "GetOportunity", did you mean "GetOpportunity"?`},
		"script of a List":    {func(s *fake.Service) { s.Script(listOp, complete) }, "outcomes are scripted for a Start, ListEngagementFromOpportunityTasks is none"},
		"no outcomes":         {func(s *fake.Service) { s.Script(startOp) }, "a script needs outcomes"},
		"known status":        {func(s *fake.Service) { s.Script(startOp, complete, fake.EndIn("FAILED")) }, `outcome 2, unknownStatus: "FAILED" is a status that the API knows`},
		"no status":           {func(s *fake.Service) { s.Script(startOp, fake.EndIn("")) }, "outcome 1, unknownStatus: it needs a status"},
		"negative after":      {func(s *fake.Service) { s.Script(startOp, fake.After(-1, complete)) }, "outcome 1, after: it can not be negative"},
		"negative polls":      {func(s *fake.Service) { s.Script(startOp, fake.AfterPolls(-1, complete)) }, "outcome 1, afterPolls: it can not be negative"},
		"negative visibility": {func(s *fake.Service) { s.Script(startOp, fake.VisibleAfter(-1, complete)) }, "outcome 1, visibleAfter: it can not be negative"},
		"repeated zero times": {func(s *fake.Service) { s.Script(startOp, fake.Repeat(0, complete)) }, "outcome 1, times: it counts from 1"},
		"default with times":  {func(s *fake.Service) { s.Script(startOp, fake.ByDefault(fake.Repeat(2, complete))) }, "outcome 1, default: "},
		"after the default":   {func(s *fake.Service) { s.Script(startOp, fake.ByDefault(complete), complete) }, "outcome 1, default: the outcomes after one by default are never used"},
		"engagements of a submission": {func(s *fake.Service) {
			s.Script(startOp, fake.WithEngagements(complete, fake.FailEngagement("eng-aaaaaaaaaaaaaa", "", "")))
		}, "outcome 1, engagements: only tasks of StartProspectingFromEngagementTask have them"},
		"results of a submission": {func(s *fake.Service) { s.Script(startOp, fake.WithoutResults(complete)) }, "outcome 1, withoutResults: only tasks of"},
		"engagement without status": {func(s *fake.Service) {
			s.Script(prospectOp, fake.WithEngagements(complete, fake.EngagementOutcome{Engagement: "eng-aaaaaaaaaaaaaa"}))
		}, "outcome 1, engagements, entry 1: an engagement has an engagement (its id) and a status"},
		"reason without failure": {func(s *fake.Service) {
			s.Script(prospectOp, fake.WithEngagements(complete, fake.EngagementOutcome{Engagement: "eng-aaaaaaaaaaaaaa", Status: "COMPLETED", ReasonCode: "X"}))
		}, "a reason and a message are for the status FAILED"},
		"zero times":            {func(s *fake.Service) { s.Fault(startOp, fake.Times(0), fake.Reset()) }, "times: it counts from 1, and is 0"},
		"zeroth":                {func(s *fake.Service) { s.Fault(startOp, fake.Nth(0), fake.Reset()) }, "nth: it counts from 1, and is 0"},
		"no count":              {func(s *fake.Service) { s.Fault(startOp, fake.Count{}, fake.Reset()) }, "exactly one of nth, times and always"},
		"no effect":             {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.Effect{}) }, "a fault needs an effect"},
		"status 0":              {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.Error(0, "X", "")) }, "status: the effect error needs a status from 200 to 599"},
		"error without code":    {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.Error(400, "", "")) }, "code: the effect error needs a code"},
		"no error":              {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.Refuse(nil)) }, "code: the effect error needs a code"},
		"nil error":             {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.Refuse((*pc.ConflictException)(nil))) }, "needs a code"},
		"page with no status":   {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.HTML(0)) }, "status: the effect html needs a status"},
		"negative delay":        {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.Slow(-time.Second)) }, "delay: it can not be negative"},
		"negative bytes":        {func(s *fake.Service) { s.Fault(startOp, fake.Always(), fake.Truncate(-1)) }, "bytes: it can not be negative"},
		"unknown catalog":       {func(s *fake.Service) { s.When(startOp, fake.WithCatalog("sandbox")).Script(complete) }, `catalog: unknown catalog "sandbox", it is AWS or Sandbox`},
		"nothing to match":      {func(s *fake.Service) { s.When(startOp, fake.WithToken()).Script(complete) }, "tokens: it needs something to match"},
		"token of a List":       {func(s *fake.Service) { s.When(listOp, fake.WithToken("a")).Fault(fake.Always(), fake.Reset()) }, "has no ClientToken"},
		"empty matcher":         {func(s *fake.Service) { s.When(listOp, fake.Matcher{}).Fault(fake.Always(), fake.Reset()) }, "a matcher comes from"},
		"no answer":             {func(s *fake.Service) { s.Answer("GetOpportunity") }, "there is no answer"},
		"answer of modelled":    {func(s *fake.Service) { s.Answer(listOp, fake.Answer{Body: "{}"}) }, "is modelled"},
		"answer that is a list": {func(s *fake.Service) { s.Answer("GetOpportunity", fake.Answer{Body: []int{1}}) }, "answer 1, answer: it is a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			svc := fake.New(r)
			var ended sync.WaitGroup
			ended.Go(func() {
				c.declare(svc)
				t.Error("the test was not ended")
			})
			ended.Wait()
			require.Len(t, r.errors, 1)
			require.Contains(t, r.errors[0], c.want)
			require.NotRegexp(t, `partnercentraltest\.[A-Z]|json:|\*|struct|Outcome\{`, r.errors[0], "words of a script")
			require.NoError(t, svc.Err())

			kept := fake.NewService()
			c.declare(kept)
			require.ErrorContains(t, kept.Err(), c.want)
			_, err := kept.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"), atOnce)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestMistakesInOptions(t *testing.T) {
	t.Parallel()
	for want, option := range map[string]fake.Option{
		"the duration: it can not be negative":           fake.WithDuration(-1),
		"the limit of the record":                        fake.WithRecordLimit(-1),
		"the quotas: it can not be negative":             fake.WithQuotas(fake.Quotas{ReadBurst: -1}),
		"the default outcome, after: it can not be":      fake.WithDefaultOutcome(fake.After(-1, fake.Complete())),
		"the default outcome, unknownStatus: \"FAILED\"": fake.WithDefaultOutcome(fake.EndIn("FAILED")),
	} {
		require.ErrorContains(t, fake.NewService(option).Err(), want)
	}
	require.NoError(t, fake.NewService(fake.WithDefaultOutcome(fake.Never())).Err())
}

// Each mistake in JSON is told with its entry, member and line.
func TestMistakesInJSON(t *testing.T) {
	t.Parallel()
	outcome := func(text string) string {
		return "{\"scripts\":[{\"operation\":\"StartEngagementFromOpportunityTask\",\n\"outcomes\":[\n" + text + "]}]}"
	}
	fault := func(text string) string {
		return "{\"faults\":[{\"operation\":\"StartEngagementFromOpportunityTask\",\n" + text + "}]}"
	}
	for _, c := range []struct{ text, want string }{
		{"{\n\"scripts\"", "unexpected EOF"},
		{"{\n\"scripts\":[}]}", "(line 2)"},
		{`{"scripts":[],"scripts":[]}`, `"scripts" is given twice`},
		{`[]`, "it is a JSON object, not a list (line 1)"},
		{`{"script":[]}`, `unknown member "script", did you mean "scripts"? (line 1)`},
		{"{\"scripts\":\n{}}", "scripts: it is a list, not an object (line 1)"},
		{"{\"scripts\":[\n7]}", "script 1: it is a JSON object, not the number 7 (line 2)"},
		{`{"scripts":[{"operation":"StartEngagementFromOportunityTask"}]}`, `script 1: unknown operation "StartEngagementFromOportunityTask", did you mean`},
		{`{"scripts":[{"operation":7}]}`, "script 1, operation: it is a text, not the number 7"},
		{`{"scripts":[{"operation":"StartEngagementFromOpportunityTask"}]}`, "script 1: a script needs outcomes"},
		{`{"scripts":[{"operation":"ListEngagementFromOpportunityTasks","outcomes":[{}]}]}`, "is none"},
		{"{\"scripts\":[{\"operation\":\"StartEngagementFromOpportunityTask\",\n\n\"catalog\":\"sandbox\",\"outcomes\":[{}]}]}", `script 1, catalog: unknown catalog "sandbox", it is AWS or Sandbox (line 3)`},
		{outcome(`{"status":"FAILD"}`), `script 1, outcome 1, status: unknown status "FAILD", did you mean "FAILED"?`},
		{outcome("{},\n{\"status\":\"FAILD\"}"), "(line 4)"},
		{outcome(`{"status":"IN_PROGRESS"}`), "a task that does not end is never"},
		{outcome(`{"unknownStatus":"FAILED"}`), "outcome 1, unknownStatus: \"FAILED\" is a status that the API knows"},
		{outcome(`{"unknownStatus":"X","status":"FAILED"}`), "not both"},
		{outcome(`{"reason":"OpportunityConflict"}`), "outcome 1, reason: a reason is for the status FAILED (line 3)"},
		{outcome(`{"status":"COMPLETE","message":"m"}`), "outcome 1, message: a message is for the status FAILED"},
		{outcome(`{"never":true,"status":"FAILED"}`), "outcome 1, status: a task that never ends has no status"},
		{outcome(`{"never":true,"after":"1s"}`), "more than one of after, afterPolls and never"},
		{outcome(`{"never":1}`), "outcome 1, never: it is true or false, not the number 1"},
		{outcome(`{"after":"-1s"}`), "outcome 1, after: it can not be negative"},
		{outcome(`{"after":"soon"}`), `it is a time such as "1m30s", not "soon"`},
		{outcome(`{"after":3}`), "outcome 1, after: it is a text, not the number 3"},
		{outcome(`{"afterPolls":-1}`), "outcome 1, afterPolls: it can not be negative"},
		{outcome(`{"afterPolls":1.5}`), "it is a whole number"},
		{outcome(`{"times":0}`), "outcome 1, times: it counts from 1"},
		{outcome(`{"default":true},{}`), "never used"},
		{outcome(`{"withoutResults":true}`), "only tasks of StartProspectingFromEngagementTask"},
		{outcome(`{"statsu":"FAILED"}`), `outcome 1: unknown member "statsu", did you mean "status"?`},
		{strings.Replace(outcome(`{"engagements":[{"engagement":"eng-aaaaaaaaaaaaaa","status":"DONE"}]}`), "EngagementFromOpportunity", "ProspectingFromEngagement", 1), `outcome 1, engagements, entry 1, status: unknown status "DONE"`},
		{fault(`"effect":"reset"`), "exactly one of nth, times and always"},
		{fault(`"nth":1,"times":1,"effect":"reset"`), "exactly one"},
		{fault(`"nth":0,"effect":"reset"`), "fault 1, nth: it counts from 1, and is 0 (line 2)"},
		{fault(`"times":-2,"effect":"reset"`), "fault 1, times: it counts from 1, and is -2"},
		{fault(`"nth":1,"effect":"restet"`), `did you mean "reset"`},
		{fault(`"nth":1`), `a fault needs an effect`},
		{fault(`"nth":1,"effect":"throttle","status":429`), "fault 1, status: the effect throttle has no status"},
		{fault(`"nth":1,"effect":"error","status":500`), "code: the effect error needs a code"},
		{fault(`"nth":1,"effect":"error","code":"SomethingNew"`), "needs a status from 200 to 599"},
		{fault(`"nth":1,"effect":"error","code":"ConflictException","reason":"X"`), "reason: ValidationException and AccessDeniedException have a reason"},
		{fault(`"nth":1,"effect":"error","code":"ConflictException","errorList":[]`), "ValidationException has an errorList"},
		{fault(`"nth":1,"effect":"error","code":"ValidationException","errorList":[{"field":"x"}]`), `fault 1, errorList, entry 1: unknown member "field", did you mean "fieldName"?`},
		{fault(`"nth":1,"effect":"slow"`), "needs a delay"},
		{fault(`"nth":1,"effect":"truncate","bytes":-1`), "bytes: it can not be negative"},
		{`{"answers":[{"operation":"GetOpportunity"}]}`, "answer 1, answer: it is a JSON object"},
		{`{"answers":[{"operation":"GetOpportunity","answer":[1]}]}`, "answer 1, answer: it is a JSON object"},
		{`{"answers":[{"operation":"StartEngagementFromOpportunityTask","answer":{}}]}`, "is modelled"},
		{`{"answers":[{"operation":"GetOpportunity","answer":{},"times":0}]}`, "answer 1, times: it counts from 1"},
	} {
		svc := fake.NewService()
		err := svc.Load(strings.NewReader(c.text))
		require.ErrorContains(t, err, c.want, c.text)
		require.NotRegexp(t, `json: |Go |partnercentraltest\.|unmarshal|Plan`, err.Error(), c.text)
		require.Empty(t, svc.Leftovers(), "nothing is loaded")
		require.NoError(t, svc.Err(), "the caller has the error")
	}
}

func TestAllMistakesAreTold(t *testing.T) {
	t.Parallel()
	err := fake.NewService().Load(strings.NewReader(`{"scripts":[{"operation":"StartEngagementFromOpportunityTask",
		"outcomes":[{"status":"FAILD"},{"after":"-1s"}]}],
		"faults":[{"operation":"X","nth":1,"effect":"reset"}]}`))
	require.Equal(t, `partnercentraltest: script 1, outcome 1, status: unknown status "FAILD", did you mean "FAILED"? A status that the API does not know goes into unknownStatus, and a task that does not end is never (line 2)
script 1, outcome 2, after: it can not be negative (line 2)
fault 1: unknown operation "X", did you mean "`, err.Error()[:strings.LastIndex(err.Error(), `mean "`)+len(`mean "`)])
}

// What JSON says is what Go says.
func TestJSONIsGo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"scripts":[{"operation":"StartEngagementFromOpportunityTask","identifiers":["O1"],"outcomes":[{"times":3,"status":"FAILED","reason":"R","message":"m","after":"30s"},{"default":true,"never":true}]}]}`: `StartEngagementFromOpportunityTask WithIdentifier("O1")[Repeat(3, After(30s, Fail("R", "m"))) ByDefault(Never())]`,
		`{"scripts":[{"operation":"StartProspectingFromEngagementTask","outcomes":[{"status":"COMPLETED","afterPolls":2,"withoutResults":true}]}]}`:                                                               `StartProspectingFromEngagementTask[WithoutResults(AfterPolls(2, Complete()))]`,
		`{"faults":[{"operation":"ListEngagementFromOpportunityTasks","always":true,"effect":"error","code":"AccessDeniedException","reason":"R"}]}`:                                                              `Fault(ListEngagementFromOpportunityTasks, Always(), Error(403, AccessDeniedException))`,
		`{"faults":[{"operation":"GetOpportunity","nth":2,"effect":"wrongClock","afterCommit":true}]}`:                                                                                                            `Fault(GetOpportunity, Nth(2), AfterCommit(WrongClock()))`,
		`{"answers":[{"operation":"GetOpportunity","identifiers":["O1"],"answer":{"Id":"O1"},"times":2}]}`:                                                                                                        `GetOpportunity WithIdentifier("O1") 2 false{"Id":"O1"}`,
	} {
		all, err := fake.ReadScript(text)
		require.NoError(t, err, text)
		require.Equal(t, []string{want}, all)
	}
}

// Every modelled error arrives as its type, with all members.
func TestErrorsInJSON(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	require.NoError(t, svc.Load(strings.NewReader(`{"faults":[{"operation":"StartEngagementFromOpportunityTask","nth":1,"effect":"error","code":"ValidationException",
		"message":"m","reason":"BUSINESS_VALIDATION_FAILED","errorList":[{"fieldName":"Identifier","message":"no","code":"INVALID_VALUE"}]}]}`)))
	_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"))
	var invalid *pc.ValidationException
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, pc.ValidationExceptionReasonBusinessValidationFailed, invalid.Reason)
	require.Len(t, invalid.ErrorList, 1)
	require.Equal(t, "Identifier", *invalid.ErrorList[0].FieldName)
	require.Equal(t, 400, svc.Calls()[0].Status)
}

func TestRepeatedAndDefaultOutcomes(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	end := func(word string) fake.Outcome { return fake.Immediately(fake.Fail(pc.ReasonCode(word), "")) }
	svc.Script(startOp, fake.ByDefault(end("any")))
	svc.When(startOp, fake.WithIdentifier("O1")).Script(fake.Repeat(2, end("twice")), end("once"))
	svc.When(startOp, fake.WithIdentifier("O1")).Script(fake.ByDefault(end("first default")))
	svc.When(startOp, fake.WithIdentifier("O1")).Script(fake.ByDefault(end("O1")))
	svc.When(startOp, fake.WithIdentifier("O1"), fake.WithToken("t3")).Script(end("most specific"))
	client := svc.Client()
	var got []string
	for i, id := range []string{"O1", "O1", "O2", "O1", "O1", "O1", "O1", "O2"} {
		out, err := client.StartEngagementFromOpportunityTask(t.Context(), submit(id, "t"+string(rune('0'+i))))
		require.NoError(t, err)
		got = append(got, string(out.ReasonCode))
	}
	require.Equal(t, []string{"twice", "twice", "any", "most specific", "once", "O1", "O1", "any"}, got)
	require.Len(t, svc.Leftovers(), 1, "the first default, which the second stands before")
	require.Contains(t, svc.Leftovers()[0], "first default")
	svc.Reset()
}

func TestTheMoreSpecificFaultGoesFirst(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	svc.Fault(startOp, fake.Times(1), fake.Error(400, "General", ""))
	svc.When(startOp, fake.WithIdentifier("O1")).Fault(fake.Times(1), fake.Error(400, "Specific", ""))
	for _, want := range []string{"Specific", "General"} {
		_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submit("O1", "a"), atOnce)
		require.ErrorContains(t, err, want)
	}
}

// The schema in the repository names what the reader takes, and nothing else.
func TestSchemaNamesTheMembers(t *testing.T) {
	t.Parallel()
	var schema struct {
		Properties map[string]any
		Defs       map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(fake.ScriptSchema(), &schema))
	got := map[string][]string{"plan": keys(schema.Properties)}
	for name, def := range schema.Defs {
		got[name] = keys(def.Properties)
	}
	require.Equal(t, fake.ScriptMembers(), got)
}

func keys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

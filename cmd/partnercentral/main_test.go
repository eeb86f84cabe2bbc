package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){program: main})
}

// Every script has the built program and a fake service of its own, as a server.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			svc := fake.NewService(fake.WithDefaultOutcome(fake.Immediately(fake.Complete())), fake.AllowLeftovers())
			server := svc.Listen()
			env.Defer(server.Close)
			env.Values["service"] = svc
			env.Vars = append(env.Vars, environment(server.URL)...)
			env.Setenv("HOME", env.WorkDir)
			identity := httptest.NewServer(http.HandlerFunc(callerIdentity))
			env.Defer(identity.Close)
			env.Setenv("AWS_ENDPOINT_URL_STS", identity.URL)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"outcome":  outcome,
			"fault":    fault,
			"numtasks": numTasks,
			"numcalls": numCalls,
			"invite":   invite,
		},
	})
}

// callerIdentity is the one operation of AWS STS that the program calls.
func callerIdentity(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/sales</Arn><UserId>AIDA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`)
}

// environment sets the program up for the fake service at a URL.
func environment(url string) []string {
	return []string{
		"AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING=" + url,
		"AWS_ACCESS_KEY_ID=" + fake.DefaultAccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + fake.DefaultSecretAccessKey,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=config",
		"AWS_SHARED_CREDENTIALS_FILE=credentials",
		"PARTNERCENTRAL_CATALOG=",
	}
}

func theService(ts *testscript.TestScript) *fake.Service { return ts.Value("service").(*fake.Service) }

// exits CODE COMMAND... runs a command that must exit with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want || neg {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

var outcomes = map[string]fake.Outcome{
	"never":   fake.Never(),
	"invalid": fake.Immediately(fake.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "The target close\ndate is in the past.")),
	"denied":  fake.Immediately(fake.Fail(partnercentral.ReasonCodeInvitationAccessDenied, "")),
	"slow":    fake.After(3*time.Second, fake.Complete()),
}

// outcome OPERATION [ID] NAME scripts the next task, or the next one of an object.
func outcome(ts *testscript.TestScript, _ bool, args []string) {
	operation, result := fake.Operation(args[0]), outcomes[args[len(args)-1]]
	if len(args) == 3 {
		theService(ts).When(operation, fake.WithIdentifier(args[1])).Script(result)
		return
	}
	theService(ts).Script(operation, result)
}

var effects = map[string]fake.Effect{
	"denied":   fake.Refuse(&partnercentral.AccessDeniedException{}),
	"conflict": fake.Refuse(&partnercentral.ConflictException{}),
	"lost":     fake.AfterCommit(fake.Reset()),
	"hang":     fake.Stall(),
	"stall":    fake.AfterCommit(fake.Stall()),
	"clock":    fake.WrongClock(),
	"broken":   fake.Error(500, "InternalServerException", "broken"),
}

// fault OPERATION NAME lets all calls of an operation go wrong from now on.
func fault(ts *testscript.TestScript, _ bool, args []string) {
	theService(ts).Fault(fake.Operation(args[0]), fake.Always(), effects[args[1]])
}

// numtasks N checks how many tasks the service has.
func numTasks(ts *testscript.TestScript, _ bool, args []string) {
	if n := len(theService(ts).Tasks()); fmt.Sprint(n) != args[0] {
		ts.Fatalf("the service has %d tasks, want %s", n, args[0])
	}
}

// numcalls N checks how many calls the service got.
func numCalls(ts *testscript.TestScript, _ bool, args []string) {
	if n := theService(ts).Calls().Len(); fmt.Sprint(n) != args[0] {
		ts.Fatalf("the service got %d calls, want %s", n, args[0])
	}
}

// invite ID... sends invitations, lead:ID one to a lead.
func invite(ts *testscript.TestScript, _ bool, args []string) {
	for _, id := range args {
		i := fake.Invitation{ID: id, Catalog: "AWS", EngagementTitle: "Title of " + id}
		if rest, ok := strings.CutPrefix(id, "lead:"); ok {
			i.ID, i.PayloadType = rest, partnercentral.EngagementInvitationPayloadTypeLeadInvitation
		}
		theService(ts).Invite(i)
	}
}

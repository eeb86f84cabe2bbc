package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
)

// Verdicts of the doctor.
const (
	fine    = "ok"
	warning = "warning"
	wrong   = "failed"
	unseen  = "unknown"
)

// The clocks may differ by five minutes before AWS refuses signatures.
const (
	skewNoticed = time.Minute
	skewRefused = 5 * time.Minute
)

// checkTimeout is how long one check may take.
const checkTimeout = 10 * time.Second

// finding is one thing that the doctor has examined. Its JSON form is for
// scripts: members are added, and those that are there keep name and meaning.
type finding struct {
	Demo   bool   `json:"demo,omitempty"`
	Check  string `json:"check"`
	Result string `json:"result"`
	Found  string `json:"found"`
	Do     string `json:"do,omitempty"`
}

func (a *app) doctor() *cobra.Command {
	timeout := period(2 * time.Minute)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check credentials, endpoint, clock and permissions",
		Long: `Check the setup: which account and endpoint are called, in which catalog, whether
the clock is right, and which permissions can be seen without starting anything.
It exits with 1 if something has to be seen to.`,
		Example: `  partnercentral --catalog AWS --profile sales doctor`,
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := a.within(cmd.Context(), timeout)
			defer cancel()
			return a.examine(ctx)
		},
	}
	cmd.Flags().Var(&timeout, "timeout", "the longest `time` that the command may take, such as 90s or 10m")
	return cmd
}

// found writes a finding.
func (a *app) found(check, result, found, do string) {
	if result == wrong {
		a.printer.Worse(report.ExitFailed)
	}
	f := finding{Demo: a.demo, Check: check, Result: result, Found: report.OneLine(found), Do: report.OneLine(do)}
	if a.printer.Format == report.JSON {
		a.printer.Object(f)
		return
	}
	a.printer.Row([]report.Column{
		{Heading: "RESULT", Width: 7, Text: f.Result}, {Heading: "CHECK", Width: 31, Text: f.Check},
		{Heading: "FOUND", Width: 52, Text: f.Found}, {Heading: "DO", Text: f.Do},
	})
}

func (a *app) examine(ctx context.Context) error {
	s, err := a.service(ctx, 0)
	if err != nil {
		return err
	}
	a.found("catalog", fine, s.catalog, "")
	if !a.examineCredentials(ctx, s) {
		return ctx.Err()
	}
	a.examineRegion(s)
	if !a.examineEndpoint(ctx, s) {
		return ctx.Err()
	}
	a.found("permission to start", unseen, "it shows when a task is started", "compare with docs/permissions.md of this program")
	return ctx.Err()
}

// examineEndpoint calls the service, and reports whether it answered.
func (a *app) examineEndpoint(ctx context.Context, s *service) bool {
	var clock clockCheck
	errs := make([]error, len(visiblePermissions))
	for i, p := range visiblePermissions {
		errs[i] = p.attempt(ctx, s, &clock)
		var answer smithy.APIError
		switch {
		case ctx.Err() != nil:
			return false
		case errs[i] != nil && !errors.As(errs[i], &answer):
			a.found("endpoint", wrong, s.address, plain.Sentence(errs[i]))
			return false
		}
	}
	switch {
	case a.demo:
		a.found("endpoint", fine, "made up, inside this program", "")
	case s.client.Options().BaseEndpoint != nil:
		a.found("endpoint", warning, s.address+", which is set and not that of AWS", "unset "+endpointSetting()+" unless that is meant")
	default:
		a.found("endpoint", fine, s.address, "")
	}
	a.examineClock(clock)
	a.examinePermissions(s, errs)
	return true
}

// examineCredentials reports whether there are some to go on with.
func (a *app) examineCredentials(ctx context.Context, s *service) bool {
	if a.demo {
		a.found("credentials", fine, "none needed", "")
		return true
	}
	a.trouble.met(errSigningIn)
	credentials, err := s.config.Credentials.Retrieve(ctx)
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		a.found("credentials", wrong, "none that can be used", plain.Credentials(err))
		return false
	}
	a.trouble.met(nil)
	text, result, do := "from "+credentials.Source, fine, ""
	if credentials.CanExpire {
		left := time.Until(credentials.Expires)
		text += ", for another " + short(left)
		if left < 15*time.Minute {
			result, do = warning, "sign in again before a long run"
		}
	}
	a.found("credentials", result, text, do)
	return a.examineAccount(ctx, s)
}

// examineAccount reports whether to go on.
func (a *app) examineAccount(ctx context.Context, s *service) bool {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	identity, err := s.identity(limited)
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, errNotAsked):
		a.found("account", unseen, err.Error(), "")
		return true
	case err != nil:
		a.found("account", warning, "not known: "+plain.Sentence(err), "check that sts:GetCallerIdentity can be called from here")
		return true
	}
	a.found("account", fine, aws.ToString(identity.Account)+", as "+aws.ToString(identity.Arn), "")
	return true
}

// errNotAsked keeps credentials that are made for another service to it.
var errNotAsked = errors.New("not asked for, since the endpoint is not that of AWS")

// identity asks AWS whose credentials they are.
func (s *service) identity(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
	client := sts.NewFromConfig(s.config, func(o *sts.Options) {
		o.Region, o.RetryMaxAttempts = s.client.Options().Region, 2
	})
	service, own := s.client.Options().BaseEndpoint, client.Options().BaseEndpoint
	// One endpoint for all services is no more AWS's than one for this service.
	if service != nil && (own == nil || *own == *service) {
		return nil, errNotAsked
	}
	return client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
}

func (a *app) examineRegion(s *service) {
	region := s.client.Options().Region
	if configured := s.config.Region; configured != "" && configured != region {
		region += fmt.Sprintf(", where the service is; %s of the configuration is for other services", configured)
	}
	a.found("region", fine, region, "")
}

// permission is one that can be tried without consequences.
type permission struct {
	to, action string
	try        func(ctx context.Context, s *service, once func(*partnercentral.Options)) (middleware.Metadata, error)
}

var visiblePermissions = []permission{
	{"permission to wait for accept", "ListEngagementByAcceptingInvitationTasks", func(ctx context.Context, s *service, once func(*partnercentral.Options)) (middleware.Metadata, error) {
		in := &partnercentral.ListEngagementByAcceptingInvitationTasksInput{Catalog: &s.catalog, MaxResults: aws.Int32(1)}
		out, err := s.client.ListEngagementByAcceptingInvitationTasks(ctx, in, once)
		return metadataOf(out, func() middleware.Metadata { return out.ResultMetadata }), err
	}},
	{"permission to wait for submit", "ListEngagementFromOpportunityTasks", func(ctx context.Context, s *service, once func(*partnercentral.Options)) (middleware.Metadata, error) {
		in := &partnercentral.ListEngagementFromOpportunityTasksInput{Catalog: &s.catalog, MaxResults: aws.Int32(1)}
		out, err := s.client.ListEngagementFromOpportunityTasks(ctx, in, once)
		return metadataOf(out, func() middleware.Metadata { return out.ResultMetadata }), err
	}},
	{"permission to wait for lead", "ListOpportunityFromEngagementTasks", func(ctx context.Context, s *service, once func(*partnercentral.Options)) (middleware.Metadata, error) {
		in := &partnercentral.ListOpportunityFromEngagementTasksInput{Catalog: &s.catalog, MaxResults: aws.Int32(1)}
		out, err := s.client.ListOpportunityFromEngagementTasks(ctx, in, once)
		return metadataOf(out, func() middleware.Metadata { return out.ResultMetadata }), err
	}},
	{"permission to wait for prospect", "ListProspectingFromEngagementTasks", func(ctx context.Context, s *service, once func(*partnercentral.Options)) (middleware.Metadata, error) {
		in := &partnercentral.ListProspectingFromEngagementTasksInput{Catalog: &s.catalog, MaxResults: aws.Int32(1)}
		out, err := s.client.ListProspectingFromEngagementTasks(ctx, in, once)
		return metadataOf(out, func() middleware.Metadata { return out.ResultMetadata }), err
	}},
	{"permission to wait for prospect", "GetProspectingFromEngagementTask", func(ctx context.Context, s *service, once func(*partnercentral.Options)) (m middleware.Metadata, err error) {
		// Nobody has this task, which only those are told who may ask.
		in := &partnercentral.GetProspectingFromEngagementTaskInput{Catalog: &s.catalog, TaskIdentifier: aws.String("task-00000000000000")}
		_, err = s.client.GetProspectingFromEngagementTask(ctx, in, once)
		var unknown *partnercentral.ResourceNotFoundException
		if errors.As(err, &unknown) {
			err = nil
		}
		return m, err
	}},
	{"permission to list invitations", "ListEngagementInvitations", func(ctx context.Context, s *service, once func(*partnercentral.Options)) (middleware.Metadata, error) {
		in := &partnercentral.ListEngagementInvitationsInput{Catalog: &s.catalog, MaxResults: aws.Int32(1), ParticipantType: partnercentral.ParticipantTypeReceiver}
		out, err := s.client.ListEngagementInvitations(ctx, in, once)
		return metadataOf(out, func() middleware.Metadata { return out.ResultMetadata }), err
	}},
}

// metadataOf returns the metadata of an output, if there is one.
func metadataOf[O any](out *O, of func() middleware.Metadata) middleware.Metadata {
	if out == nil {
		return middleware.Metadata{}
	}
	return of()
}

// attempt tries one, and learns of the clocks.
func (p permission) attempt(ctx context.Context, s *service, clock *clockCheck) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	metadata, err := p.try(ctx, s, func(o *partnercentral.Options) { o.Retryer = aws.NopRetryer{} })
	clock.learn(metadata, err)
	return err
}

// examinePermissions says what the attempts have shown. What several of them met
// alike is said once.
func (a *app) examinePermissions(s *service, errs []error) {
	told := map[string]bool{} // denials, and codes of errors
	for i, p := range visiblePermissions {
		var denied *partnercentral.AccessDeniedException
		var answer smithy.APIError
		switch err := errs[i]; {
		case err == nil:
			a.found(p.to, fine, p.action+" is allowed", "")
		case errors.As(err, &denied):
			said := denied.ErrorMessage()
			if told[said] {
				said = ""
			}
			told[denied.ErrorMessage()] = true
			a.found(p.to, wrong, strings.TrimRight(p.action+" is denied: "+said, ": "),
				"allow the action partnercentral:"+p.action+" for the "+s.catalog+" catalog")
		case errors.As(err, &answer) && !told[answer.ErrorCode()]:
			told[answer.ErrorCode()] = true
			check, calls := p.to, p.action
			if alike := alike(errs, answer.ErrorCode()); len(alike) > 1 {
				check, calls = "permissions", strings.Join(alike, ", ")
			}
			a.found(check, wrong, calls+": "+plain.Sentence(err), "see to what is found, and run doctor again")
		}
	}
}

// alike returns the actions that met errors of the same code.
func alike(errs []error, code string) (actions []string) {
	for i, err := range errs {
		var answer smithy.APIError
		if errors.As(err, &answer) && answer.ErrorCode() == code {
			actions = append(actions, visiblePermissions[i].action)
		}
	}
	return actions
}

// clockCheck is what the answers tell about the clocks.
type clockCheck struct {
	known bool
	skew  time.Duration // of the service's clock against that of this machine
}

func (c *clockCheck) learn(metadata middleware.Metadata, err error) {
	var response *awshttp.ResponseError
	var skew time.Duration
	server, ok := awsmiddleware.GetServerTime(metadata)
	at, timed := awsmiddleware.GetResponseAt(metadata)
	switch {
	case ok && timed:
		skew = server.Sub(at)
	case errors.As(err, &response) && response.HTTPResponse() != nil:
		date, err := time.Parse(time.RFC1123, response.HTTPResponse().Header.Get("Date"))
		if err != nil {
			return
		}
		skew = time.Until(date)
	default:
		return
	}
	if !c.known || skew.Abs() > c.skew.Abs() {
		c.known, c.skew = true, skew
	}
}

func (a *app) examineClock(c clockCheck) {
	// The service tells its time in whole seconds, and answers take time.
	ahead := "behind"
	if c.skew < 0 {
		ahead = "ahead"
	}
	text := short(c.skew.Abs().Round(time.Minute)) + " " + ahead
	switch {
	case !c.known:
		a.found("clock", warning, "not known, since nothing answered", "")
	case c.skew.Abs() >= skewRefused:
		a.found("clock", wrong, text, "set the clock of this machine: AWS refuses what differs by 5 minutes")
	case c.skew.Abs() >= skewNoticed:
		a.found("clock", warning, text, "set the clock of this machine")
	default:
		a.found("clock", fine, "right to the minute", "")
	}
}

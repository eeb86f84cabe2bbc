package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// demoService is where results of the demo say that they come from.
const demoService = "demo"

// service is where things go.
type service struct {
	client  *partnercentral.Client
	quota   *partnercentral.Quota
	catalog string
	profile string

	config  aws.Config
	account string // "" when the credentials do not tell
	address string // URL, or demoService
	trouble *trouble
}

// connect finds out where things go, and says it. perSecond is the number of
// starts per second, 0 for what AWS documents.
func (a *app) connect(ctx context.Context, perSecond float64) (*service, error) {
	s, err := a.reach(ctx, perSecond)
	if err != nil {
		return nil, err
	}
	a.say("%s", s)
	return s, nil
}

func (a *app) reach(ctx context.Context, perSecond float64) (*service, error) {
	s, err := a.service(ctx, perSecond)
	if err != nil || a.demo {
		return s, err
	}
	a.trouble.met(errSigningIn)
	credentials, err := s.config.Credentials.Retrieve(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, usage.Errorf("%s", plain.Credentials(err))
	}
	a.trouble.met(nil)
	s.account = credentials.AccountID
	return s, nil
}

var errSigningIn = errors.New("what gives the credentials has not answered: see to the profile, or to its credential_process")

// service is the service as far as the configuration tells.
func (a *app) service(ctx context.Context, perSecond float64) (*service, error) {
	if a.demo {
		return a.demonstration(perSecond), nil
	}
	load := []func(*config.LoadOptions) error{
		// The SDK's log lines are for programmers.
		config.WithLogger(logging.Nop{}),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(callTimeout)),
	}
	if a.profile != "" {
		load = append(load, config.WithSharedConfigProfile(a.profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	var missing config.SharedConfigProfileNotExistError
	switch {
	case errors.As(err, &missing):
		return nil, usage.Errorf("there is no profile %q: type one of those that aws configure list-profiles shows", missing.Profile)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, usage.Errorf("%s", plain.Configuration(err))
	}
	s := &service{catalog: a.catalog, profile: a.profile, config: cfg, trouble: &a.trouble}
	s.quota = partnercentral.NewQuota(func(o *partnercentral.QuotaOptions) { o.WritesPerSecond = perSecond })
	s.client = partnercentral.NewFromConfig(cfg, s.options)
	s.address, err = address(ctx, s.client.Options())
	switch {
	case errors.Is(err, errNoURL):
		return nil, usage.Errorf("%s cannot be used as the endpoint: %s", endpointSetting(), err)
	case err != nil:
		return nil, usage.Errorf("the service has no endpoint such as the AWS configuration asks for: see to AWS_REGION, AWS_USE_FIPS_ENDPOINT and the like")
	}
	return s, nil
}

func (s *service) options(o *partnercentral.Options) {
	o.Quota = s.quota
	o.APIOptions = append(o.APIOptions, s.trouble.follow)
}

// demonstration is the fake in this process. It is quicker than the real one.
func (a *app) demonstration(perSecond float64) *service {
	if perSecond == 0 {
		perSecond = 20
	}
	s := &service{catalog: partnercentral.CatalogSandbox, address: demoService, trouble: &a.trouble}
	s.quota = partnercentral.NewQuota(func(o *partnercentral.QuotaOptions) { o.WritesPerSecond = perSecond })
	svc := fake.NewService(fake.WithDuration(2 * time.Second))
	for _, title := range []string{"Data lake", "Contact centre"} {
		svc.Invite(fake.Invitation{EngagementTitle: title})
	}
	svc.Invite(fake.Invitation{EngagementTitle: "Call back", PayloadType: partnercentral.EngagementInvitationPayloadTypeLeadInvitation})
	s.client = svc.Client(s.options)
	return s
}

// errNoURL names no part of an endpoint that may be a password.
var errNoURL = errors.New("it is not an address: set it to one such as https://host or http://127.0.0.1:8443, or unset it")

// address returns the URL that calls go to, without what may be secret in it.
func address(ctx context.Context, o partnercentral.Options) (string, error) {
	if o.BaseEndpoint != nil {
		u, err := url.Parse(*o.BaseEndpoint)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || !isPort(u.Port()) {
			return "", errNoURL
		}
		return public(u), nil
	}
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, partnercentral.EndpointParameters{
		Region:  &o.Region,
		UseFIPS: aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
	})
	if err != nil {
		return "", err
	}
	return public(&endpoint.URI), nil
}

// isPort reports whether an address can have this port. None is that of its scheme.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && n > 0
}

// endpointSetting names what sets the endpoint of the service.
func endpointSetting() string {
	for _, name := range []string{"AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING", "AWS_ENDPOINT_URL"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return "endpoint_url of the AWS configuration"
}

// public returns a URL without user, password and query.
func public(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// String says where things go.
func (s *service) String() string {
	if s.address == demoService {
		return "a made-up service inside this program, Sandbox catalog: nothing is sent anywhere"
	}
	parts := []string{s.catalog + " catalog"}
	if s.account != "" {
		parts = append(parts, "account "+s.account)
	}
	if s.profile != "" {
		parts = append(parts, "profile "+s.profile)
	}
	return fmt.Sprintf("%s, %s", strings.Join(parts, ", "), s.address)
}

func (s *service) waiter(o ...func(*partnercentral.TaskWaiterOptions)) *partnercentral.TaskWaiter {
	return partnercentral.NewTaskWaiter(s.client, o...)
}

// findAccount asks AWS for the account if the credentials do not tell it.
func (s *service) findAccount(ctx context.Context) {
	if s.account != "" || s.address == demoService {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if identity, err := s.identity(ctx); err == nil {
		s.account = aws.ToString(identity.Account)
	}
}

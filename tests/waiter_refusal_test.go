package tests

import (
	"context"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const listSubmissions = fake.ListEngagementFromOpportunityTasks

// submitted starts a task that takes so long.
func submitted(t *testing.T, svc *fake.Service, takes time.Duration) pc.Task {
	t.Helper()
	svc.Script(fake.StartEngagementFromOpportunityTask, fake.After(takes, fake.Complete()))
	out, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), submission(0))
	require.NoError(t, err)
	return out.Task()
}

func TestRefusalThatPassesEndsNoWait(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]fake.Effect{
		"a page of a proxy":           fake.HTML(403),
		"no body":                     fake.Empty(401),
		"refused signature":           fake.RefusedSignature(),
		"expired signature":           fake.Error(403, "InvalidSignatureException", "Signature expired: 20261128T073730Z is now earlier than 20261128T074230Z"),
		"expired token":               fake.ExpiredToken(),
		"access denied with 400":      fake.Error(400, "AccessDeniedException", ""),
		"access denied with 403":      fake.Error(403, "AccessDenied", ""),
		"validation of a task":        fake.Error(400, "ValidationException", ""),
		"unknown operation":           fake.Error(404, "UnknownOperationException", ""),
		"a name that nobody knows":    fake.Error(400, "ForbiddenException", ""),
		"quota of the account's":      fake.Error(402, "ServiceQuotaExceededException", ""),
		"not found in a lagging list": fake.Error(400, "ResourceNotFoundException", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				task := submitted(t, svc, 30*time.Second)
				svc.Fault(listSubmissions, fake.Nth(1), refusal)
				svc.Fault(listSubmissions, fake.Nth(3), refusal)
				got, err := pc.NewTaskWaiter(svc.Client()).Wait(t.Context(), task, 10*time.Minute)
				require.NoError(t, err)
				require.Equal(t, pc.TaskStatusComplete, got.Status)
			})
		})
	}
}

func TestRefusalsThatAlternateWithSuccessesEndNoWait(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{
		"caller": &pc.AccessDeniedException{},
		"task":   &pc.ValidationException{},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{}
				var n atomic.Int32
				s.refuse = func(stubCall) error {
					if n.Add(1)%2 == 1 {
						return refusal
					}
					return nil
				}
				got, err := pc.NewTaskWaiter(s).Wait(t.Context(), s.running(1, 3*time.Minute), time.Hour)
				require.NoError(t, err)
				require.True(t, got.Done())
			})
		})
	}
}

func TestAnswerWithoutANameIsNoRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		task := submitted(t, svc, time.Second)
		svc.Fault(listSubmissions, fake.Always(), fake.HTML(403))
		_, err := pc.NewTaskWaiter(svc.Client()).Wait(t.Context(), task, 10*time.Minute)
		require.ErrorIs(t, err, pc.WaitTimedOut)
		require.ErrorContains(t, err, "403")
		_, err = pc.NewTaskWaiter(svc.Client()).Refresh(t.Context(), task)
		require.ErrorIs(t, err, pc.WaitPollFailed)
	})
}

func TestRefusalThatStandsEndsTheWaitAtTheSecondPoll(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{
		"caller":  &pc.AccessDeniedException{},
		"task":    &pc.ValidationException{},
		"request": &pc.ValidationException{ErrorList: []pc.ValidationExceptionError{{FieldName: aws.String("Catalog")}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{refuse: func(stubCall) error { return refusal }}
				w := pc.NewTaskWaiter(s)
				task := s.running(1, time.Second)
				for n := range 2 {
					_, err := w.Wait(t.Context(), task, time.Hour)
					require.ErrorIs(t, err, pc.WaitRefused)
					require.ErrorIs(t, err, refusal)
					calls := s.recorded()
					require.Len(t, calls, 2*n+2)
					require.Equal(t, 5*time.Second, calls[2*n+1].at.Sub(calls[2*n].at))
				}
			})
		})
	}
}

func TestTimeThatEndsBetweenTwoRefusalsHasRunOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{refuse: func(stubCall) error { return &pc.AccessDeniedException{} }}
		w := pc.NewTaskWaiter(s)
		task := s.running(1, time.Hour)
		errs := make(chan error)
		go func() { _, err := w.Wait(t.Context(), task, time.Hour); errs <- err }()
		_, err := w.Wait(t.Context(), task, 8*time.Second)
		require.ErrorIs(t, err, pc.WaitTimedOut)
		var denied *pc.AccessDeniedException
		require.ErrorAs(t, err, &denied)
		require.ErrorIs(t, <-errs, pc.WaitRefused)
	})
}

func TestRefreshSaysThatItWasRefusedAfterOnePoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		refused := 0
		s.refuse = func(stubCall) error {
			if refused++; refused == 1 {
				return &pc.AccessDeniedException{}
			}
			return nil
		}
		w := pc.NewTaskWaiter(s)
		task := s.running(1, 20*time.Second)
		done := make(chan error)
		go func() { _, err := w.Wait(t.Context(), task, time.Hour); done <- err }()
		synctest.Wait()
		begun := time.Now()
		_, err := w.Refresh(t.Context(), task)
		require.ErrorIs(t, err, pc.WaitRefused)
		require.Less(t, time.Since(begun), time.Second)
		require.Len(t, s.recorded(), 1)
		require.NoError(t, <-done, "whoever waits is not concerned")
	})
}

// keys are credentials of which each is good for so many polls.
type keys struct {
	n    atomic.Int32
	fail func(n int32) error
}

func (k *keys) Retrieve(context.Context) (aws.Credentials, error) {
	n := k.n.Add(1)
	if k.fail != nil {
		if err := k.fail(n); err != nil {
			return aws.Credentials{}, err
		}
	}
	return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
}

func TestCredentialsAreAskedForAnewAfterARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithoutSignatures())
		provider := &keys{}
		client := svc.Client(func(o *pc.Options) { o.Credentials = aws.NewCredentialsCache(provider) })
		svc.World("AKIDEXAMPLE").Script(fake.StartEngagementFromOpportunityTask, fake.After(30*time.Second, fake.Complete()))
		out, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
		require.NoError(t, err)
		require.EqualValues(t, 1, provider.n.Load())
		svc.World("AKIDEXAMPLE").Fault(listSubmissions, fake.Nth(1), fake.ExpiredToken())
		_, err = pc.NewTaskWaiter(client).Wait(t.Context(), out.Task(), time.Hour)
		require.NoError(t, err)
		require.EqualValues(t, 2, provider.n.Load(), "once for all, and once after the refusal")
	})
}

func TestRefusalInsideRetrieveMayPass(t *testing.T) {
	t.Parallel()
	expired := &smithy.GenericAPIError{Code: "ExpiredTokenException", Message: "the web identity token has expired"}
	for name, last := range map[string]int32{"once": 2, "every time": math.MaxInt32} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.WithoutSignatures())
				provider := &keys{fail: func(n int32) error {
					if 2 <= n && n <= last {
						return expired
					}
					return nil
				}}
				cache := aws.NewCredentialsCache(provider)
				client := svc.Client(func(o *pc.Options) { o.Credentials = cache })
				svc.World("AKIDEXAMPLE").Script(fake.StartEngagementFromOpportunityTask, fake.After(20*time.Second, fake.Complete()))
				out, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
				require.NoError(t, err)
				cache.Invalidate()
				got, err := pc.NewTaskWaiter(client).Wait(t.Context(), out.Task(), time.Hour)
				if name == "once" {
					require.NoError(t, err)
					require.True(t, got.Done())
					return
				}
				require.ErrorIs(t, err, pc.WaitRefused)
				require.ErrorIs(t, err, expired)
				require.EqualValues(t, 3, provider.n.Load())
			})
		})
	}
}

func TestRefusedGetsConcernTheirOwnTasks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartProspectingFromEngagementTask, fake.After(10*time.Second, fake.Complete()), fake.After(time.Minute, fake.Complete()))
		client := svc.Client()
		first, second := startProspecting(t, client, "a"), startProspecting(t, client, "b")
		svc.When(fake.GetProspectingFromEngagementTask, fake.WithTaskID(first.ID)).Fault(fake.Always(), fake.Error(403, "AccessDeniedException", ""))
		w := pc.NewTaskWaiter(client)
		done := make(chan error)
		go func() { _, err := w.Wait(t.Context(), first, time.Hour); done <- err }()
		_, err := w.Wait(t.Context(), second, time.Hour)
		require.NoError(t, err)
		require.ErrorIs(t, <-done, pc.WaitRefused)
	})
}

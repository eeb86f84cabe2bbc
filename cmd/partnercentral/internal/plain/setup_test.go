//go:build unix

package plain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const profiles = `
[profile empty]
[profile missing]
credential_process = /no/such/program
[profile secret]
credential_process = echo hunter2
[profile exit]
credential_process = exit 3
[profile part]
credential_process = echo '{"Version":1,"AccessKeyId":"hunter2"}'
[profile sso]
sso_session = s
sso_account_id = 123456789012
sso_role_name = r
[sso-session s]
sso_region = us-east-1
sso_start_url = https://example.awsapps.com/start
[profile sso-part]
sso_start_url = https://example.awsapps.com/start
[profile sso-lost]
sso_session = nowhere
[profile role]
role_arn = arn:aws:iam::123456789012:role/x
credential_source = Nonsense
[profile code]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = static
mfa_serial = arn:aws:iam::123456789012:mfa/x
[profile static]
aws_access_key_id = AKIA
aws_secret_access_key = hunter2
[profile half]
aws_access_key_id = hunter2
[profile web]
role_arn = arn:aws:iam::123456789012:role/x
web_identity_token_file = /no/such/token
[profile retry]
retry_mode = hunter2
[profile attempts]
max_attempts = hunter2
`

// What the AWS SDK says of a setup that is wrong is said in one sentence, without
// what is in the configuration, which may be secret.
func TestSetup(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ profile, variable, want string }{
		{"empty", "", "there are no credentials: run aws configure"},
		{"missing", "", "the command of credential_process gives no credentials (there is no such command): run it by hand"},
		{"secret", "", "the command of credential_process gives no credentials (it prints something else)"},
		{"exit", "", "(it ended with exit code 3)"},
		{"part", "", "(it prints something else)"},
		{"sso", "", "the sign-in has run out: run aws sso login"},
		{"sso-part", "", "profile sso-part has a mistake at sso_region: correct it"},
		{"sso-lost", "", "lacks something of its sign-in: run aws configure sso"},
		{"role", "", "has a mistake at credential_source"},
		{"code", "", "wants a one-time code"},
		{"half", "", "without its secret key: run aws configure"},
		{"web", "", "web_identity_token_file cannot be read"},
		{"retry", "", "profile retry has a mistake at retry_mode"},
		{"attempts", "", "profile attempts has a mistake at max_attempts"},
		{"static", "AWS_MAX_ATTEMPTS=hunter2", "the variable AWS_MAX_ATTEMPTS has a value that cannot be used: correct it, or unset it"},
		{"static", "AWS_RETRY_MODE=hunter2", "the variable AWS_RETRY_MODE has a value"},
		{"static", "AWS_USE_FIPS_ENDPOINT=hunter2", "the variable AWS_USE_FIPS_ENDPOINT has a value"},
		{"static", "AWS_CA_BUNDLE=/no/such/hunter2", "AWS_CA_BUNDLE names a file that has no certificates or cannot be read"},
		{"empty", "AWS_CONTAINER_CREDENTIALS_FULL_URI=::", "AWS_CONTAINER_CREDENTIALS_FULL_URI is not an address"},
		{"empty", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/", "the credentials cannot be used (127.0.0.1:1 gave no answer (connection refused))"},
		{"empty", "AWS_WEB_IDENTITY_TOKEN_FILE=hunter2", "AWS_ROLE_ARN is not"},
	} {
		t.Run(c.profile+c.variable, func(t *testing.T) {
			for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"} {
				t.Setenv(name, "")
			}
			t.Setenv("HOME", dir)
			t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "none"))
			t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			t.Setenv("AWS_PROFILE", c.profile)
			if name, value, ok := strings.Cut(c.variable, "="); ok {
				t.Setenv(name, value)
			}
			got := ""
			if cfg, err := config.LoadDefaultConfig(t.Context()); err != nil {
				got = Configuration(err)
			} else {
				_, err := cfg.Credentials.Retrieve(t.Context())
				if err == nil {
					t.Fatal("nothing is wrong")
				}
				got = Credentials(err)
				// As it comes when they run out on the way.
				if _, err := sts.NewFromConfig(cfg, func(o *sts.Options) { o.Region = "us-east-1" }).GetCallerIdentity(t.Context(), nil); Sentence(err) != got {
					t.Errorf("in a call: %s", Sentence(err))
				}
			}
			if !strings.Contains(got, c.want) || forProgrammers.MatchString(got) || strings.Contains(got, "hunter2") && !strings.Contains(c.want, "hunter2") || strings.Contains(got, "\n") {
				t.Errorf("%s\nwant\n%s", got, c.want)
			}
		})
	}
}

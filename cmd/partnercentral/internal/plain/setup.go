package plain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// variable finds the variable of the environment that a message is about.
var variable = regexp.MustCompile(`\bAWS_[A-Z0-9_]+`)

// setting finds the key of a configuration file that a message is about.
var setting = regexp.MustCompile(`\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b`)

// profile finds the profile that a message is about.
var profile = regexp.MustCompile(`profile,? "?([\w.@/-]+)"?`)

// Configuration says why the AWS configuration cannot be used, in one sentence.
// What is in it stays untold: some of it is secret.
func Configuration(err error) string {
	var role config.SharedConfigAssumeRoleError
	var arn config.CredentialRequiresARNError
	var file config.SharedConfigLoadError
	var path *fs.PathError
	var code config.AssumeRoleTokenProviderNotSetError
	text := err.Error()
	name := variable.FindString(text)
	switch {
	case strings.Contains(text, "custom CA bundle"), errors.As(err, &path) && path.Path == os.Getenv("AWS_CA_BUNDLE"):
		return "AWS_CA_BUNDLE names a file that has no certificates or cannot be read: correct it, or unset it"
	case errors.As(err, &role):
		return fmt.Sprintf("profile %s has a role whose source_profile or credential_source is missing or of no use: correct the profile, or name another with --profile", role.Profile)
	case errors.As(err, &arn):
		return fmt.Sprintf("profile %s has no role_arn: correct the profile, or name another with --profile", arn.Profile)
	case errors.As(err, &file):
		return fmt.Sprintf("%s is no AWS configuration: correct the file, or move it away", file.Filename)
	case path != nil:
		return path.Path + " cannot be read, which the AWS configuration names: correct the name, or name another profile with --profile"
	case errors.As(err, &code):
		return "the role of the profile wants a one-time code, which this program does not ask for: sign in with a program that does, or name another profile with --profile"
	case strings.Contains(text, "partial credentials"):
		return "a profile has an access key without its secret key: run aws configure for it, or name another with --profile"
	case strings.Contains(text, "role ARN is not set"):
		return "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: set it, or unset the other"
	case strings.Contains(text, "endpoint host"), strings.Contains(text, "resolve host"), strings.Contains(text, "invalid URL"), strings.Contains(text, "HTTP cred provider"):
		return "AWS_CONTAINER_CREDENTIALS_FULL_URI is not an address that gives credentials: correct it, or unset it"
	case name != "" && os.Getenv(name) != "":
		return fmt.Sprintf("the variable %s has a value that cannot be used: correct it, or unset it", name)
	}
	where := "the AWS configuration"
	if found := profile.FindStringSubmatch(text); found != nil {
		where = "profile " + found[1]
	}
	if key := setting.FindString(text); key != "" {
		return fmt.Sprintf("%s has a mistake at %s: correct it, or name another profile with --profile", where, key)
	}
	if strings.Contains(text, "SSO") {
		return where + " lacks something of its sign-in: run aws configure sso, or name another profile with --profile"
	}
	return where + " cannot be read: see whether aws configure list shows a mistake, or name another profile with --profile"
}

// Credentials says why there are no credentials, in one sentence. What a command
// for them has printed stays untold, since it may be one.
func Credentials(err error) string {
	var process *processcreds.ProviderError
	var token *ssocreds.InvalidTokenError
	var api smithy.APIError
	text := err.Error()
	switch {
	case errors.As(err, &process):
		return "the command of credential_process gives no credentials (" + ofProcess(process) + "): run it by hand to see why, or name another profile with --profile"
	case errors.As(err, &token), strings.Contains(text, "SSO"), strings.Contains(text, "sso"), strings.Contains(text, "UnauthorizedException"):
		return "the sign-in has run out: run aws sso login with the same profile"
	case errors.As(err, &api) && strings.Contains(text, "AssumeRole"):
		return "AWS does not give the role of the profile (" + api.ErrorCode() + "): check role_arn and its source, or name another profile with --profile"
	case strings.Contains(text, "IMDS"), strings.Contains(text, "static credentials are empty"), strings.Contains(text, "anonymous"):
		return "there are no credentials: run aws configure or aws sso login, or name a profile with --profile"
	case strings.Contains(text, "jwt"), strings.Contains(text, "AWS_WEB_IDENTITY_TOKEN_FILE"), strings.Contains(text, "unable to read file"):
		return "the file of AWS_WEB_IDENTITY_TOKEN_FILE or web_identity_token_file cannot be read: correct its name, or name another profile with --profile"
	case strings.Contains(text, "MFA"):
		return "the role of the profile wants a one-time code, which this program does not ask for: sign in with a program that does, or name another profile with --profile"
	}
	why := connection(err)
	if errors.As(err, &api) {
		why = api.ErrorCode()
	}
	why, _, _ = strings.Cut(why, ": ")
	return "the credentials cannot be used (" + why + "): sign in again, or name another profile with --profile"
}

// ofProcess says what is wrong with a credential_process.
func ofProcess(err error) string {
	var exit *exec.ExitError
	text := err.Error()
	switch {
	case strings.Contains(text, "timed out"), errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	case errors.As(err, &exit) && exit.ExitCode() == 127, errors.Is(err, exec.ErrNotFound):
		return "there is no such command"
	case errors.As(err, &exit):
		return fmt.Sprintf("it ended with exit code %d", exit.ExitCode())
	case strings.Contains(text, "parse failed"), strings.Contains(text, "wrong version"), strings.Contains(text, "missing"):
		return "it prints something else"
	case strings.Contains(text, "must not be empty"):
		return "it is empty"
	}
	return "it cannot be run"
}

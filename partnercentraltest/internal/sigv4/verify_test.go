package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"
)

const (
	keyID  = "FAKEACCESSKEYID00001"
	secret = "a secret/with+signs="
	body   = `{"Catalog":"Sandbox"}`
)

var signedAt = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func verifier() *Verifier {
	return &Verifier{
		Service: "partnercentral-selling",
		Region:  "us-east-1",
		Secret:  func(id string) (string, bool) { return secret, id == keyID },
		Now:     func() time.Time { return signedAt },
	}
}

// spec is one request to be signed by the oracle.
type spec struct {
	url     string
	body    string
	header  http.Header
	service string
	region  string
	id      string
	secret  string
	session string
	at      time.Time
	before  func(*http.Request)
}

// signed returns the request as a server sees it.
func signed(t testing.TB, s spec) *http.Request {
	t.Helper()
	client := signedClientRequest(t, s)
	r := httptest.NewRequest(client.Method, client.URL.RequestURI(), strings.NewReader(or(s.body, body)))
	r.Host = client.URL.Host
	if client.Host != "" {
		r.Host = client.Host
	}
	r.Header = client.Header.Clone()
	r.ContentLength = client.ContentLength
	return r
}

func signedClientRequest(t testing.TB, s spec) *http.Request {
	t.Helper()
	text := or(s.body, body)
	r, err := http.NewRequest(http.MethodPost, or(s.url, "https://partnercentral-selling.us-east-1.api.aws/"), strings.NewReader(text))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling.ListEngagementFromOpportunityTasks")
	maps.Copy(r.Header, s.header)
	if s.before != nil {
		s.before(r)
	}
	sum := sha256.Sum256([]byte(text))
	at := s.at
	if at.IsZero() {
		at = signedAt
	}
	credentials := aws.Credentials{AccessKeyID: or(s.id, keyID), SecretAccessKey: or(s.secret, secret), SessionToken: s.session}
	err = v4.NewSigner().SignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]),
		or(s.service, "partnercentral-selling"), or(s.region, "us-east-1"), at)
	require.NoError(t, err)
	return r
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(body))
	for name, s := range map[string]spec{
		"plain":                   {},
		"session token":           {session: "a/session+token=="},
		"more signed headers":     {header: http.Header{"Amz-Sdk-Request": {"attempt=1; max=3"}, "X-Custom": {"a", "b"}, "Accept-Encoding": {"identity"}}},
		"blanks in headers":       {header: http.Header{"X-Custom": {"  a   b  c "}, "X-Empty": {""}}},
		"base path":               {url: "http://127.0.0.1:8443/base/path/"},
		"encoded path":            {url: "http://127.0.0.1:8443/a%20b/%2Fc/é/"},
		"operation path":          {url: "http://127.0.0.1:8443/ListEngagementFromOpportunityTasks"},
		"double slashes":          {url: "http://127.0.0.1:8443/base//path/./x/"},
		"query":                   {url: "http://127.0.0.1:8443/?b=2&a=1&a=0&c=x%20y&d"},
		"no content length":       {before: func(r *http.Request) { r.ContentLength = -1 }},
		"content hash":            {header: http.Header{"X-Amz-Content-Sha256": {hex.EncodeToString(sum[:])}}},
		"host header":             {before: func(r *http.Request) { r.Host = "partnercentral-selling.us-east-1.api.aws" }},
		"empty body":              {body: "{}"},
		"almost five minutes old": {at: signedAt.Add(-MaxSkew)},
		"almost five minutes on":  {at: signedAt.Add(MaxSkew)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, refused := verifier().Verify(signed(t, s), []byte(or(s.body, body)))
			require.Nil(t, refused)
			require.Equal(t, keyID, id)
		})
	}
}

func TestRefusesOtherSigners(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spec    spec
		code    string
		message string
	}{
		"secret":  {spec{secret: "another"}, "InvalidSignatureException", "does not match the signature"},
		"id":      {spec{id: "SOMEBODYELSE"}, "UnrecognizedClientException", "security token"},
		"service": {spec{service: "partnercentral"}, "InvalidSignatureException", "correct service: 'partnercentral-selling'"},
		"region":  {spec{region: "eu-west-1"}, "InvalidSignatureException", "not 'eu-west-1'"},
		"old":     {spec{at: signedAt.Add(-MaxSkew - time.Second)}, "InvalidSignatureException", "Signature expired: 20260801T115459Z"},
		"early":   {spec{at: signedAt.Add(MaxSkew + time.Second)}, "InvalidSignatureException", "not yet current"},
		"wrong content hash": {spec{header: http.Header{"X-Amz-Content-Sha256": {strings.Repeat("0", 64)}}},
			"InvalidSignatureException", "x-amz-content-sha256"},
		"unsigned payload": {spec{header: http.Header{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}},
			"InvalidSignatureException", "x-amz-content-sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, refused := verifier().Verify(signed(t, c.spec), []byte(body))
			require.NotNil(t, refused)
			require.Equal(t, c.code, refused.Code)
			require.Contains(t, refused.Message, c.message)
			require.NotContains(t, refused.Error(), secret)
		})
	}
}

func TestRefusesAlterations(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			auth := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(auth, old, new, 1))
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		alter func(*http.Request)
		code  string
	}{
		"method":                {func(r *http.Request) { r.Method = "PUT" }, "InvalidSignatureException"},
		"path":                  {func(r *http.Request) { r.RequestURI = "/x" }, "InvalidSignatureException"},
		"query":                 {func(r *http.Request) { r.RequestURI += "?a=b" }, "InvalidSignatureException"},
		"host":                  {func(r *http.Request) { r.Host = "elsewhere" }, "InvalidSignatureException"},
		"target":                {set("X-Amz-Target", "AWSPartnerCentralSelling.Other"), "InvalidSignatureException"},
		"content type":          {set("Content-Type", "application/json"), "InvalidSignatureException"},
		"second value":          {func(r *http.Request) { r.Header.Add("X-Custom", "more") }, "InvalidSignatureException"},
		"date":                  {set("X-Amz-Date", "20260801T120001Z"), "InvalidSignatureException"},
		"date of another day":   {set("X-Amz-Date", "20260802T120000Z"), "InvalidSignatureException"},
		"date malformed":        {set("X-Amz-Date", "today"), "IncompleteSignatureException"},
		"no date":               {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, "IncompleteSignatureException"},
		"two dates":             {func(r *http.Request) { r.Header.Add("X-Amz-Date", "20260801T120000Z") }, "IncompleteSignatureException"},
		"unsigned x-amz header": {set("X-Amz-Added", "1"), "InvalidSignatureException"},
		"signed header gone":    {func(r *http.Request) { r.Header.Del("X-Custom") }, "InvalidSignatureException"},
		"content length":        {func(r *http.Request) { r.ContentLength++ }, "InvalidSignatureException"},
		"no authorization":      {func(r *http.Request) { r.Header.Del("Authorization") }, "MissingAuthenticationTokenException"},
		"two authorizations":    {func(r *http.Request) { r.Header.Add("Authorization", "x") }, "IncompleteSignatureException"},
		"other algorithm":       {replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), "IncompleteSignatureException"},
		"basic":                 {set("Authorization", "Basic Zm9vOmJhcg=="), "IncompleteSignatureException"},
		"signature bit":         {flipSignature, "InvalidSignatureException"},
		"signature short":       {func(r *http.Request) { a := r.Header.Get("Authorization"); r.Header.Set("Authorization", a[:len(a)-2]) }, "InvalidSignatureException"},
		"no signature":          {replace("Signature=", "Sig="), "IncompleteSignatureException"},
		"part missing":          {replace("SignedHeaders=", "Headers="), "IncompleteSignatureException"},
		"terminator":            {replace("aws4_request", "aws5_request"), "InvalidSignatureException"},
		"scope":                 {replace("/us-east-1/", "/"), "IncompleteSignatureException"},
		"host not signed":       {replace(";host;", ";"), "InvalidSignatureException"},
		"names not sorted":      {replace("content-type;host", "host;content-type"), "InvalidSignatureException"},
		"name in capitals":      {replace(";host;", ";Host;"), "InvalidSignatureException"},
		"empty name":            {replace(";host;", ";;host;"), "InvalidSignatureException"},
		"credential twice":      {replace("SignedHeaders=", "Credential=a/20260801/us-east-1/x/aws4_request, SignedHeaders="), "IncompleteSignatureException"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := signed(t, spec{header: http.Header{"X-Custom": {"one"}}})
			c.alter(r)
			_, refused := verifier().Verify(r, []byte(body))
			require.NotNil(t, refused)
			require.Equal(t, c.code, refused.Code, refused.Detail)
			require.NotEmpty(t, refused.Message)
		})
	}
	t.Run("body", func(t *testing.T) {
		t.Parallel()
		_, refused := verifier().Verify(signed(t, spec{}), []byte(strings.Replace(body, "Sandbox", "AWS", 1)))
		require.NotNil(t, refused)
		require.Equal(t, "InvalidSignatureException", refused.Code)
	})
}

func flipSignature(r *http.Request) {
	auth := []byte(r.Header.Get("Authorization"))
	if last := &auth[len(auth)-1]; *last == '0' {
		*last = '1'
	} else {
		*last = '0'
	}
	r.Header.Set("Authorization", string(auth))
}

// Over a real connection, in both versions of HTTP, the request that arrives
// must still fit what was signed.
func TestAcceptsOverTheWire(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			if _, refused := verifier().Verify(r, got); refused != nil {
				http.Error(w, refused.Error(), http.StatusForbidden)
				return
			}
			io.WriteString(w, r.Proto)
		}))
		server.EnableHTTP2 = http2
		server.StartTLS()
		t.Cleanup(server.Close)

		r := signedClientRequest(t, spec{url: server.URL + "/base/", session: "token", header: http.Header{"X-Custom": {"a", "b  c"}}})
		answer, err := server.Client().Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		if http2 {
			require.Equal(t, "HTTP/2.0", string(text))
		} else {
			require.Equal(t, "HTTP/1.1", string(text))
		}
	}
}

func TestDateHeaderInsteadOfAmzDate(t *testing.T) {
	t.Parallel()
	r := signed(t, spec{})
	r.Header.Del("X-Amz-Date")
	r.Header.Set("Date", signedAt.Format(http.TimeFormat))
	auth := r.Header.Get("Authorization")
	r.Header.Set("Authorization", strings.Replace(auth, "x-amz-date", "x-amz-target", 1))
	_, refused := verifier().Verify(r, []byte(body))
	require.NotNil(t, refused, "the date has to be signed")

	names := []string{"date", "host", "x-amz-target"}
	parsed, refused := parse(r)
	require.Nil(t, refused)
	sum := sha256.Sum256([]byte(body))
	signature := sign(secret, parsed, signedAt.Format(timeFormat), canonicalRequest(r, names, hex.EncodeToString(sum[:]), plainPath))
	r.Header.Set("Authorization", algorithm+" Credential="+keyID+"/"+parsed.scope+",SignedHeaders="+strings.Join(names, ";")+",Signature="+hex.EncodeToString(signature))
	_, refused = verifier().Verify(r, []byte(body))
	require.Nil(t, refused)
}

func FuzzVerify(f *testing.F) {
	auth := "AWS4-HMAC-SHA256 Credential=A/20260801/us-east-1/partnercentral-selling/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0", 64)
	f.Add(auth, "20260801T120000Z", "/", "Host", "x")
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "", "/%zz?a=%zz", "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	f.Fuzz(func(t *testing.T, authorization, date, uri, name, value string) {
		r := &http.Request{Method: http.MethodPost, Host: "h", RequestURI: uri, Header: http.Header{}, ContentLength: int64(len(value))}
		if !strings.HasPrefix(uri, "/") {
			r.RequestURI = "/"
		}
		r.Header[http.CanonicalHeaderKey(name)] = []string{value}
		r.Header["Authorization"] = []string{authorization}
		r.Header["X-Amz-Date"] = []string{date}
		if _, refused := verifier().Verify(r, []byte(value)); refused == nil {
			t.Fatal("accepted a signature that nobody made")
		}
		if strings.Contains(AccessKeyID(r), "/") {
			t.Fatal("a slash in the access key id")
		}
	})
}

// The SDKs of Python and JavaScript sign what a path comes down to, and send it
// as it is.
func TestAcceptsThePathThatOtherSDKsSign(t *testing.T) {
	t.Parallel()
	for sent, signedPath := range map[string]string{
		"//":              "/",
		"//base//path":    "/base/path",
		"/base//path/":    "/base/path/",
		"/base/./a/../b/": "/base/b/",
	} {
		r := signed(t, spec{url: "http://127.0.0.1:8443" + signedPath})
		r.RequestURI = sent
		_, refused := verifier().Verify(r, []byte(body))
		require.Nil(t, refused, sent)
		r.RequestURI = sent + "x"
		_, refused = verifier().Verify(r, []byte(body))
		require.NotNil(t, refused, sent)
	}
}

package partnercentral

import (
	"crypto/sha1"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The vectors are those of the doc comments; they were computed with Python.
func TestClientTokenForVectors(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"crm/invitation/4711":      "a48841cf-f69d-5cf8-abee-01fc07c7a4be",
		"crm/opportunity/O1234567": "7706911b-d55a-50bc-8cbd-cd9661ce4797",
		"Angebot Köln 🚀":           "d28e1c3f-8f80-5504-bc2d-b23ea11f8124",
		"":                         "eb9606a4-ee54-5df7-87b3-45557ae53f7c",
	} {
		require.Equal(t, want, ClientTokenFor(key), key)
	}
}

func TestNextClientTokenVectors(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		"a48841cf-f69d-5cf8-abee-01fc07c7a4be": "d6d2b7d0-d68b-5b14-b123-278f42bb6dcd",
		"d6d2b7d0-d68b-5b14-b123-278f42bb6dcd": "3d8eef9a-e07a-504f-9839-19e44ddcb99c",
		"test-123456":                          "7f39c26f-6241-54a7-b12e-7ee79cee687e",
		"":                                     "5de164f2-5d3a-5399-aef0-773f56a3d181",
	} {
		require.Equal(t, want, NextClientToken(token), token)
	}
	require.NotEqual(t, NextClientToken("ABC"), NextClientToken("abc"))
}

func TestNamespacesAreDerivedAsDocumented(t *testing.T) {
	t.Parallel()
	const url = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
	require.Equal(t, clientTokenNamespace, uuid5(t, url, "https://github.com/cosell-dev/partnercentral-go#ClientTokenFor"))
	require.Equal(t, nextClientTokenNamespace, uuid5(t, url, "https://github.com/cosell-dev/partnercentral-go#NextClientToken"))
}

// A chain never comes back to a token it had, nor meets that of another key.
func TestChainsDoNotMeet(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, key := range []string{"", "a", "b", "A", "a/1", "a/2", ClientTokenFor("a"), strings.Repeat("x", 10_000)} {
		token := ClientTokenFor(key)
		for range 100 {
			require.False(t, seen[token], key)
			seen[token] = true
			token = NextClientToken(token)
		}
	}
}

func FuzzClientTokenFor(f *testing.F) {
	older, newer := regexp.MustCompile(`^[!-~]{1,64}$`), regexp.MustCompile(`^.{1,255}$`)
	f.Add("crm/invitation/4711")
	f.Add("")
	f.Add("\xff\x00")
	f.Fuzz(func(t *testing.T, key string) {
		token, next := ClientTokenFor(key), NextClientToken(key)
		require.Equal(t, uuid5(t, clientTokenNamespace, key), token)
		require.Equal(t, uuid5(t, nextClientTokenNamespace, key), next)
		require.NotEqual(t, token, next)
		for _, s := range []string{token, next} {
			require.Regexp(t, older, s)
			require.Regexp(t, newer, s)
		}
	})
}

// uuid5 is RFC 9562 section 5.5 written down a second time.
func uuid5(t *testing.T, namespace, name string) string {
	t.Helper()
	ns, err := hex.DecodeString(strings.ReplaceAll(namespace, "-", ""))
	require.NoError(t, err)
	sum := sha1.Sum(append(ns, name...))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

package partnercentral

import "github.com/google/uuid"

// The two namespaces are themselves UUIDv5 of a URL of this project, so that
// they can be computed anywhere and belong to nobody else.
const (
	// UUIDv5(NameSpaceURL, "https://github.com/cosell-dev/partnercentral-go#ClientTokenFor")
	clientTokenNamespace = "8fa5155c-0fda-52aa-8c11-24ada141daf7"
	// UUIDv5(NameSpaceURL, "https://github.com/cosell-dev/partnercentral-go#NextClientToken")
	nextClientTokenNamespace = "3b644ab3-267f-50a1-a687-b3103ac04e45"
)

// ClientTokenFor returns the ClientToken that belongs to key: the same key
// gives the same token in every process, on every machine and in every version
// of this package. A Start that is sent again with it, after a crash or by
// another replica, finds the task of the first one instead of starting a
// second.
//
// A key names one intended task, not just the object it is about: put what is
// to be done and where into it, such as "AWS/accept-invitation/engi-…", since
// what the service does with a token that was used for another operation is
// not documented, and a token that was used with other parameters is refused
// with a [ConflictException]. When the task failed and the cause is removed, it
// takes a new token to try again: see [NextClientToken], or put an attempt into
// the key.
//
// The token is the UUIDv5 (RFC 9562: SHA-1 of namespace and name) of the bytes
// of key in the namespace 8fa5155c-0fda-52aa-8c11-24ada141daf7, in lower case:
// 36 characters, which satisfies both the older rule of the service (1 to 64
// printable ASCII characters without blanks) and the newer one (1 to 255
// characters). In Python:
//
//	import uuid
//
//	KEYS = uuid.UUID("8fa5155c-0fda-52aa-8c11-24ada141daf7")
//	NEXT = uuid.UUID("3b644ab3-267f-50a1-a687-b3103ac04e45")
//
//	def client_token_for(key):
//	    return str(uuid.uuid5(KEYS, key))
//
//	def next_client_token(token):
//	    return str(uuid.uuid5(NEXT, token))
//
// Test vectors:
//
//	"crm/invitation/4711"      a48841cf-f69d-5cf8-abee-01fc07c7a4be
//	"crm/opportunity/O1234567" 7706911b-d55a-50bc-8cbd-cd9661ce4797
//	"Angebot Köln 🚀" (UTF-8)  d28e1c3f-8f80-5504-bc2d-b23ea11f8124
//	""                         eb9606a4-ee54-5df7-87b3-45557ae53f7c
//
// An empty key has a fixed token, so forgetting the key causes a
// ConflictException for the second object and not a duplicate.
//
// A key is hashed, not hidden: whoever can guess it can compute the token. Safe
// for concurrent use.
func ClientTokenFor(key string) string {
	return uuid.NewSHA1(uuid.MustParse(clientTokenNamespace), []byte(key)).String()
}

// NextClientToken returns the token for the task that follows the one that had
// token, when that one failed and is to be started again. It is a pure function
// of token, so the whole chain is known from its first link and nothing has to
// be stored: after a crash, [Runner] walks the chain again and finds each task
// where it was.
//
// The token is the UUIDv5 of the bytes of token (as they are: upper and lower
// case differ) in the namespace 3b644ab3-267f-50a1-a687-b3103ac04e45; see
// [ClientTokenFor] for its form and for Python. token may be any string.
//
// Test vectors:
//
//	a48841cf-f69d-5cf8-abee-01fc07c7a4be  d6d2b7d0-d68b-5b14-b123-278f42bb6dcd
//	d6d2b7d0-d68b-5b14-b123-278f42bb6dcd  3d8eef9a-e07a-504f-9839-19e44ddcb99c
//	test-123456                           7f39c26f-6241-54a7-b12e-7ee79cee687e
//
// Safe for concurrent use.
func NextClientToken(token string) string {
	return uuid.NewSHA1(uuid.MustParse(nextClientTokenNamespace), []byte(token)).String()
}

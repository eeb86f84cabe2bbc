package docs

// What snippets import, so that go mod tidy keeps it.
import (
	_ "github.com/aws/aws-sdk-go-v2/aws"
	_ "github.com/aws/aws-sdk-go-v2/config"
	_ "github.com/aws/aws-sdk-go-v2/service/partnercentralselling"
	_ "github.com/cosell-dev/partnercentral-go"
	_ "github.com/cosell-dev/partnercentral-go/conformance/official"
	_ "github.com/cosell-dev/partnercentral-go/river"
	_ "github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/riverqueue/river/riverdriver/riverpgxv5"
)

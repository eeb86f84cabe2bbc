module github.com/cosell-dev/partnercentral-go/conformance/official

go 1.25.0

require (
	github.com/aws/aws-sdk-go-v2 v1.48.0
	github.com/aws/aws-sdk-go-v2/service/partnercentralselling v0.0.0
	github.com/aws/smithy-go v1.28.9
	github.com/cosell-dev/partnercentral-go v0.0.0
	github.com/stretchr/testify v1.11.1
)

require (
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace (
	github.com/aws/aws-sdk-go-v2/service/partnercentralselling => ./partnercentralselling
	github.com/cosell-dev/partnercentral-go => ../../
)

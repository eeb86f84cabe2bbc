module github.com/cosell-dev/partnercentral-go/examples

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/aws/aws-sdk-go-v2 v1.48.0
	github.com/aws/smithy-go v1.28.9
	github.com/cosell-dev/partnercentral-go v0.0.0
)

require github.com/google/uuid v1.6.0 // indirect

replace github.com/cosell-dev/partnercentral-go => ../

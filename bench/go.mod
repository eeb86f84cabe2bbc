module github.com/cosell-dev/partnercentral-go/bench

go 1.25.0

require (
	github.com/aws/smithy-go v1.28.8
	github.com/cosell-dev/partnercentral-go v0.0.0
)

replace github.com/cosell-dev/partnercentral-go => ../

package stack

import (
	"reflect"
	"strings"

	"github.com/aws/smithy-go/middleware"
)

// sharedTypes are the middlewares of the AWS SDK that a linked chain shares among
// calls, with their fields. They were read in aws-sdk-go-v2 v1.48.0 and smithy-go
// v1.28.9: they write to none of their fields while they handle a call. When an
// upgrade changes one, TestSharedTypes fails: read it again, and change the line.
var sharedTypes = map[string]string{
	"github.com/aws/aws-sdk-go-v2/aws/middleware.AddRawResponse":       "",
	"github.com/aws/aws-sdk-go-v2/aws/middleware.RecordResponseTiming": "DisableClockSkewCorrection bool",
	"github.com/aws/aws-sdk-go-v2/aws/middleware.RecursionDetection":   "",
	"github.com/aws/aws-sdk-go-v2/aws/middleware.RequestIDRetriever":   "",
	"github.com/aws/aws-sdk-go-v2/aws/retry.Attempt": "LogAttempts bool, OperationMeter metrics.Meter, ClientSkew *atomic.Int64, " +
		"DisableClockSkewCorrection bool, retryer aws.RetryerV2, requestCloner retry.RequestCloner",
	"github.com/aws/aws-sdk-go-v2/aws/transport/http.ResponseErrorWrapper":   "",
	"github.com/aws/smithy-go/transport/http.ClientHandler":                  "client http.ClientDo, Meter metrics.Meter",
	"github.com/aws/smithy-go/transport/http.InterceptAfterDeserialization":  "Interceptors []http.AfterDeserializationInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptAfterSerialization":    "Interceptors []http.AfterSerializationInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptAfterSigning":          "Interceptors []http.AfterSigningInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptAttempt":               "BeforeAttempt []http.BeforeAttemptInterceptor, AfterAttempt []http.AfterAttemptInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptBeforeDeserialization": "Interceptors []http.BeforeDeserializationInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptBeforeRetryLoop":       "Interceptors []http.BeforeRetryLoopInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptBeforeSerialization":   "Interceptors []http.BeforeSerializationInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptBeforeSigning":         "Interceptors []http.BeforeSigningInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptExecution":             "BeforeExecution []http.BeforeExecutionInterceptor, AfterExecution []http.AfterExecutionInterceptor",
	"github.com/aws/smithy-go/transport/http.InterceptTransmit":              "BeforeTransmit []http.BeforeTransmitInterceptor, AfterTransmit []http.AfterTransmitInterceptor",
	"github.com/aws/smithy-go/transport/http.RequestResponseLogger":          "LogRequest bool, LogRequestWithBody bool, LogResponse bool, LogResponseWithBody bool",
}

// unknown returns the name of a middleware of the AWS SDK that is not in the
// table with the fields that it has, or an empty string.
func (l list) unknown(table map[string]string, end *send) string {
	for _, step := range [...][]string{
		unknown(l.initialize, table), unknown(l.serialize, table), unknown(l.build, table),
		unknown(l.finalize, table), unknown(l.deserialize, table),
		unknown([]middleware.Handler{end, end.measured}, table),
	} {
		if len(step) > 0 {
			return step[0]
		}
	}
	return ""
}

func unknown[M any](middlewares []M, table map[string]string) (names []string) {
	for _, m := range middlewares {
		t := reflect.TypeOf(m)
		if t == nil {
			continue
		}
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if !strings.HasPrefix(t.PkgPath(), "github.com/aws/") {
			continue
		}
		name := t.PkgPath() + "." + t.Name()
		if fields, ok := table[name]; !ok || fields != fieldsOf(t) {
			names = append(names, name)
		}
	}
	return names
}

// fieldsOf describes the fields of a struct as its declaration has them.
func fieldsOf(t reflect.Type) string {
	if t.Kind() != reflect.Struct {
		return t.Kind().String()
	}
	fields := make([]string, t.NumField())
	for i := range fields {
		fields[i] = t.Field(i).Name + " " + t.Field(i).Type.String()
	}
	return strings.Join(fields, ", ")
}

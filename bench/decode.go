package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/internal/wire"
)

// page is a page of n summaries, every tenth of a failed task.
func page(n int) []byte {
	start := time.Date(2026, 8, 1, 12, 0, 0, 905929380, time.UTC)
	out := partnercentral.ListEngagementFromOpportunityTasksOutput{NextToken: aws.String("eyJwYWdlIjoyfQ==")}
	for i := range n {
		id := fmt.Sprintf("task-%013d", i)
		at := start.Add(time.Duration(i) * time.Second)
		summary := partnercentral.ListEngagementFromOpportunityTaskSummary{
			TaskId:                 &id,
			TaskArn:                aws.String("arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/" + id),
			StartTime:              &at,
			TaskStatus:             partnercentral.TaskStatusComplete,
			OpportunityId:          aws.String(fmt.Sprintf("O%07d", i)),
			EngagementId:           aws.String(fmt.Sprintf("eng-%014d", i)),
			EngagementInvitationId: aws.String(fmt.Sprintf("engi-%013d", i)),
			ResourceSnapshotJobId:  aws.String(fmt.Sprintf("job-%013d", i)),
		}
		if i%10 == 9 {
			summary.TaskStatus = partnercentral.TaskStatusFailed
			summary.ReasonCode = partnercentral.ReasonCodeOpportunityValidationFailed
			summary.Message = aws.String("the close date is in the past: correct the opportunity and start another task")
		}
		out.TaskSummaries = append(out.TaskSummaries, summary)
	}
	body, err := json.Marshal(&out)
	if err != nil {
		panic(err) // a value of this program
	}
	return body
}

// response is an answer with a body, as a deserializer gets it.
func response(body []byte) *smithyhttp.Response {
	return &smithyhttp.Response{Response: &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}}
}

// decodeOurs reads a page as our client does.
func decodeOurs(body []byte) (*partnercentral.ListEngagementFromOpportunityTasksOutput, error) {
	resp := response(body)
	read, err := wire.Read(resp.Body, resp.ContentLength)
	if err != nil {
		return nil, err
	}
	out := new(partnercentral.ListEngagementFromOpportunityTasksOutput)
	return out, wire.Decode(read, out)
}

// schemaDecoder reads the same page as a generated client would: with the
// public protocol of smithy-go, and schemas and members written by hand in the
// form that the generator gives them.
type schemaDecoder struct {
	protocol                     *awsjson.Protocol
	operation                    *smithy.OperationSchema
	output, list, summary        *smithy.Schema
	nextToken, summaries         *smithy.Schema
	taskID, arn, started, status *smithy.Schema
	message, reason, opportunity *smithy.Schema
	engagement, invitation, job  *smithy.Schema
}

func newSchemaDecoder() *schemaDecoder {
	id := func(name string) smithy.ShapeID {
		return smithy.ShapeID{Namespace: "com.amazonaws.partnercentralselling", Name: name}
	}
	text := smithy.NewSchema(smithy.ShapeID{Namespace: "smithy.api", Name: "String"}, smithy.ShapeTypeString, 0)
	d := &schemaDecoder{protocol: awsjson.New10(&smithy.ServiceSchema{Schema: smithy.NewSchema(id("AWSPartnerCentralSelling"), smithy.ShapeTypeService, 0)})}
	d.summary = smithy.NewSchema(id("Summary"), smithy.ShapeTypeStructure, 10)
	for name, member := range map[string]**smithy.Schema{
		// A time is an ISO 8601 string here.
		"StartTime": &d.started,
		"TaskId":    &d.taskID, "TaskArn": &d.arn, "TaskStatus": &d.status, "Message": &d.message,
		"ReasonCode": &d.reason, "OpportunityId": &d.opportunity, "EngagementId": &d.engagement,
		"EngagementInvitationId": &d.invitation, "ResourceSnapshotJobId": &d.job,
	} {
		*member = d.summary.AddMember(name, text)
	}
	d.list = smithy.NewSchema(id("Summaries"), smithy.ShapeTypeList, 1)
	d.list.AddMember("member", d.summary)
	d.output = smithy.NewSchema(id("ListResponse"), smithy.ShapeTypeStructure, 2)
	d.nextToken = d.output.AddMember("NextToken", text)
	d.summaries = d.output.AddMember("TaskSummaries", d.list)
	d.operation = smithy.NewOperationSchema(smithy.NewSchema(id("List"), smithy.ShapeTypeOperation, 0), d.output, d.output)
	return d
}

func (d *schemaDecoder) decode(body []byte) (*partnercentral.ListEngagementFromOpportunityTasksOutput, error) {
	p := &schemaPage{d: d}
	err := d.protocol.DeserializeResponse(context.Background(), d.operation, &smithy.TypeRegistry{}, response(body), p)
	return &p.out, err
}

type schemaPage struct {
	d   *schemaDecoder
	out partnercentral.ListEngagementFromOpportunityTasksOutput
}

func (p *schemaPage) Deserialize(s smithy.ShapeDeserializer) error {
	return smithy.ReadStruct(s, p.d.output, func(m *smithy.Schema) error {
		switch m {
		case p.d.nextToken:
			return readText(s, m, &p.out.NextToken)
		case p.d.summaries:
			return smithy.ReadList(s, m, func() error {
				var summary partnercentral.ListEngagementFromOpportunityTaskSummary
				if err := p.d.read(s, &summary); err != nil {
					return err
				}
				p.out.TaskSummaries = append(p.out.TaskSummaries, summary)
				return nil
			})
		}
		return nil
	})
}

func readText(s smithy.ShapeDeserializer, m *smithy.Schema, to **string) error {
	*to = new(string)
	return s.ReadString(m, *to)
}

func (d *schemaDecoder) read(s smithy.ShapeDeserializer, v *partnercentral.ListEngagementFromOpportunityTaskSummary) error {
	return smithy.ReadStruct(s, d.summary, func(m *smithy.Schema) error {
		switch m {
		case d.taskID:
			return readText(s, m, &v.TaskId)
		case d.arn:
			return readText(s, m, &v.TaskArn)
		case d.message:
			return readText(s, m, &v.Message)
		case d.opportunity:
			return readText(s, m, &v.OpportunityId)
		case d.engagement:
			return readText(s, m, &v.EngagementId)
		case d.invitation:
			return readText(s, m, &v.EngagementInvitationId)
		case d.job:
			return readText(s, m, &v.ResourceSnapshotJobId)
		case d.status:
			return s.ReadString(m, (*string)(&v.TaskStatus))
		case d.reason:
			return s.ReadString(m, (*string)(&v.ReasonCode))
		case d.started:
			var text string
			if err := s.ReadString(m, &text); err != nil {
				return err
			}
			at, err := time.Parse(time.RFC3339Nano, text)
			v.StartTime = &at
			return err
		}
		return nil
	})
}

// decoders are the contenders for a page of n summaries.
func decoders(n int) []contender {
	body, schema := page(n), newSchemaDecoder()
	return []contender{
		{"ours", func(context.Context) error { _, err := decodeOurs(body); return err }},
		{"schema decoder", func(context.Context) error { _, err := schema.decode(body); return err }},
	}
}

func measureDecode(s settings) ([]row, error) {
	var rows []row
	for _, n := range []int{10, 1000} {
		contenders := decoders(n)
		samples, err := race(s, 1, contenders)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%d summaries: ", n)
		timeGoal, spaceGoal := "", ""
		if n == 1000 {
			timeGoal, spaceGoal = decodeGoal, "below 1.00x"
		}
		rows = append(rows,
			newRow(name+"time", "µs", timeGoal, contenders, samples, func(s sample) float64 { return s.wall }),
			newRow(name+"processor time", "µs", timeGoal, contenders, samples, func(s sample) float64 { return s.cpu }),
			newRow(name+"allocations", "", spaceGoal, contenders, samples, func(s sample) float64 { return s.allocs }),
			newRow(name+"allocated", "B", spaceGoal, contenders, samples, func(s sample) float64 { return s.bytes }),
		)
	}
	return rows, nil
}

// Runs the AWS SDK for JavaScript against partnercentral-fake, as it is: the
// only thing that it is told is the endpoint. Each test has an account of its
// own. Usage: node test.mjs URL
import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-partnercentral-selling";

const url = process.argv[2];
const secretAccessKey = "partnercentral-fake-secret";
const START = "StartEngagementFromOpportunityTask";
const LIST = "ListEngagementFromOpportunityTasks";
let accounts = 0;
const tests = [];
const test = (name, run) => tests.push({ name, run });

// account makes a client with an access key id that nobody else uses.
function account(config = {}) {
  const accessKeyId = `JSCONFORMANCE${String(++accounts).padStart(7, "0")}`;
  const client = new sdk.PartnerCentralSellingClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey },
    ...config,
  });
  return { accessKeyId, client };
}

async function admin(path, accessKeyId, body) {
  const answer = await fetch(`${url}/_fake/${path}?world=${accessKeyId}`, body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text);
}

const submission = (token, identifier = "O1234567") =>
  new sdk.StartEngagementFromOpportunityTaskCommand({
    Catalog: "Sandbox",
    ClientToken: token,
    Identifier: identifier,
    AwsSubmission: { InvolvementType: "Co-Sell", Visibility: "Full" },
  });

// finished polls until the task has ended.
async function finished(client, Command, id) {
  for (let looks = 0; looks < 100; looks++) {
    const page = await client.send(new Command({ Catalog: "Sandbox", TaskIdentifier: [id] }));
    assert.equal(page.TaskSummaries.length, 1);
    const [task] = page.TaskSummaries;
    if (task.TaskStatus !== "IN_PROGRESS") return task;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  assert.fail(`${id} did not end`);
}

test("an opportunity is submitted, to COMPLETE", async () => {
  const { client } = account();
  const started = await client.send(submission("a"));
  assert.equal(started.TaskStatus, "IN_PROGRESS");
  assert.match(started.TaskId, /^task-[0-9a-z]{13}$/);
  assert.ok(started.StartTime instanceof Date);
  assert.ok(Math.abs(started.StartTime - Date.now()) < 60_000);
  assert.equal(started.OpportunityId, "O1234567");
  const task = await finished(client, sdk.ListEngagementFromOpportunityTasksCommand, started.TaskId);
  assert.equal(task.TaskStatus, "COMPLETE");
  assert.equal(task.TaskArn, started.TaskArn);
  assert.match(task.EngagementId, /^eng-[0-9a-z]{14}$/);
  assert.match(task.EngagementInvitationId, /^engi-[0-9a-z]{13}$/);
  assert.match(task.ResourceSnapshotJobId, /^job-[0-9a-z]{13}$/);
});

test("an invitation is accepted, to COMPLETE", async () => {
  const { client } = account();
  const arn = "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-0000001abc3de";
  const started = await client.send(
    new sdk.StartEngagementByAcceptingInvitationTaskCommand({ Catalog: "Sandbox", ClientToken: "a", Identifier: arn }),
  );
  assert.equal(started.TaskStatus, "IN_PROGRESS");
  assert.equal(started.EngagementInvitationId, arn);
  const task = await finished(client, sdk.ListEngagementByAcceptingInvitationTasksCommand, started.TaskId);
  assert.equal(task.TaskStatus, "COMPLETE");
  assert.match(task.OpportunityId, /^O[0-9]+$/);
});

test("pending invitations are listed and accepted", async () => {
  const { client, accessKeyId } = account();
  await admin("scripts", accessKeyId, {
    invitations: [
      { times: 5, sentAgo: "1h" },
      { id: "engi-0000001abc3de", engagementTitle: "Data lake", engagementId: "eng-0123456789abcd" },
      { payloadType: "LeadInvitation" },
      { status: "REJECTED" },
      { expiresIn: "0s" },
    ],
  });
  const inbox = { Catalog: "Sandbox", ParticipantType: "RECEIVER", Status: ["PENDING"], PayloadType: ["OpportunityInvitation"] };
  const pending = [];
  for await (const page of sdk.paginateListEngagementInvitations({ client, pageSize: 2 }, { ...inbox })) pending.push(...page.EngagementInvitationSummaries);
  assert.equal(pending.length, 6);
  const [newest] = pending;
  assert.equal(newest.Id, "engi-0000001abc3de");
  assert.equal(newest.EngagementTitle, "Data lake");
  assert.equal(newest.EngagementId, "eng-0123456789abcd");
  assert.equal(newest.ParticipantType, "RECEIVER");
  assert.equal(newest.PayloadType, "OpportunityInvitation");
  assert.equal(newest.SenderCompanyName, "AWS");
  assert.match(newest.Receiver.Account.AwsAccountId, /^\d{12}$/);
  assert.ok(newest.InvitationDate instanceof Date);
  assert.equal(newest.ExpirationDate - newest.InvitationDate, 15 * 24 * 3600 * 1000);
  const oldest = await client.send(
    new sdk.ListEngagementInvitationsCommand({ ...inbox, Sort: { SortBy: "InvitationDate", SortOrder: "ASCENDING" }, MaxResults: 1 }),
  );
  assert.notEqual(oldest.EngagementInvitationSummaries[0].Id, newest.Id);
  const started = await client.send(
    new sdk.StartEngagementByAcceptingInvitationTaskCommand({ Catalog: "Sandbox", ClientToken: "a", Identifier: newest.Id }),
  );
  const task = await finished(client, sdk.ListEngagementByAcceptingInvitationTasksCommand, started.TaskId);
  assert.equal(task.TaskStatus, "COMPLETE");
  const [accepted] = (await client.send(new sdk.ListEngagementInvitationsCommand({ ...inbox, Status: ["ACCEPTED"] }))).EngagementInvitationSummaries;
  assert.equal(accepted.Id, newest.Id);
  const [lead] = (await client.send(new sdk.ListEngagementInvitationsCommand({ ...inbox, PayloadType: ["LeadInvitation"] }))).EngagementInvitationSummaries;
  await assert.rejects(
    client.send(new sdk.StartEngagementByAcceptingInvitationTaskCommand({ Catalog: "Sandbox", ClientToken: "b", Identifier: lead.Id })),
    (error) => error instanceof sdk.ValidationException && error.Reason === "BUSINESS_VALIDATION_FAILED",
  );
  await assert.rejects(
    client.send(new sdk.ListEngagementInvitationsCommand({ Catalog: "Sandbox" })),
    (error) => error instanceof sdk.ValidationException && error.ErrorList[0].FieldName === "ParticipantType",
  );
});

test("an opportunity is made from an engagement, to COMPLETE", async () => {
  const { client } = account();
  const started = await client.send(
    new sdk.StartOpportunityFromEngagementTaskCommand({ Catalog: "Sandbox", ClientToken: "a", Identifier: "eng-0123456789abcd", ContextIdentifier: "1" }),
  );
  assert.equal(started.TaskStatus, "IN_PROGRESS");
  assert.equal(started.EngagementId, "eng-0123456789abcd");
  const task = await finished(client, sdk.ListOpportunityFromEngagementTasksCommand, started.TaskId);
  assert.equal(task.TaskStatus, "COMPLETE");
  assert.match(task.OpportunityId, /^O[0-9]+$/);
  assert.equal(task.ContextId, "2");
  const page = await client.send(
    new sdk.ListOpportunityFromEngagementTasksCommand({ Catalog: "Sandbox", ContextIdentifier: ["1"], EngagementIdentifier: ["eng-0123456789abcd"] }),
  );
  assert.deepEqual(page.TaskSummaries.map((task) => task.TaskId), [started.TaskId]);
});

const prospecting = (TaskName, ...Identifiers) =>
  new sdk.StartProspectingFromEngagementTaskCommand({ Catalog: "Sandbox", ClientToken: `token of ${TaskName}`, TaskName, Identifiers });

// prospected polls until the prospecting task has an EndTime.
async function prospected(client, TaskIdentifier) {
  for (let looks = 0; looks < 100; looks++) {
    const task = await client.send(new sdk.GetProspectingFromEngagementTaskCommand({ Catalog: "Sandbox", TaskIdentifier }));
    if (task.EndTime) return task;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  assert.fail(`${TaskIdentifier} did not end`);
}

test("prospecting ends for each engagement on its own", async () => {
  const { client, accessKeyId } = account();
  const [good, bad] = ["eng-aaaaaaaaaaaaaa", "eng-bbbbbbbbbbbbbb"];
  await admin("scripts", accessKeyId, {
    scripts: [{
      operation: "StartProspectingFromEngagementTask",
      outcomes: [{ after: "200ms", engagements: [{ engagement: bad, status: "FAILED", reason: "LeadExists", message: "already a lead" }] }],
    }],
  });
  const started = await client.send(prospecting("autumn", good, bad));
  assert.equal(started.TaskStatus, "PENDING");
  assert.match(started.TaskId, /^task-[0-9a-z]{14}$/);
  assert.deepEqual(started.Identifiers, [good, bad]);
  const task = await prospected(client, started.TaskId);
  assert.ok(task.EndTime instanceof Date);
  assert.equal(task.EndTime - started.StartTime, 200);
  assert.deepEqual(task.Engagements.map((e) => [e.EngagementIdentifier, e.Status, e.ReasonCode ?? null]), [
    [good, "COMPLETED", null],
    [bad, "FAILED", "LeadExists"],
  ]);
  assert.match(task.Engagements[0].EngagementContextId, /^ctx-[0-9a-z]{14}$/);
  const again = await client.send(prospecting("autumn", good, bad));
  assert.equal(again.TaskId, started.TaskId);
  assert.equal(again.TaskStatus, "PENDING");
});

test("prospecting tasks are listed, sorted and filtered", async () => {
  const { client } = account();
  for (const name of ["b", "c", "a"]) await client.send(prospecting(name, "eng-aaaaaaaaaaaaaa"));
  const names = [];
  for await (const page of sdk.paginateListProspectingFromEngagementTasks(
    { client, pageSize: 2 },
    { Catalog: "Sandbox", Sort: { SortBy: "TaskName", SortOrder: "ASCENDING" } },
  )) {
    names.push(...page.TaskSummaries.map((task) => task.TaskName));
  }
  assert.deepEqual(names, ["a", "b", "c"]);
  const page = await client.send(
    new sdk.ListProspectingFromEngagementTasksCommand({ Catalog: "Sandbox", TaskName: ["a", "c"], StartAfter: new Date(Date.now() - 60_000), StartBefore: new Date(Date.now() + 60_000) }),
  );
  assert.deepEqual(page.TaskSummaries.map((task) => task.TaskName), ["a", "c"]);
  assert.equal(page.TaskSummaries[0].TotalEngagementCount, 1);
  const none = await client.send(new sdk.ListProspectingFromEngagementTasksCommand({ Catalog: "Sandbox", StartAfter: new Date(Date.now() + 60_000) }));
  assert.deepEqual(none.TaskSummaries, []);
});

test("an id of another kind of task is refused", async () => {
  const { client } = account();
  await assert.rejects(
    client.send(new sdk.GetProspectingFromEngagementTaskCommand({ Catalog: "Sandbox", TaskIdentifier: "task-0123456789abc" })),
    (error) => error instanceof sdk.ValidationException && error.ErrorList[0].FieldName === "TaskIdentifier",
  );
  await assert.rejects(
    client.send(new sdk.GetProspectingFromEngagementTaskCommand({ Catalog: "Sandbox", TaskIdentifier: "task-0123456789abcd" })),
    (error) => error instanceof sdk.ResourceNotFoundException,
  );
});

test("a task ends FAILED with reason and message", async () => {
  const { client, accessKeyId } = account();
  await admin("scripts", accessKeyId, {
    scripts: [{ operation: START, outcomes: [{ status: "FAILED", reason: "OpportunityValidationFailed", message: "close date is in the past", afterPolls: 2 }] }],
  });
  const started = await client.send(submission("a"));
  const task = await finished(client, sdk.ListEngagementFromOpportunityTasksCommand, started.TaskId);
  assert.equal(task.TaskStatus, "FAILED");
  assert.equal(task.ReasonCode, "OpportunityValidationFailed");
  assert.equal(task.Message, "close date is in the past");
  assert.deepEqual(await admin("leftovers", accessKeyId), []);
});

test("the same token and parameters give the same task", async () => {
  const { client } = account();
  const first = await client.send(submission("a"));
  await finished(client, sdk.ListEngagementFromOpportunityTasksCommand, first.TaskId);
  const again = await client.send(submission("a"));
  assert.equal(again.TaskId, first.TaskId);
  assert.equal(again.TaskStatus, "COMPLETE");
  assert.notEqual((await client.send(submission("b"))).TaskId, first.TaskId);
});

test("the SDK's own token keeps a retried Start to one task", async () => {
  const { client, accessKeyId } = account();
  await admin("faults", accessKeyId, { faults: [{ operation: START, nth: 1, effect: "reset", afterCommit: true }] });
  await client.send(submission(undefined));
  const page = await client.send(new sdk.ListEngagementFromOpportunityTasksCommand({ Catalog: "Sandbox" }));
  assert.equal(page.TaskSummaries.length, 1);
  const calls = (await admin("calls", accessKeyId)).filter((call) => call.operation === START);
  assert.deepEqual(calls.map((call) => [call.attempt, call.committed]), [[1, true], [2, true]]);
});

test("the paginator sees every task once, newest first", async () => {
  const { client } = account();
  const ids = [];
  for (let i = 0; i < 7; i++) ids.push((await client.send(submission(`t${i}`, `O${i}`))).TaskId);
  const seen = [];
  let pages = 0;
  for await (const page of sdk.paginateListEngagementFromOpportunityTasks({ client, pageSize: 3 }, { Catalog: "Sandbox" })) {
    pages++;
    seen.push(...page.TaskSummaries.map((task) => task.TaskId));
  }
  assert.deepEqual(seen, ids.reverse());
  assert.equal(pages, 3);
});

test("throttled, then successful", async () => {
  const { client, accessKeyId } = account();
  await admin("faults", accessKeyId, { faults: [{ operation: START, times: 2, effect: "throttle" }] });
  const started = await client.send(submission("a"));
  assert.equal(started.$metadata.attempts, 3);
  const calls = await admin("calls", accessKeyId);
  assert.deepEqual(calls.map((call) => call.status), [429, 429, 200]);
  assert.deepEqual(calls.map((call) => call.committed), [false, false, true]);
});

for (const [name, status] of Object.entries({
  AccessDeniedException: 403,
  ConflictException: 409,
  InternalServerException: 500,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 402,
  ThrottlingException: 429,
  ValidationException: 400,
})) {
  test(`the SDK knows ${name}`, async () => {
    const { client, accessKeyId } = account({ maxAttempts: 1 });
    await admin("faults", accessKeyId, { faults: [{ operation: LIST, nth: 1, effect: "error", status, code: name, message: "as asked" }] });
    const list = client.send(new sdk.ListEngagementFromOpportunityTasksCommand({ Catalog: "Sandbox" }));
    await assert.rejects(list, (error) => {
      // ServiceQuotaExceeded and Conflict are modelled on the Starts alone, and
      // the SDK has one registry of errors for all operations.
      assert.equal(error.name, name);
      assert.ok(error instanceof sdk[name], `${error.constructor.name} is not the modelled class`);
      assert.equal(error.message, "as asked");
      assert.equal(error.$metadata.httpStatusCode, status);
      assert.ok(error.$metadata.requestId);
      return true;
    });
  });
}

test("a validation error names its fields", async () => {
  const { client } = account();
  await assert.rejects(client.send(submission("a", "1234567")), (error) => {
    assert.ok(error instanceof sdk.ValidationException);
    assert.equal(error.Reason, "REQUEST_VALIDATION_FAILED");
    assert.deepEqual(error.ErrorList.map((field) => [field.FieldName, field.Code]), [["Identifier", "INVALID_STRING_FORMAT"]]);
    return true;
  });
});

test("a token with other parameters is a conflict", async () => {
  const { client } = account();
  await client.send(submission("a", "O1"));
  await assert.rejects(client.send(submission("a", "O2")), (error) => error instanceof sdk.ConflictException);
});

test("a wrong signature is refused", async () => {
  const { client, accessKeyId } = account({ credentials: { accessKeyId: "JSCONFORMANCEWRONG00", secretAccessKey: "wrong" } });
  await assert.rejects(client.send(submission("a")), (error) => {
    assert.equal(error.name, "InvalidSignatureException");
    return true;
  });
  assert.deepEqual(await admin("calls", accessKeyId), []);
});

test("a wrong region is refused", async () => {
  const { client } = account({ region: "eu-west-1" });
  await assert.rejects(client.send(submission("a")), (error) => {
    assert.equal(error.name, "InvalidSignatureException");
    assert.match(error.message, /valid region, not 'eu-west-1'/);
    return true;
  });
});

test("a refusal says what was expected and what came", async () => {
  const wrongRegion = account({ region: "eu-central-1" }).client;
  await assert.rejects(wrongRegion.send(submission("a")), (error) => {
    assert.match(error.message, /signed for eu-central-1, this service is us-east-1: set the region/);
    return true;
  });
  const { client, accessKeyId } = account();
  await assert.rejects(client.send(new sdk.ListOpportunitiesCommand({ Catalog: "Sandbox" })), (error) => {
    assert.equal(error.name, "UnknownOperationException");
    assert.match(error.message, /the fake does not model ListOpportunities/);
    return true;
  });
  await assert.rejects(client.send(submission("a", "1234567")), (error) => {
    assert.match(error.message, /Identifier: must match O\[0-9\]/);
    return true;
  });
  await client.send(submission("a", "O1"));
  await assert.rejects(client.send(submission("a", "O2")), (error) => {
    assert.match(error.message, /the token started task-.*"Identifier":"O1".*and now comes with .*"Identifier":"O2"/);
    return true;
  });
  const calls = await admin("calls", accessKeyId);
  assert.deepEqual(calls.map((call) => call.task), ["none", "none", "made", "none"]);
  const table = await (await fetch(`${url}/_fake/calls?format=table&world=${accessKeyId}`)).text();
  assert.match(table, /ConflictException/);
});

test("operations that are not modelled answer what a script says", async () => {
  const { client, accessKeyId } = account();
  const opportunity = (Id) => ({
    Id, Catalog: "Sandbox", CreatedDate: "2026-08-01T12:00:00Z", LastModifiedDate: "2026-08-01T12:00:00Z", LifeCycle: { Stage: "Qualified", ReviewStatus: "Approved" },
  });
  await admin("scripts", accessKeyId, {
    faults: [{ operation: "GetOpportunity", nth: 1, effect: "throttle" }],
    answers: [
      { operation: "GetOpportunity", default: true, answer: opportunity("O9") },
      { operation: "GetOpportunity", identifiers: ["O1"], answer: opportunity("O1") },
      { operation: "ListEngagements", answer: { EngagementSummaryList: [{ Id: "eng-0123456789abcd", Title: "Data lake" }] } },
    ],
  });
  const get = (Identifier) => client.send(new sdk.GetOpportunityCommand({ Catalog: "Sandbox", Identifier }));
  const first = await get("O1");
  assert.equal(first.Id, "O1");
  assert.equal(first.$metadata.attempts, 2);
  assert.ok(first.CreatedDate instanceof Date);
  assert.equal(first.LifeCycle.ReviewStatus, "Approved");
  assert.equal((await get("O1")).Id, "O9");
  const page = await client.send(new sdk.ListEngagementsCommand({ Catalog: "Sandbox" }));
  assert.equal(page.EngagementSummaryList[0].Id, "eng-0123456789abcd");
  assert.deepEqual(await admin("leftovers", accessKeyId), []);
});

test("a caller asks for a fault of its own call", async () => {
  const { client } = account({ maxAttempts: 3 });
  client.middlewareStack.add(
    (next) => (args) => {
      args.request.headers["x-fake-fault"] = JSON.stringify({ effect: "throttle", times: 2 });
      return next(args);
    },
    { step: "build", name: "fakeFault" },
  );
  assert.equal((await client.send(submission("a"))).$metadata.attempts, 3);
});

test("every member of a scripted error arrives", async () => {
  const { client, accessKeyId } = account();
  await admin("faults", accessKeyId, {
    faults: [{
      operation: START, nth: 1, effect: "error", code: "ValidationException", message: "as asked", reason: "BUSINESS_VALIDATION_FAILED",
      errorList: [{ fieldName: "Identifier", message: "not now", code: "INVALID_VALUE" }],
    }],
  });
  await assert.rejects(client.send(submission("a")), (error) => {
    assert.ok(error instanceof sdk.ValidationException);
    assert.equal(error.Reason, "BUSINESS_VALIDATION_FAILED");
    assert.deepEqual(error.ErrorList.map((e) => [e.FieldName, e.Message, e.Code]), [["Identifier", "not now", "INVALID_VALUE"]]);
    return true;
  });
});

let passed = 0;
let failed = 0;
for (const { name, run } of tests) {
  try {
    await run();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

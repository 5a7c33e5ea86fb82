import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Server } from "../../conformance/server";
import { eventsOfUpdate } from "../../smoke/probes/events";
import { type Sqs, sqsOf } from "../../smoke/probes/sqs";

const event = (eventName: string, key: string): string =>
  JSON.stringify({ Records: [{ eventName, s3: { object: { key } } }] });

/** A queue that gets an event for each put, and for the update if it is told so. */
function bucketWithQueue({ updateSends, silent = false }: { updateSends: boolean; silent?: boolean }) {
  const waiting = [JSON.stringify({ Event: "s3:TestEvent" })];
  return {
    receive: async () => waiting.splice(0, 1),
    put: async (key: string) => (silent ? 0 : waiting.push(event("ObjectCreated:Put", key))),
    update: async (key: string) => (updateSends ? waiting.push(event("ObjectUpdated", key)) : 0),
  };
}

test("an event of the update is seen between those of the puts around it", async () => {
  expect(await eventsOfUpdate(bucketWithQueue({ updateSends: true }))).toEqual({
    is: "yes",
    evidence: "after the update: ObjectUpdated updated, ObjectCreated:Put last",
  });
});

test("where only the puts send events, the answer is no", async () => {
  expect(await eventsOfUpdate(bucketWithQueue({ updateSends: false }))).toEqual({
    is: "no",
    evidence: "after the update: ObjectCreated:Put last",
  });
});

test("where not even puts send events, nothing can be said", async () => {
  await expect(eventsOfUpdate(bucketWithQueue({ updateSends: false, silent: true }))).rejects.toThrow(
    "no event of the put of updated has come",
  );
});

// Not SQS: it answers in the form that SQS's API Reference shows, and keeps what it was sent.
describe("queues, in SQS's JSON protocol", () => {
  const received: { target: string; authorization: string; body: Record<string, unknown> }[] = [];
  const answers: Record<string, object> = {
    CreateQueue: { QueueUrl: "https://queue/1" },
    ReceiveMessage: { Messages: [{ Body: "one", ReceiptHandle: "r1" }] },
    ListQueues: { QueueUrls: ["https://queue/1"] },
  };
  let http: HttpServer;
  let sqs: Sqs;

  beforeAll(async () => {
    http = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const target = String(request.headers["x-amz-target"]);
      received.push({ target, authorization: String(request.headers.authorization), body: JSON.parse(text) });
      const operation = target.replace("AmazonSQS.", "");
      response.statusCode = operation === "DeleteQueue" ? 400 : 200;
      response.end(JSON.stringify(answers[operation] ?? {}));
    });
    await new Promise<void>((listening) => http.listen(0, "127.0.0.1", listening));
    const { port } = http.address() as AddressInfo;
    const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };
    const server: Server = {
      name: "queues",
      url: "",
      oneAddress: false,
      region: "eu-west-1",
      credentials,
      lacks: {},
      settling: 0,
      atOnce: 1,
      stop: async () => {},
    };
    sqs = sqsOf(server, credentials, `http://127.0.0.1:${port}`);
  });
  afterAll(() => new Promise((closed) => http.close(closed)));

  test("a queue is made that S3 may send to for this account only", async () => {
    const arn = "arn:aws:sqs:eu-west-1:111122223333:queue";
    expect(await sqs.create("queue", "111122223333")).toEqual({ url: "https://queue/1", arn });
    const { target, authorization, body } = received.at(-1) ?? {};
    expect(target).toBe("AmazonSQS.CreateQueue");
    expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-west-1\/sqs\/aws4_request/);
    expect(body).toMatchObject({ QueueName: "queue" });
    expect(JSON.stringify(body)).toContain("aws:SourceAccount");
  });

  test("what is received is deleted, and not given out again", async () => {
    expect(await sqs.receive("https://queue/1")).toEqual(["one"]);
    expect(received.at(-1)).toMatchObject({
      target: "AmazonSQS.DeleteMessage",
      body: { QueueUrl: "https://queue/1", ReceiptHandle: "r1" },
    });
  });

  test("queues are found by the beginning of their names, and a refusal is an error", async () => {
    expect(await sqs.list("at-rest-")).toEqual(["https://queue/1"]);
    await expect(sqs.delete("https://queue/1")).rejects.toThrow("SQS DeleteQueue: 400");
  });
});

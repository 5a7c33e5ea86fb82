import { startLocal } from "../../conformance/local-server";
import type { Server } from "../../conformance/server";
import { askOpenPoints, probes } from "../../smoke/probes/ask";
import { leftOpen } from "../../smoke/probes/not-asked";

const prefix = "at-rest-smoke-00000000-";

let server: Server;

beforeAll(async () => {
  server = await startLocal();
});
afterAll(() => server?.stop());

// What the local AWS assumes; AWS itself may say otherwise, which is what the questions are for.
test("each open point gets an answer as a value, and leaves nothing behind", async () => {
  const { answers, left } = await askOpenPoints(server, prefix, new AbortController().signal);
  expect(left).toEqual([]);
  expect(answers.map(({ question, answer }) => [answer.is, question])).toEqual([
    ["yes", "Does a bucket policy that asks for If-Match let a copy through that carries it?"],
    ["yes", "Does a copy with If-Match honour x-amz-copy-source-if-unmodified-since beside it?"],
    ["yes", "Does a copy in parts at the object's own part boundaries give it the ETag that it had?"],
    [
      "yes",
      "May a role without s3:GetObjectAnnotation and s3:PutObjectAnnotation copy an object that has no annotations?",
    ],
    ["no", "Does CopyObject with the default directives ask for permissions of tags where the object has none?"],
    ["yes", "Does UpdateObjectEncryption get through a policy that refuses puts without the encryption header?"],
    ["yes", "Does UpdateObjectEncryption get through a policy that refuses puts with another algorithm than aws:kms?"],
    ["yes", "Can a bucket policy deny s3:UpdateObjectEncryption to other keys than one, and to that one not?"],
    ["yes", "Does UpdateObjectEncryption take an object that is under the AWS managed key aws/s3?"],
    [
      "yes",
      "Do s3:UpdateObjectEncryption and s3:PutObject do for a version by its id, without an action for versions?",
    ],
    ["no", "Are any of 200 updates throttled, 50 at once?"],
    ["not asked", "Does UpdateObjectEncryption send an event?"],
    ["yes", "Do parts and completion of an upload that began with the header get through a policy that asks for it?"],
    ["other", "Does a browser form with the field x-amz-server-side-encryption get through such a policy?"],
    ["no", "Is s3:x-amz-server-side-encryption-aws-kms-key-id there for a put that relies on the default key?"],
    ["yes", "Does blocking SSE-C outlive DeleteBucketEncryption?"],
    ...leftOpen.map(({ question }) => ["not asked", question]),
  ]);
});

test("a question that the server lacks something for is not asked, and says why", async () => {
  const poor: Server = { ...server, lacks: { permissions: "it checks none" } };
  const { answers } = await askOpenPoints(poor, prefix, new AbortController().signal);
  const lacking = probes.flatMap(({ question, needs }) => (needs?.includes("permissions") ? question : []));
  expect(lacking.length).toBeGreaterThan(0);
  for (const question of lacking) {
    const answered = answers.find((one) => one.question === question);
    expect(answered?.answer).toEqual({ is: "not asked", because: "it checks none" });
  }
});

test("after an interruption no further question is asked", async () => {
  const controller = new AbortController();
  controller.abort(new Error("stopped by a signal"));
  const { answers } = await askOpenPoints(server, prefix, controller.signal);
  expect(new Set(answers.slice(0, probes.length).map(({ answer }) => answer))).toEqual(
    new Set([{ is: "not asked", because: "the run was stopped before" }]),
  );
});

import { parsePolicy } from "../../local/identity/policy/document";
import { evaluate } from "../../local/identity/policy/evaluate";
import type { Caller } from "../../local/service";
import type { PolicyDocument } from "../../src/fleet/policy";
import { ownBucketStatements } from "../../stacks/policies/enforcement";
import { bucketPolicy } from "../../stacks/policies/legacy-bucket";
import { mergePolicy } from "../../stacks/policies/merge";
import { bucketOf } from "../support/fleets";

const account = "111111111111";
const key = `arn:aws:kms:eu-west-1:${account}:key/11111111-2222-3333-4444-555555555555`;
const otherKey = `arn:aws:kms:eu-west-1:${account}:key/99999999-9999-9999-9999-999999999999`;

const role = (name: string): Caller => ({
  is: "role",
  account,
  arn: `arn:aws:iam::${account}:role/${name}`,
  userId: `AROAEXAMPLE:${name}`,
  roleName: name,
  sessionArn: `arn:aws:sts::${account}:assumed-role/${name}/session`,
});
const application = role("application");
const logging: Caller = { is: "service", service: "logging.s3.amazonaws.com" };
const anonymous: Caller = { is: "anonymous" };

const algorithm = "s3:x-amz-server-side-encryption";
const keyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const secure = { "aws:SecureTransport": "true" };

const puts = {
  nothing: secure,
  AES256: { ...secure, [algorithm]: "AES256" },
  "kms without key id": { ...secure, [algorithm]: "aws:kms" },
  "kms, another key": { ...secure, [algorithm]: "aws:kms", [keyId]: otherKey },
  "kms, the key": { ...secure, [algorithm]: "aws:kms", [keyId]: key },
  "dsse without key id": { ...secure, [algorithm]: "aws:kms:dsse" },
  "dsse, another key": { ...secure, [algorithm]: "aws:kms:dsse", [keyId]: otherKey },
  "dsse, the key": { ...secure, [algorithm]: "aws:kms:dsse", [keyId]: key },
  "SSE-C": { ...secure, "s3:x-amz-server-side-encryption-customer-algorithm": "AES256" },
  "plain HTTP": { [algorithm]: "AES256", "aws:SecureTransport": "false" },
  "plain HTTP, the key": { [algorithm]: "aws:kms", [keyId]: key, "aws:SecureTransport": "false" },
} satisfies Record<string, Record<string, string>>;
type Put = keyof typeof puts;

/** The keys of a request that AWS adds itself, by who asks. An anonymous request has neither. */
const callerKeys = (caller: Caller): Record<string, string> => {
  if (caller.is === "anonymous") return {};
  if (caller.is === "service") return { "aws:PrincipalIsAWSService": "true" };
  return { "aws:PrincipalIsAWSService": "false", "aws:PrincipalArn": caller.arn };
};

/** The Sid that denies, or "-". */
function answer(
  policy: PolicyDocument | null,
  put: Put,
  caller: Caller = application,
  action = "s3:PutObject",
): string {
  if (policy === null) return "-";
  const { "aws:SecureTransport": transport, ...headers }: Record<string, string> = puts[put];
  // Services' calls show no transport.
  const shown = caller.is === "service" || !transport ? headers : { ...headers, "aws:SecureTransport": transport };
  const keys = Object.entries({ ...shown, ...callerKeys(caller) }).map(
    ([name, value]) => [name.toLowerCase(), [value]] as const,
  );
  const verdict = evaluate(parsePolicy(JSON.stringify(policy), "resource"), {
    caller,
    action,
    resource: "arn:aws:s3:::acme-uploads/key",
    keys: new Map(keys),
  });
  return verdict.is === "explicitDeny" ? (verdict.statement.sid ?? "without Sid") : "-";
}

const denied = (policy: PolicyDocument | null, caller?: Caller): Put[] =>
  (Object.keys(puts) as Put[]).filter((put) => answer(policy, put, caller) !== "-");

function policyAt(stage: string, encryption: string, more = ""): PolicyDocument | null {
  const keyArn = encryption === "AES256" ? "" : `keyArn: "${key}",`;
  const { target, bucket } = bucketOf(
    `newBucket: true, stage: ${stage}, encryption: "${encryption}", ${keyArn} ${more}`,
  );
  return bucketPolicy(target, bucket);
}

const incorrectKms: readonly Put[] = ["AES256", "kms without key id", "kms, another key"];
const dsse: readonly Put[] = ["dsse without key id", "dsse, another key", "dsse, the key"];
const kms: readonly Put[] = ["kms without key id", "kms, another key", "kms, the key"];
const always: readonly Put[] = ["SSE-C", "plain HTTP", "plain HTTP, the key"];

const table: readonly [string, string, readonly Put[]][] = [
  ["prepare", "AES256", []],
  ["prepare", "aws:kms", []],
  ["released", "aws:kms", []],
  ["encrypt", "AES256", always],
  ["enforce", "AES256", ["nothing", ...always]],
  ["encrypt", "aws:kms", [...incorrectKms, ...dsse, ...always]],
  ["enforce", "aws:kms", ["nothing", ...incorrectKms, ...dsse, ...always]],
  ["encrypt", "aws:kms:dsse", ["AES256", ...kms, "dsse without key id", "dsse, another key", ...always]],
  ["enforce", "aws:kms:dsse", ["nothing", "AES256", ...kms, "dsse without key id", "dsse, another key", ...always]],
];

test.each(table)(
  "at stage %s with target %s exactly the puts of the table are denied",
  (stage, encryption, expected) => {
    expect(denied(policyAt(stage, encryption))).toEqual(expected);
  },
);

test("each put is denied by the statement of its row", () => {
  const policy = policyAt("enforce", "aws:kms");
  expect((Object.keys(puts) as Put[]).map((put) => [put, answer(policy, put)])).toEqual([
    ["nothing", "AtRestDenyUnencryptedObjectUploads"],
    ["AES256", "AtRestDenyIncorrectEncryptionHeader"],
    ["kms without key id", "AtRestDenyKmsWithoutKeyId"],
    ["kms, another key", "AtRestDenyIncorrectKmsKey"],
    ["kms, the key", "-"],
    ["dsse without key id", "AtRestDenyIncorrectEncryptionHeader"],
    ["dsse, another key", "AtRestDenyIncorrectEncryptionHeader"],
    ["dsse, the key", "AtRestDenyIncorrectEncryptionHeader"],
    ["SSE-C", "AtRestDenyUnencryptedObjectUploads"],
    ["plain HTTP", "AtRestDenyIncorrectEncryptionHeader"],
    ["plain HTTP, the key", "AtRestDenyInsecureTransport"],
  ]);
});

const waivers: readonly [string, readonly Put[]][] = [
  ["missing-header", ["nothing"]],
  ["wrong-algorithm", ["AES256", "dsse without key id", "dsse, the key"]],
  ["kms-without-key-id", ["kms without key id"]],
  ["another-key", ["kms, another key"]],
  ["plain-http", ["plain HTTP, the key"]],
];

test.each(waivers)("a bucket that accepts %s lets those puts through, and no others", (what, allowed) => {
  const accept = `accept: [{ what: ${what}, reason: an old client, until: 2027-01-01 }]`;
  const full = denied(policyAt("enforce", "aws:kms"));
  expect(denied(policyAt("enforce", "aws:kms", accept))).toEqual(full.filter((put) => !allowed.includes(put)));
});

test("a bucket that accepts sse-c lets SSE-C through until headers are enforced", () => {
  const accept = "accept: [{ what: sse-c, reason: an old client, until: 2027-01-01 }]";
  expect(denied(policyAt("encrypt", "AES256", accept))).toEqual(["plain HTTP", "plain HTTP, the key"]);
});

test("services and writers that the fleet names may leave the header out, and nothing else", () => {
  const policy = policyAt("enforce", "aws:kms", `headerlessWriters: ["arn:aws:iam::${account}:role/importer-*"]`);
  expect(answer(policy, "nothing", role("importer-7"))).toBe("-");
  expect(answer(policy, "nothing", role("application"))).toBe("AtRestDenyUnencryptedObjectUploads");
  expect(answer(policy, "nothing", anonymous)).toBe("AtRestDenyUnencryptedObjectUploads");
  expect(answer(policy, "nothing", logging)).toBe("-");
  expect(answer(policy, "AES256", logging)).toBe("AtRestDenyIncorrectEncryptionHeader");
  expect(answer(policy, "AES256", role("importer-7"))).toBe("AtRestDenyIncorrectEncryptionHeader");
});

test("naming a writer for the key does not spare it the header", () => {
  const policy = policyAt("enforce", "aws:kms", `writers: ["arn:aws:iam::${account}:role/application"]`);
  expect(answer(policy, "nothing", role("application"))).toBe("AtRestDenyUnencryptedObjectUploads");
});

test("plain HTTP is denied to everybody but services, for reads as well", () => {
  const policy = policyAt("encrypt", "AES256");
  expect(answer(policy, "plain HTTP", anonymous)).toBe("AtRestDenyInsecureTransport");
  expect(answer(policy, "plain HTTP", application, "s3:GetObject")).toBe("AtRestDenyInsecureTransport");
  expect(answer(policy, "AES256", application, "s3:GetObject")).toBe("-");
  expect(answer(policy, "plain HTTP", logging)).toBe("-");
});

test("what the conversion itself sends is never denied", () => {
  for (const stage of ["encrypt", "enforce"]) {
    expect(answer(policyAt(stage, "aws:kms"), "kms, the key")).toBe("-");
    expect(answer(policyAt(stage, "aws:kms:dsse"), "dsse, the key")).toBe("-");
    expect(answer(policyAt(stage, "AES256"), "AES256")).toBe("-");
    expect(answer(policyAt(stage, "aws:kms"), "nothing", application, "s3:UpdateObjectEncryption")).toBe("-");
  }
});

test("a backup is AES256 in its request, or denied", () => {
  const policy = mergePolicy(null, ownBucketStatements("arn:aws:s3:::acme-uploads", []));
  const all = Object.keys(puts) as Put[];
  expect(denied(policy)).toEqual(all.filter((put) => put !== "AES256"));
});

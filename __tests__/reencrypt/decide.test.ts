import type { EncryptionTarget } from "../../src/fleet/fleet";
import { type Decision, decide, type Engine, LARGEST_COPY } from "../../src/reencrypt/decide";
import type { Encryption, Lock, ObjectState } from "../../src/s3/object-store";

const key = (id: string) => `arn:aws:kms:eu-west-1:111111111111:key/${id}`;
const now = Date.UTC(2026, 10, 22);
const day = 86_400_000;

const object = (encryption: Encryption, changes: Partial<ObjectState> = {}): ObjectState => ({
  key: "a",
  etag: '"1"',
  size: 1,
  lastModified: 0,
  encryption,
  storageClass: "STANDARD",
  archived: false,
  headers: {},
  metadata: {},
  missingMetadata: 0,
  ...changes,
});

const encryptions = {
  none: { is: "none" },
  AES256: { is: "AES256" },
  "KMS target": { is: "aws:kms", keyArn: key("target"), bucketKey: true },
  "KMS target, no bucket key": { is: "aws:kms", keyArn: key("target"), bucketKey: false },
  "KMS other": { is: "aws:kms", keyArn: key("other"), bucketKey: true },
  "DSSE target": { is: "aws:kms:dsse", keyArn: key("target") },
  "DSSE other": { is: "aws:kms:dsse", keyArn: key("other") },
  customer: { is: "customer", keyMd5: "1B2M2Y8AsgTpgAmY7PhCfg==" },
} satisfies Record<string, Encryption>;

const targets = {
  AES256: { algorithm: "AES256" },
  KMS: { algorithm: "aws:kms", keyArn: key("target"), bucketKey: true },
  "KMS without bucket key": { algorithm: "aws:kms", keyArn: key("target"), bucketKey: false },
  DSSE: { algorithm: "aws:kms:dsse", keyArn: key("target") },
} satisfies Record<string, EncryptionTarget>;

const short = (decision: Decision): string => (decision.do === "refuse" ? decision.because : decision.do);

const situations: Record<string, { changes?: Partial<ObjectState>; noncurrent?: boolean }> = {
  plain: {},
  large: { changes: { size: LARGEST_COPY + 1 } },
  archived: { changes: { archived: true } },
  locked: { changes: { lock: { legalHold: true } } },
  noncurrent: { noncurrent: true },
};

const row = (encryption: Encryption, target: EncryptionTarget, engine: Engine) =>
  Object.values(situations).map(({ changes, noncurrent = false }) =>
    short(decide(object(encryption, changes), target, { engine, noncurrent, now })),
  );

const right = Array(5).fill("nothing");
const updates = ["update", "update", "update", "locked", "update"];
const copies = ["copy", "multipartCopy", "archived", "locked", "noncurrent"];
const noCopies = ["needsCopy", "needsCopy", "archived", "locked", "noncurrent"];

// Columns: plain, large, archived, locked, noncurrent.
test.each<[keyof typeof encryptions, keyof typeof targets, string[]]>([
  ["none", "AES256", copies],
  ["AES256", "AES256", right],
  ["KMS target", "AES256", copies],
  ["KMS target, no bucket key", "AES256", copies],
  ["KMS other", "AES256", copies],
  ["DSSE target", "AES256", copies],
  ["DSSE other", "AES256", copies],
  ["customer", "AES256", copies],
  ["none", "KMS", copies],
  ["AES256", "KMS", updates],
  ["KMS target", "KMS", right],
  ["KMS target, no bucket key", "KMS", updates],
  ["KMS other", "KMS", updates],
  ["DSSE target", "KMS", copies],
  ["DSSE other", "KMS", copies],
  ["customer", "KMS", copies],
  ["none", "KMS without bucket key", copies],
  ["AES256", "KMS without bucket key", updates],
  ["KMS target", "KMS without bucket key", updates],
  ["KMS target, no bucket key", "KMS without bucket key", right],
  ["KMS other", "KMS without bucket key", updates],
  ["DSSE target", "KMS without bucket key", copies],
  ["DSSE other", "KMS without bucket key", copies],
  ["customer", "KMS without bucket key", copies],
  ["none", "DSSE", copies],
  ["AES256", "DSSE", copies],
  ["KMS target", "DSSE", copies],
  ["KMS target, no bucket key", "DSSE", copies],
  ["KMS other", "DSSE", copies],
  ["DSSE target", "DSSE", right],
  ["DSSE other", "DSSE", copies],
  ["customer", "DSSE", copies],
])("%s to %s", (from, to, expected) => {
  const [encryption, target] = [encryptions[from], targets[to]];
  expect(row(encryption, target, "auto")).toEqual(expected);
  // The engines change which operation is allowed, never what needs doing.
  expect(row(encryption, target, "copy")).toEqual(expected === updates ? copies : expected);
  expect(row(encryption, target, "update")).toEqual(expected === copies ? noCopies : expected);
});

test("the largest single copy has exactly 5 GiB", () => {
  const decisions = [LARGEST_COPY, LARGEST_COPY + 1].map((size) =>
    short(decide(object({ is: "none" }, { size }), targets.KMS, { engine: "auto", noncurrent: false, now })),
  );
  expect(LARGEST_COPY).toBe(5 * 1024 ** 3);
  expect(decisions).toEqual(["copy", "multipartCopy"]);
});

test("a lock that is over holds back a copy, which would not carry it, and no update", () => {
  const retainedUntil = (until: number): Lock => ({ legalHold: false, retention: { mode: "COMPLIANCE", until } });
  const decided = (encryption: Encryption, lock: Lock) =>
    short(decide(object(encryption, { lock }), targets.KMS, { engine: "auto", noncurrent: false, now }));
  expect(decided({ is: "AES256" }, retainedUntil(now + day))).toBe("locked");
  for (const over of [retainedUntil(now - day), { legalHold: false }]) {
    expect(decided({ is: "AES256" }, over)).toBe("update");
    expect(decided({ is: "none" }, over)).toBe("locked");
  }
});

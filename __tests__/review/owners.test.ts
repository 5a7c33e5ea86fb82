import { comment } from "../../src/review/comment/comment";
import { reviewDocument } from "../../src/review/document";
import { encrypting, enforcing, planDocument, reviewOf, type Situation } from "./arrange";
import { fleetAt } from "./fleets";

const external = ", policy: external, defaultEncryption: external";

/** What is asked of acme-uploads's other owners, where the base branch left it to them already. */
const asked = (plan: string, situation: Situation, more = external, moreBefore = external) => {
  const base = situation.before ? fleetAt(situation.before, moreBefore) : undefined;
  const result = reviewOf(planDocument(plan), { ...situation, more }, { base });
  return { ...result, text: comment(result), owners: reviewDocument(result).owners };
};
const sidsOf = ({ owners }: ReturnType<typeof asked>) =>
  owners.flatMap(({ statements }) => statements.map(({ Sid }) => Sid));

describe("what is left to other owners", () => {
  test("is asked when a bucket goes to encrypt, with the key, to be pasted", () => {
    const result = asked("encrypt", encrypting);
    expect(sidsOf(result)).toEqual([
      "AtRestDenyIncorrectEncryptionHeader",
      "AtRestDenyKmsWithoutKeyId",
      "AtRestDenyIncorrectKmsKey",
      "AtRestDenySSECEncryptedObjectUploads",
      "AtRestDenyInsecureTransport",
    ]);
    const [rule] = result.owners[0]?.defaultEncryption?.Rules ?? [];
    const keyArn = rule?.ApplyServerSideEncryptionByDefault.KMSMasterKeyID;
    expect(rule).toMatchObject({
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: expect.stringMatching(/:key\//) },
      BucketKeyEnabled: true,
    });
    const pasted = [...result.text.matchAll(/^ {2}```json\n([\s\S]*?)^ {2}```$/gm)].map(([, json = ""]) =>
      JSON.parse(json),
    );
    expect(pasted).toEqual([result.owners[0]?.statements, result.owners[0]?.defaultEncryption]);
    expect(JSON.stringify(pasted[0])).toContain(`"s3:x-amz-server-side-encryption-aws-kms-key-id":"${keyArn}"`);
    expect(result.text).toContain("| `acme-uploads` | prepare -> encrypt | external | external |");
    expect(result.verdict).toBe("safe");
  });

  test.each<[string, Situation, string, string, readonly string[]]>([
    ["at enforce the one statement more", enforcing, external, external, ["AtRestDenyUnencryptedObjectUploads"]],
    ["nothing that was asked before", { ...encrypting, before: encrypting.now }, external, external, []],
    [
      "no row that the fleet accepts",
      { ...encrypting },
      `${external}, accept: [{ what: plain-http, reason: old, until: 2099-01-01 }, { what: another-key, reason: old, until: 2099-01-01 }]`,
      external,
      ["AtRestDenyIncorrectEncryptionHeader", "AtRestDenyKmsWithoutKeyId", "AtRestDenySSECEncryptedObjectUploads"],
    ],
    ["nothing of what the stacks put", encrypting, "", "", []],
    ["nothing before encrypt", { now: { uploads: "prepare", reports: "prepare" }, before: null }, external, "", []],
  ])("is %s", (_, situation, more, before, sids) => {
    const result = asked("encrypt", situation, more, before);
    expect(sidsOf(result)).toEqual(sids);
    expect(result.text.includes("**For other owners**")).toBe(sids.length > 0);
  });

  test("may go again, where a stage goes back", () => {
    const { text, owners } = asked("encrypt", { ...encrypting, before: enforcing.now });
    expect(owners).toMatchObject([{ statements: [], noLongerAsked: ["AtRestDenyUnencryptedObjectUploads"] }]);
    expect(text).toContain("`acme-uploads`: take out `AtRestDenyUnencryptedObjectUploads`\n");
  });

  test("stays, where the fleet lets the bucket go", () => {
    const released = { uploads: "released", reports: "prepare" } as const;
    expect(asked("encrypt", { now: released, before: enforcing.now }).owners).toEqual([]);
  });

  test("is all of it, where no fleet of the base branch is given", () => {
    const { before: _, ...now } = enforcing;
    expect(sidsOf(asked("encrypt", { ...now, before: null }))).toHaveLength(6);
  });

  test("waits for the key, where the plan makes it", () => {
    const { text, owners } = asked("prepare", encrypting);
    expect(owners).toMatchObject([{ bucket: "acme-uploads", keyIsKnown: false, statements: [] }]);
    expect(text).toContain("its key does not exist yet; `at-rest preflight` prints it after the apply");
  });
});

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseFleet } from "../../src/fleet/parse";
import { comment, longestComment, marker } from "../../src/review/comment/comment";
import { exitCodeOf, type Review, review } from "../../src/review/review";
import { readPlan } from "../../src/review/terraform-plan";
import { ownersPart } from "../../stacks/policies/owners-part";
import {
  encrypting,
  enforcing,
  everythingCovered,
  planDocument,
  planText,
  reviewOf,
  type Situation,
  settled,
} from "./arrange";
import { account, bucket, fleetText } from "./fleets";

/** `UPDATE_GOLDEN=1 npx jest __tests__/review` writes the comments anew, to be read before they are committed. */
const update = process.env["UPDATE_GOLDEN"] === "1";

function expectGolden(name: string, text: string): void {
  const path = join(__dirname, "golden", `${name}.md`);
  if (update) {
    mkdirSync(join(__dirname, "golden"), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, "utf8") : "").toBe(text);
}

const adopting: Situation = { now: { uploads: "prepare", reports: "prepare" }, before: null };
const releasing: Situation = {
  now: { uploads: "released", reports: "prepare" },
  before: { uploads: "enforce", reports: "prepare" },
};
const encrypted: Situation = { now: { uploads: "encrypt", reports: "prepare" } };

describe("the comment", () => {
  test.each<[string, string, Situation, string, 0 | 1]>([
    ["first-adoption", "prepare", adopting, "Safe to merge.", 0],
    ["stage-encrypt", "encrypt", encrypting, "Safe to merge.", 0],
    ["stage-enforce", "enforce", enforcing, "Safe to merge.", 0],
    ["stage-released", "released", releasing, "Safe to merge.", 0],
    ["key-rotation", "rotation", settled, "Safe to merge.", 0],
    ["key-replaced", "key-replaced", settled, "Do not merge: 2 errors.", 1],
    ["policy-statement-lost", "policy-lost", encrypted, "Do not merge: 1 error.", 1],
    ["nothing-to-do", "nothing", settled, "Nothing to do.", 0],
    ["drift", "drift", settled, "Look at 1 warning before you merge.", 0],
  ])("of %s", (name, plan, situation, answer, exitCode) => {
    const result = reviewOf(planDocument(plan), situation);
    const text = comment(result);
    expectGolden(name, text);
    expect(text.split("\n")[0]).toContain(`### ${answer} Encryption plan of 1 stack, 2 buckets: `);
    expect(exitCodeOf(result)).toBe(exitCode);
    expect(text.match(new RegExp(marker, "g"))).toHaveLength(1);
  });

  /** So many accounts that go to encrypt; in one of them a statement gets lost. */
  const many = (count: number): Review => {
    const accounts = Array.from({ length: count }, (_, index) => String(500_000_000_000 + index));
    const of = (id: string, text: string) =>
      text.replaceAll(account, id).replaceAll("sandbox", `team-${id}`).replaceAll("acme-", `acme-${id}-`);
    const fleetOf = (stages: Situation["now"]) => {
      const [head = "", entry = ""] = fleetText(stages).split("accounts:\n");
      return parseFleet(`${head}accounts:\n${accounts.map((id) => of(id, entry)).join("")}`, "/fleets/fleet.yaml");
    };
    return review({
      fleet: fleetOf(encrypting.now),
      base: fleetOf({ uploads: "prepare", reports: "prepare" }),
      snapshots: new Map(),
      plans: accounts.map((id, index) => ({
        stack: `team-${id}-eu-west-1`,
        plan: readPlan(of(id, planText(index === 150 ? "policy-lost" : "encrypt"))),
      })),
      records: everythingCovered,
      partOf: ownersPart,
      today: "2026-11-27",
    });
  };

  test("of 300 stacks is cut by what matters least, says so, and keeps every count", () => {
    const text = comment(many(300));
    expectGolden("300-stacks", text);
    expect(text.length).toBeLessThanOrEqual(longestComment);
    expect(text.split("\n")[0]).toBe(
      "### Do not merge: 1 error. Encryption plan of 300 stacks, 600 buckets: 300 change, 300 unchanged. Nothing is destroyed or replaced.",
    );
    expect(text).toContain("0 to add, 599 to change, 0 to destroy, 0 to replace, 598 imported, 0 forgotten");
    expect(text).toMatch(/\*\*\d+ more buckets are not shown here\*\*: see `review\.json`/);
    expect(text).toContain("**error `policy-statement-lost`** `team-500000000150-eu-west-1`");
    expect(text).toContain(marker);
  });

  test("names a destroyed key before everything else, however many stacks there are", () => {
    const text = comment(reviewOf(planDocument("key-replaced"), settled));
    const lines = text.split("\n");
    expect(lines[4]).toBe("**Destroyed or replaced**");
    expect(lines[6]).toBe("- **`aws_kms_key.at_rest` in `sandbox-eu-west-1` is replaced**");
  });

  test("is the same text for the same plans, whatever their order", () => {
    const document = planDocument("encrypt");
    const turned = { ...document, resource_changes: [...document.resource_changes].reverse() };
    expect(reviewOf(turned, encrypting).hash).toBe(reviewOf(document, encrypting).hash);
    expect(comment(reviewOf(planDocument("encrypt"), encrypting))).toBe(comment(reviewOf(document, encrypting)));
  });

  test("tells what a policy keeps, adds, changes and loses, by Sid", () => {
    expect(comment(reviewOf(planDocument("policy-lost"), encrypted))).toContain(
      `${bucket}\`, \`aws_s3_bucket_policy.bucket_${bucket}\`: **removed \`AllowCloudFrontRead\`**; kept \`DenyOldTls\`, `,
    );
  });
});

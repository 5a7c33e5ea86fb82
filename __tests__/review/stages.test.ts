import { parseFleet } from "../../src/fleet/parse";
import { exitCodeOf, type ReviewRequest } from "../../src/review/review";
import { parsePlan } from "../../src/review/terraform-plan";
import {
  encrypting,
  enforcing,
  everythingCovered,
  found,
  key,
  planDocument,
  reviewOf,
  type Situation,
  settled,
} from "./arrange";
import { fleetText, stack } from "./fleets";
import { destroy } from "./mutations";

describe("a waiver", () => {
  const lost = planDocument("policy-lost");
  const accepting = (what: string, until: string): Situation => ({
    now: { uploads: "encrypt", reports: "prepare" },
    more: `, accept: [{ what: ${what}, reason: "moved to another bucket", until: ${until} }]`,
  });

  test("lets its finding pass on its last day, and shows it", () => {
    const result = reviewOf(lost, accepting("policy-statement-lost", "2026-11-27"));
    expect(exitCodeOf(result)).toBe(0);
    expect(result.findings).toMatchObject([
      { id: "policy-statement-lost", accepted: { reason: "moved to another bucket", until: "2026-11-27" } },
    ]);
  });

  test("that has run out lets nothing pass, and is told", () => {
    const result = reviewOf(lost, accepting("policy-statement-lost", "2026-11-26"));
    expect(found(result)).toEqual(["error policy-statement-lost", "warning waiver-expired"]);
    expect(exitCodeOf(result)).toBe(1);
  });

  test("of another rule lets nothing pass", () => {
    expect(exitCodeOf(reviewOf(lost, accepting("policy-statement-changed", "2027-11-26")))).toBe(1);
  });

  test("of a key's end does not exist", () => {
    const plan = planDocument("nothing");
    destroy(key)(plan);
    const accept = (what: string) => ({
      ...settled,
      more: `, accept: [{ what: ${what}, reason: r, until: 2030-01-01 }]`,
    });
    expect(exitCodeOf(reviewOf(plan, accept("encryption-destroyed")))).toBe(1);
    expect(() => reviewOf(plan, accept("key-destroyed"))).toThrow('"key-destroyed" is none of');
  });
});

describe("a stage", () => {
  const uncovered = { preflight: () => ["no preflight is recorded"], audit: () => ["it was never audited"] };
  type Stage = Situation["now"]["uploads"];
  // The plan is not what is looked at here.
  const stages = (from: Stage | null, to: Stage, more = "") =>
    found(
      reviewOf(planDocument("nothing"), {
        now: { uploads: to, reports: "prepare" },
        before: from === null ? null : { uploads: from, reports: "prepare" },
        more,
        records: uncovered,
      }),
    );

  test.each<[Stage | null, Stage, string[]]>([
    [null, "prepare", []],
    ["prepare", "prepare", []],
    ["prepare", "encrypt", ["error stage-without-preflight"]],
    ["encrypt", "enforce", ["error stage-without-audit", "error stage-without-preflight"]],
    ["prepare", "enforce", ["error stage-skipped", "error stage-without-audit", "error stage-without-preflight"]],
    [null, "encrypt", ["error stage-skipped", "error stage-without-preflight"]],
    ["released", "encrypt", ["error stage-skipped", "error stage-without-preflight"]],
    ["released", "prepare", []],
    ["enforce", "encrypt", ["warning stage-back"]],
    ["encrypt", "prepare", ["warning stage-back"]],
    ["enforce", "released", ["warning stage-without-audit"]],
    ["prepare", "released", []],
  ])("from %s to %s", (from, to, expected) => {
    expect(stages(from, to)).toEqual(expected);
  });

  test("may be skipped by a bucket that no client precedes", () => {
    expect(stages(null, "enforce", ", newBucket: true")).toEqual([]);
  });

  test("with its records is covered, and they are asked with the stack's key", () => {
    const asked: (string | undefined)[] = [];
    const preflight = ({ keyArn }: { keyArn: string | undefined }) => {
      asked.push(keyArn);
      return [];
    };
    const records = { ...everythingCovered, preflight };
    expect(found(reviewOf(planDocument("encrypt"), { ...encrypting, records }))).toEqual([]);
    expect(asked).toEqual([expect.stringMatching(/^arn:aws:kms:eu-west-1:111111111111:key\//)]);
    expect(found(reviewOf(planDocument("enforce"), enforcing))).toEqual([]);
  });

  const fleetWith = (bucket: string) =>
    parseFleet(fleetText(settled.now).replace("buckets:", `buckets:\n          - ${bucket}`), "/fleets/fleet.yaml");

  test("of a bucket that has left the fleet was released before", () => {
    const findings = (bucket: string) =>
      reviewOf(planDocument("nothing"), settled, { base: fleetWith(bucket) }).findings;
    expect(findings("{ name: acme-gone, stage: encrypt }")).toMatchObject([
      { id: "bucket-left-fleet", bucket: "acme-gone", level: "error" },
    ]);
    expect(findings("{ name: acme-gone, stage: released }")).toEqual([]);
  });

  test("of a bucket that is in another region of the fleet now was released before", () => {
    const base = parseFleet(fleetText(settled.now).replace("eu-west-1:", "eu-central-1:"), "/fleets/fleet.yaml");
    const { findings } = reviewOf(planDocument("nothing"), settled, { base });
    expect(findings.map(({ id, bucket }) => `${id} ${bucket}`)).toContain("bucket-left-fleet acme-uploads");
  });

  test("is not compared without a base, which is told", () => {
    const result = reviewOf(planDocument("nothing"), settled, { base: undefined });
    expect(found(result)).toEqual(["warning stages-not-compared"]);
  });
});

describe("plans", () => {
  const findings = (plans: ReviewRequest["plans"]) => found(reviewOf(planDocument("nothing"), settled, { plans }));

  test("of a stack that the fleet does not have are an error, and a stack without one is told", () => {
    expect(findings([{ stack: "nobody-eu-west-1", failed: "x" }])).toEqual([
      "error stack-not-in-fleet",
      "warning stack-not-planned",
    ]);
    expect(found(reviewOf(planDocument("nothing"), settled, { plans: [], chosen: true }))).toEqual([]);
  });

  test("that failed, cannot be read, are given twice or have another hash are errors", () => {
    const plan = parsePlan(planDocument("nothing"));
    const twice = [
      { stack, plan },
      { stack, plan },
    ];
    expect(findings([{ stack, failed: "terraform plan: AccessDenied" }])).toEqual(["error plan-failed"]);
    expect(findings([{ stack, failed: "it was cut", unreadable: true }])).toEqual(["error plan-unreadable"]);
    expect(findings(twice)).toEqual(["error plan-unreadable"]);
    expect(findings([{ stack, plan, claimedHash: "0".repeat(64) }])).toEqual(["error plan-unreadable"]);
  });
});

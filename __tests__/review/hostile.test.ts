import fc from "fast-check";
import { comment, longestComment, marker } from "../../src/review/comment/comment";
import { key, legacyPolicy, type PlanDocument, planDocument, resource, reviewOf, settled } from "./arrange";
import { stack } from "./fleets";

/** What a plan would say to be taken for markup, for a name to notify, or for the end of what it is in. */
const attack = fc.constantFrom(
  "`",
  "``",
  "```",
  "~~~",
  "\n",
  "\r\n",
  "\n\n",
  "|",
  "\\",
  "\\|",
  "@octocat",
  "@acme/admins",
  "#1",
  "acme/repo#2",
  "GH-3",
  "https://evil.example/",
  "www.evil.example",
  "mail@evil.example",
  "[x](https://evil.example)",
  "![x](y)",
  "<img src=x onerror=y>",
  "</code>",
  "</summary>",
  "</details>",
  "<!--",
  "-->",
  marker,
  "**",
  "_",
  "~~",
  "# ",
  "- ",
  "&lt;",
  "&#64;",
  "$x$",
  ":tada:",
  "\u202e",
  "\u200b",
  "\u0000",
  "\u001b[2J",
  "\ud800",
  "  ",
);
const hostile = fc
  .array(fc.oneof(attack, fc.string({ unit: "binary", maxLength: 5 })), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(""))
  // A Sid that is empty or this project's own is shown in other words.
  .filter((text) => text.trim() !== "" && !text.startsWith("AtRest"));

/** Puts a text wherever a plan may say what it likes. */
function saying(text: string): PlanDocument {
  const plan = planDocument("rotation");
  const { change } = resource(plan, key);
  change.before = { ...change.before, description: "was", [`zz-old-${text}`]: "x" };
  change.after = { ...change.after, description: text, [`zz-new-${text}`]: [text] };
  const legacy = resource(plan, legacyPolicy).change;
  const policy = JSON.parse(legacy.after?.policy ?? "");
  const statement = {
    Sid: text,
    Effect: "Allow",
    Principal: "*",
    Action: text,
    Resource: text,
    Condition: { x: text },
  };
  legacy.actions = ["update"];
  legacy.after = {
    ...legacy.after,
    policy: JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] }),
  };
  legacy.importing = { id: text };
  plan.resource_changes.push({
    address: `zz.${text}`,
    type: `zz${text}`,
    name: text,
    previous_address: text,
    change: { actions: ["delete"], before: { [text]: text }, after: null },
  });
  plan.resource_changes.push({
    ...resource(plan, legacyPolicy),
    address: `zz_bucket_policy.${text}`,
    change: { ...legacy, after: { ...legacy.after, bucket: text } },
  });
  plan.resource_drift.push({
    address: `aws_kms_key.${text}`,
    type: "aws_kms_key",
    name: text,
    change: { actions: ["update"], before: { [text]: "before" }, after: { [text]: text } },
  });
  plan.output_changes[text] = { actions: ["update"], before: 1, after: text };
  plan.configuration.provider_config["aws.other"] = { expressions: { region: { constant_value: text } } };
  return plan;
}

const commentOf = (text: string): string =>
  comment(
    reviewOf(saying(text), {
      ...settled,
      more: ", accept: [{ what: public-allow, reason: because, until: 2027-01-01 }]",
    }),
  );

/**
 * A comment without what is in code: what is left is all that Markdown and GitHub look at. Spans end as CommonMark says,
 * with as many backticks as they begin with, and blocks with a line of at least as many.
 */
function outsideOfCode(text: string): string[] {
  const left: string[] = [];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const [, run] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (fence !== undefined) {
      if (run?.startsWith(fence) && line.trim() === run) fence = undefined;
      continue;
    }
    if (run !== undefined) {
      fence = run;
      left.push("a block of code");
      continue;
    }
    left.push(line.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, "CODE").replace(/<code>[^<]*<\/code>/g, "HTML"));
  }
  return left.sort();
}

test("nothing that a plan says is read as markup, links, names to notify, or the end of what it is in", () => {
  // Of the same shape: an attribute that is a document would be shown as one.
  const harmless = outsideOfCode(commentOf("harmless"));
  fc.assert(
    fc.property(hostile, (text) => {
      const whole = commentOf(text);
      expect(outsideOfCode(whole)).toEqual(harmless);
      expect(whole).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\ufeff]/);
      expect(whole.length).toBeLessThanOrEqual(longestComment);
    }),
    { numRuns: 80 },
  );
});

test("reasons of failures are as harmless", () => {
  const failedWith = (failed: string) =>
    comment(reviewOf(planDocument("nothing"), settled, { plans: [{ stack, failed }] }));
  fc.assert(
    fc.property(hostile, (text) => {
      expect(outsideOfCode(failedWith(text))).toEqual(outsideOfCode(failedWith("harmless")));
    }),
    { numRuns: 40 },
  );
});

test("however long what a plan says is, the comment has an end, a verdict and its marker", () => {
  const text = commentOf("x".repeat(200_000));
  expect(text.length).toBeLessThanOrEqual(longestComment);
  expect(text).toMatch(/^### Do not merge: /);
  expect(text).toContain(marker);
});

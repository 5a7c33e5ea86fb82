import type { Act } from "../../bench/histories/application";
import { Trace } from "../../bench/histories/trace";
import { type Gap, whyUnpreventable } from "../../bench/histories/unpreventable";
import { createWorld, ORIGIN, type Traits } from "../../bench/histories/world";

const key = "a";
const url = `${ORIGIN}/bucket/${key}`;
const answered = { status: 200, headers: {}, body: Buffer.of() };

/** A copy that is sent with tags, or without any, between two acts of an application. */
async function copied(
  versioning: Traits["versioning"],
  tags: string,
  before: Act,
  after: Act,
): Promise<Gap | undefined> {
  const twins = await (await createWorld()).twins({ versioning, acls: false, objectLock: false });
  const trace = new Trace();
  const look = trace.begun({ method: "HEAD", url, headers: {} });
  trace.answered(look, answered);
  trace.acted(key, before, 200);
  const tagging = { "x-amz-tagging-directive": "REPLACE", ...(tags && { "x-amz-tagging": tags }) };
  const copy = trace.begun({ method: "PUT", url, headers: { "x-amz-copy-source": `/bucket/${key}`, ...tagging } });
  trace.answered(copy, answered);
  trace.acted(key, after, 200);
  return whyUnpreventable({ key, aspects: ["tags"] }, twins, trace);
}

const tag = (revision: number): Act => ({ do: "tag", revision });
const putAgain: Act = { do: "put", revision: 1, body: "same", encryption: "default" };
const untag: Act = { do: "untag" };

test.each([
  ["taken away from a copy that was sent none", "", tag(1), untag, "put back to what the copy was sent with"],
  [
    "taken away from a copy that was sent none, after the same bytes were put with some",
    "",
    putAgain,
    untag,
    "put back to what the copy was sent with",
  ],
  [
    "put back to those that the copy was sent with",
    "revision=2",
    tag(1),
    tag(2),
    "put back to what the copy was sent with",
  ],
  ["changed to others than the copy was sent with", "", tag(1), tag(2), undefined],
  ["taken away from a copy that was sent some", "revision=0", tag(1), untag, undefined],
])(
  "with versions, whether nothing could prevent it, of tags that were %s",
  async (_, tags, before, after, expected) => {
    expect(await copied("Enabled", tags, before, after)).toBe(expected);
  },
);

test("without versions nothing is left to compare with, whatever the copy was sent with", async () => {
  expect(await copied("Disabled", "revision=0", tag(1), untag)).toBe("nothing is kept underneath");
});

/** A copy of a killed process that S3 makes after a hold was put on what it copies. Is the object looked at after that? */
async function orphaned(look: "none" | "of the run" | "of the next run"): Promise<Gap | undefined> {
  const twins = await (await createWorld()).twins({ versioning: "Enabled", acls: false, objectLock: true });
  const trace = new Trace();
  trace.answered(trace.begun({ method: "HEAD", url, headers: {} }), answered);
  const copy = trace.begun({ method: "PUT", url, headers: { "x-amz-copy-source": `/bucket/${key}` } }, true);
  trace.acted(key, { do: "hold" }, 200);
  trace.answered(trace.begun({ method: "HEAD", url, headers: {} }), answered);
  trace.answered(copy, answered);
  if (look === "of the run") trace.begun({ method: "HEAD", url, headers: {} });
  trace.runEnded();
  if (look === "of the next run") trace.begun({ method: "HEAD", url, headers: {} });
  return whyUnpreventable({ key, aspects: ["lock"] }, twins, trace);
}

test.each([
  ["none", "copy made after the last look"],
  ["of the next run", "copy made after the last look"],
  ["of the run", undefined],
] as const)("a late copy of a killed process, followed by a look: %s", async (look, expected) => {
  expect(await orphaned(look)).toBe(expected);
});

/** A copy with the object's tag, after one of which somebody or nobody has an answer; then the tag is changed on it. */
async function copiedTwice(
  before: string,
  first: "refused" | "not heard of" | "not sent",
  after: Act,
  versioning: Traits["versioning"] = "Enabled",
) {
  const twins = await (await createWorld()).twins({ versioning, acls: false, objectLock: false });
  const trace = new Trace();
  const requestOf = (tags: string) => {
    const tagging = { "x-amz-tagging-directive": "REPLACE", ...(tags && { "x-amz-tagging": tags }) };
    return { method: "PUT", url, headers: { "x-amz-copy-source": `/bucket/${key}`, ...tagging } };
  };
  const copy = (tags: string) => trace.begun(requestOf(tags));
  if (first === "not sent") trace.unsent(requestOf(before), trace.step);
  else {
    const exchange = copy(before);
    if (first === "refused") {
      trace.answered(exchange, { ...answered, status: 412 });
      trace.read(exchange);
    }
  }
  trace.acted(key, tag(1), 200);
  trace.answered(trace.begun({ method: "HEAD", url, headers: {} }), answered);
  trace.answered(copy("revision=1"), answered);
  trace.acted(key, after, 200);
  return whyUnpreventable({ key, aspects: ["tags"] }, twins, trace);
}

test("with versions, tags that are changed to what a copy before was to be sent with, of which there was no answer", async () => {
  const why = "changed to what a copy without an answer was sent with";
  expect(await copiedTwice("", "not heard of", untag)).toBe(why);
  expect(await copiedTwice("revision=2", "not heard of", tag(2))).toBe(why);
  // It was journaled, and its process killed in the moment before: the next one cannot know.
  expect(await copiedTwice("", "not sent", untag)).toBe(why);
});

test("not if they are changed to others, if that copy was refused, or if nothing could have been taken for it", async () => {
  expect(await copiedTwice("", "not heard of", tag(2))).toBeUndefined();
  expect(await copiedTwice("", "refused", untag)).toBeUndefined();
  expect(await copiedTwice("", "not heard of", untag, "Disabled")).toBeUndefined();
});

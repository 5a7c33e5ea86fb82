import fc from "fast-check";
import type { Appearance } from "../../src/reencrypt/appearance";
import { abort, copyInParts, partRanges } from "../../src/reencrypt/multipart-copy";
import type { Answer, ObjectStore, Part } from "../../src/s3/object-store";
import { onlyAnswering } from "../support/only-answering";

const gibibyte = 1024 ** 3;

test("parts cover an object without gaps or overlaps, in at most 10,000 parts of at most 5 GiB", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5 * gibibyte + 1, max: 48 * 1024 * gibibyte }), (size) => {
      const parts = partRanges(size);
      expect(parts.length).toBeLessThanOrEqual(10_000);
      expect(parts[0]?.first).toBe(0);
      expect(parts.at(-1)?.last).toBe(size - 1);
      const sound = parts.every(
        ({ number, first, last }, index) =>
          number === index + 1 && first === (parts[index - 1]?.last ?? -1) + 1 && last - first < 5 * gibibyte,
      );
      expect(sound).toBe(true);
    }),
  );
});

const unknown = { is: "unknown", cause: "the connection was reset" } as const;
const refused = (status: number, code: string) => ({ is: "refused", status, code, message: "" }) as const;
const upload = { key: "video", uploadId: "1" };

/** Of ten parts. */
const video: Appearance = {
  tags: [],
  state: {
    ...{ key: "video", etag: '"1"', size: 5 * gibibyte, lastModified: 0, archived: false },
    ...{ encryption: { is: "none" }, storageClass: "STANDARD", headers: {}, metadata: {}, missingMetadata: 0 },
  },
};

/** Copies the video where parts are answered as told, and says what was asked for. */
async function copied(answerOf: (number: number) => Promise<Answer<Part>>, complete?: Answer<never>) {
  const asked: string[] = [];
  const store: ObjectStore = onlyAnswering({
    createUpload: async () => ({ is: "done", value: { uploadId: "1" } }),
    copyPart: ({ number }) => {
      asked.push(`part ${number}`);
      return answerOf(number);
    },
    completeUpload: async () => complete ?? { is: "done", value: { etag: '"2"' } },
    abortUpload: async () => {
      asked.push("abort");
      return { is: "done", value: undefined };
    },
  });
  const answer = await copyInParts(store, {
    source: { bucket: "acme-uploads", key: "video", ifMatch: '"1"' },
    key: "video",
    encryption: { algorithm: "AES256" },
    wanted: video,
    begun: async () => {
      await null;
      asked.push("begun");
    },
    notice: (message) => asked.push(message),
  });
  return { answer, asked };
}

const made = async (number: number) => ({ is: "done", value: { number, etag: `"${number}"` } }) as const;

test("what was begun is written down before the first part, and eight parts are copied at a time", async () => {
  let now = 0;
  let most = 0;
  const { answer, asked } = await copied(async (number) => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
    return made(number);
  });
  expect(answer).toEqual({ is: "done", value: { etag: '"2"' } });
  expect(asked[0]).toBe("begun");
  expect(asked).toHaveLength(1 + 10);
  expect(most).toBe(8);
});

test("a part whose answer is lost is copied three times at most, and the upload aborted", async () => {
  const { answer, asked } = await copied(async (number) => (number === 2 ? unknown : made(number)));
  expect(answer).toEqual(unknown);
  expect(asked.filter((one) => one === "part 2")).toHaveLength(3);
  expect(asked.at(-1)).toBe("abort");
});

test("once a part is refused no other one is begun, and what was refused first is said", async () => {
  const { answer, asked } = await copied(async (number) =>
    number === 1 ? refused(412, "PreconditionFailed") : refused(403, "AccessDenied"),
  );
  expect(answer).toEqual(refused(412, "PreconditionFailed"));
  expect(asked).toHaveLength(1 + 8 + 1);
});

test.each([
  ["InvalidPart", { is: "unknown", cause: "S3 copied a part once more after its answer was lost" }],
  ["EntityTooSmall", refused(400, "EntityTooSmall")],
])("an upload that cannot be completed for %s is aborted", async (code, expected) => {
  const { answer, asked } = await copied(made, refused(400, code));
  expect(answer).toEqual(expected);
  expect(asked.at(-1)).toBe("abort");
});

test.each<[string, Answer<void>[], number, string | undefined]>([
  ["whose answer is lost is sent again", [unknown, { is: "done", value: undefined }], 2, undefined],
  ["of what has ended already is done", [refused(404, "NoSuchUpload")], 1, undefined],
  ["that is refused is told of", [refused(403, "AccessDenied")], 1, "AccessDenied"],
  ["that never gets an answer is told of", [unknown, unknown, unknown], 3, "no clear answer: the connection was reset"],
])("an abort %s", async (_, answers, times, why) => {
  let calls = 0;
  const store = onlyAnswering({ abortUpload: async () => answers[calls++] ?? refused(500, "asked too often") });
  const said = await abort(store, upload);
  expect(calls).toBe(times);
  if (why === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(`video: upload 1 is still open and could not be aborted: ${why}`);
});

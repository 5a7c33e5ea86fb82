import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  NoSuchKey,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import { converter } from "../../src/reencrypt/convert";
import { noJournal } from "../../src/reencrypt/journal";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { Tally } from "../../src/reencrypt/tally";
import { type LegacyBucket, legacyBucket } from "../support/legacy-bucket";

/** What an application does, and how many requests of the conversion it waits for before. */
interface Write {
  readonly after: number;
  readonly key: string;
  readonly what: "put" | "putOldWay" | "putSameBytes" | "tag" | "delete";
  /** Comes in between the reading and the committing of a copy, instead of between two requests. */
  readonly insideCopy: boolean;
}

interface Content {
  readonly body: string;
  readonly revision: string;
  readonly tag: string;
}

const names = ["a", "b c"];

const writes = (kinds: readonly Write["what"][]) =>
  fc.array(
    fc.record({
      after: fc.nat(4),
      key: fc.constantFrom(...names),
      what: fc.constantFrom(...kinds),
      insideCopy: fc.constantFrom(true, true, false),
    }),
    { maxLength: 12 },
  );

/** An application that remembers what it wrote last, and writes when it is told to. */
class Application {
  readonly expected = new Map<string, Content>();
  /** Keys of which the conversion says that it gave up putting changes back: they came too often. */
  readonly givenUp = new Set<string>();
  #count = 0;
  constructor(private readonly bucket: LegacyBucket) {}

  async write({ key, what }: Pick<Write, "key" | "what">): Promise<void> {
    const { client, name } = this.bucket;
    const revision = String(++this.#count);
    const before = this.expected.get(key);
    if (what === "delete") {
      this.expected.delete(key);
      await client.send(new DeleteObjectCommand({ Bucket: name, Key: key }));
      return;
    }
    if (what === "tag") {
      if (!before) return;
      this.expected.set(key, { ...before, tag: revision });
      const Tagging = { TagSet: [{ Key: "tag", Value: revision }] };
      await client.send(new PutObjectTaggingCommand({ Bucket: name, Key: key, Tagging }));
      return;
    }
    const body = what === "putSameBytes" && before ? before.body : `body ${revision}`;
    this.expected.set(key, { body, revision, tag: revision });
    const put = what === "put" ? this.bucket.put : this.bucket.putUnencrypted;
    await put(key, body, { Metadata: { revision }, Tagging: `tag=${revision}` });
  }

  async found(algorithm: EncryptionTarget["algorithm"]): Promise<Map<string, Content>> {
    const { client, name } = this.bucket;
    const found = new Map<string, Content>();
    for (const Key of names) {
      const at = { Bucket: name, Key };
      const got = await client.send(new GetObjectCommand(at)).catch((error: unknown) => {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      });
      if (!got) continue;
      const { TagSet } = await client.send(new GetObjectTaggingCommand(at));
      expect(got.ServerSideEncryption).toBe(algorithm);
      found.set(Key, {
        body: (await got.Body?.transformToString()) ?? "",
        revision: got.Metadata?.["revision"] ?? "",
        tag: TagSet?.[0]?.Value ?? "",
      });
    }
    return found;
  }
}

async function convertUnder(
  bucket: LegacyBucket,
  history: readonly Write[],
  target: EncryptionTarget = { algorithm: "AES256" },
): Promise<Application> {
  const application = new Application(bucket);
  for (const key of names) await application.write({ key, what: "putOldWay" });

  const waiting = [...history];
  let requests = 0;
  let writing = false;
  const due = async (insideCopy: boolean): Promise<void> => {
    const next = waiting[0];
    if (writing || !next || next.insideCopy !== insideCopy || requests < next.after) return;
    waiting.shift();
    requests = 0;
    writing = true;
    await application.write(next);
    writing = false;
  };
  const inCopy = async (): Promise<void> => {
    await due(true);
    bucket.between = inCopy;
  };
  bucket.between = inCopy;
  bucket.fault = async () => {
    if (writing) return undefined;
    requests++;
    await due(false);
    return undefined;
  };
  const context = await bucket.context(target);
  for (let round = 0; round < 3; round++) {
    await sweepUntilSettled({
      store: context.store,
      visit: converter(context),
      journal: noJournal,
      tally: new Tally(),
      versions: "current",
      concurrency: 2,
      maxSweeps: 20,
      stop: new AbortController().signal,
      onObject: ({ key, message }) => {
        if (message?.includes("could not be put back on top")) application.givenUp.add(key);
      },
    });
    // What the conversion gave no occasion for comes now, and is converted in the next round.
    if (round === 1) for (const write of waiting.splice(0)) await application.write(write);
  }
  bucket.fault = undefined;
  bucket.between = undefined;
  return application;
}

test("no write or delete of an application is undone, whenever it comes", async () => {
  await fc.assert(
    fc.asyncProperty(writes(["put", "putOldWay", "delete"]), async (history) => {
      const application = await convertUnder(await legacyBucket(), history);
      expect(await application.found("AES256")).toEqual(application.expected);
    }),
    { numRuns: 25 },
  );
});

test("that holds where updates and copies are mixed, too", async () => {
  await fc.assert(
    fc.asyncProperty(writes(["put", "putOldWay", "delete"]), async (history) => {
      const bucket = await legacyBucket();
      const application = await convertUnder(bucket, history, bucket.kmsTarget);
      expect(await application.found("aws:kms")).toEqual(application.expected);
    }),
    { numRuns: 15 },
  );
});

test("in a versioned bucket that holds for equal bytes with other metadata, and for tags, too", async () => {
  await fc.assert(
    fc.asyncProperty(
      writes(["put", "putOldWay", "putSameBytes", "putSameBytes", "tag", "tag", "delete"]),
      async (history) => {
        const application = await convertUnder(await legacyBucket({ versioning: "Enabled" }), history);
        const found = await application.found("AES256");
        for (const key of application.givenUp)
          for (const contents of [found, application.expected]) contents.delete(key);
        expect(found).toEqual(application.expected);
      },
    ),
    { numRuns: 40 },
  );
});

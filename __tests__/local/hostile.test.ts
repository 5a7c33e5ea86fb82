import * as s3 from "@aws-sdk/client-s3";
import fc from "fast-check";
import type { LogEntry } from "../../local/aws";
import { type OperationShape, operationsOf } from "../../local/codec/schema";
import type { HttpRequest } from "../../local/service";
import { localS3 } from "./clients";

const word = fc.oneof(
  fc.constantFrom(
    "",
    "my-bucket",
    "key",
    "null",
    "-1",
    "0",
    "999999999999999999999",
    "true",
    "url",
    "a,b",
    "%",
    "../..",
    "*",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const operations = [...operationsOf(s3).values()];

// Nonsense in these is refused before the operation begins.
const atTheDoor = /expected-bucket-owner|content-md5|checksum/;

const bodies = ["", "<Tagging/>", "<Delete><Object><Key/></Object></Delete>", "{}", '{"Statement":[{}]}', "<a>"];

/** What is asked of one operation, with values that make no sense. */
function asks({ traits, input }: OperationShape): fc.Arbitrary<HttpRequest> {
  const [method = "GET", uri = ""] = traits.http ?? [];
  const literals = [...new URLSearchParams(uri.split("?")[1])].filter(([name]) => name !== "x-id");
  const queries = input.members.flatMap((member) => member.traits.httpQuery ?? []);
  const headers = input.members
    .flatMap((member) => member.traits.httpHeader?.toLowerCase() ?? [])
    .filter((name) => !atTheDoor.test(name));
  const some = (names: readonly string[]) =>
    names.length === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...names), word, { maxKeys: 3 });
  return fc
    .record({
      bucket: fc.oneof({ weight: 6, arbitrary: fc.constant("my-bucket") }, word),
      key: uri.startsWith("/{Key+}") ? fc.oneof(fc.constant("key"), word) : fc.constant(""),
      query: some(queries),
      headers: some(headers),
      body: fc.oneof(fc.constantFrom(...bodies), word),
    })
    .map(({ bucket, key, query, headers, body }) => ({
      method,
      url: `https://127.0.0.1/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}?${new URLSearchParams([...literals, ...Object.entries<string>(query)])}`,
      headers: { host: "127.0.0.1", ...headers },
      body: Buffer.from(body),
    }));
}

const request = fc.constantFrom(...operations).chain(asks);

test("whatever is asked is answered, and never by a mistake of its own", async () => {
  const faults: LogEntry[] = [];
  const { aws, s3: client } = localS3({ log: (entry) => entry.fault !== undefined && faults.push(entry) });
  await client.send(new s3.CreateBucketCommand({ Bucket: "my-bucket" }));
  const bucket = aws.state.s3.buckets.get("my-bucket");
  if (!bucket) throw new Error("The bucket is missing.");
  // Everybody may do everything, so that no request ends at the door.
  bucket.settings.policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::my-bucket", "arn:aws:s3:::my-bucket/*"],
      },
    ],
  });
  delete bucket.settings.publicAccessBlock;
  const { policy } = bucket.settings;
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      const { status } = await aws.handle(asked);
      bucket.settings.policy = policy;
      aws.state.s3.buckets.set("my-bucket", bucket);
      await aws.handle({
        method: "PUT",
        url: "https://127.0.0.1/my-bucket/key",
        headers: {},
        body: Buffer.from("body"),
      });
      expect(faults).toEqual([]);
      expect(status === 501 || status < 500).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

import fc from "fast-check";
import { canonicalRequest } from "../../../src/s3/lean/canonical-request";
import { emptyPayloadHash } from "../../../src/s3/lean/sha256";
import { type SigningCredentials, signer } from "../../../src/s3/lean/sigv4";
import { encodeKey, encodeQuery } from "../../../src/s3/lean/uri";
import { type SignedRequest, signedBySdk } from "./sdk-signer";

const region = "eu-west-1";
const sign = signer({ region, service: "s3" });

interface Request {
  readonly method: string;
  readonly host: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadHash: string;
}

const sdks = ({ key, ...rest }: Request, credentials: SigningCredentials, now: number): Promise<SignedRequest> =>
  signedBySdk({ ...rest, path: `/${encodeKey(key)}` }, credentials, { region, now });

function ours(request: Request, credentials: SigningCredentials, now: number): SignedRequest {
  const { key, query, ...rest } = request;
  const unsigned = { ...rest, path: `/${encodeKey(key)}`, query: encodeQuery(query) };
  const { authorization = "", ...headers } = sign(unsigned, credentials, now);
  return {
    canonical: canonicalRequest({ ...unsigned, headers }).text,
    headers: { ...headers, authorization, host: request.host },
  };
}

const text = (...units: fc.Arbitrary<string>[]) =>
  fc.array(fc.oneof(...units), { minLength: 0, maxLength: 24 }).map((characters) => characters.join(""));

const nasty = fc.constantFrom(
  ..."/.~+*!'()%&=?#;:@$, \t\n\"<>|\\^`{}[]-_",
  "ü",
  "漢",
  "🐎",
  "%2F",
  "..",
  "//",
  "\u0001",
);
const key = text(nasty, nasty, fc.string({ unit: "grapheme", maxLength: 3 }));
const headerValue = text(fc.constantFrom(" ", "  ", "\t", "\n", "\r\n", ",", '"'), fc.string({ maxLength: 4 }));

const headerName = fc.oneof(
  fc.constantFrom("range", "if-match", "cache-control", "content-type", "user-agent", "expect", "transfer-encoding"),
  fc.constantFrom("x-amz-copy-source", "x-amz-tagging", "x-amz-grant-full-control", "x-amz-storage-class"),
  fc.stringMatching(/^x-amz-meta-[a-z0-9._-]{1,12}$/),
);

const request: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom("GET", "HEAD", "PUT", "POST", "DELETE"),
  host: fc.constantFrom("acme.s3.eu-west-1.amazonaws.com", "127.0.0.1:4566"),
  key,
  query: fc.dictionary(fc.oneof(fc.constantFrom("versionId", "uploads", "list-type", "X", "x-y"), key), key, {
    maxKeys: 5,
    noNullPrototype: true,
  }),
  headers: fc.dictionary(headerName, headerValue, { maxKeys: 8, noNullPrototype: true }),
  payloadHash: fc.constantFrom(emptyPayloadHash, "UNSIGNED-PAYLOAD"),
});

const credentials: fc.Arbitrary<SigningCredentials> = fc.record({
  accessKeyId: fc.constantFrom("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
  secretAccessKey: fc.stringMatching(/^[A-Za-z0-9/+]{40}$/),
  sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9/+=]{1,400}$/), { nil: undefined }),
});

const now = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2099, 11) });

test("whatever a request holds, its canonical form and its signature are the SDK's", async () => {
  await fc.assert(
    fc.asyncProperty(request, credentials, now, async (request, credentials, now) => {
      expect(ours(request, credentials, now)).toEqual(await sdks(request, credentials, now));
    }),
    { numRuns: 300 },
  );
});

test("one signer serves several seconds, days and credentials in turn", async () => {
  const head: Request = { method: "HEAD", host: "h", key: "a", query: {}, headers: {}, payloadHash: emptyPayloadHash };
  const midnight = Date.UTC(2026, 1, 28, 23, 59, 59, 999);
  const one: SigningCredentials = { accessKeyId: "A", secretAccessKey: "1" };
  const renewed: SigningCredentials = { accessKeyId: "A", secretAccessKey: "2", sessionToken: "t" };
  for (const at of [midnight, midnight + 1, midnight + 1_000, midnight]) {
    for (const credentials of [one, renewed, one]) {
      expect(ours(head, credentials, at)).toEqual(await sdks(head, credentials, at));
    }
  }
});

test("more sets of header names than are remembered are signed as well", async () => {
  for (let count = 0; count < 60; count += 1) {
    const names = Array.from({ length: count }, (_, index) => [`x-amz-meta-${index}`, "value"]);
    const request = {
      method: "POST",
      host: "h",
      key: "a",
      query: { uploads: "" },
      headers: Object.fromEntries(names),
      payloadHash: emptyPayloadHash,
    };
    const credentials = { accessKeyId: "A", secretAccessKey: "1" };
    expect(ours(request, credentials, 0)).toEqual(await sdks(request, credentials, 0));
  }
});

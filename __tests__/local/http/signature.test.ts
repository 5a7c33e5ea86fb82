import { createHash } from "node:crypto";
import { Hash } from "@smithy/core/serde";
import { HttpRequest as SignedRequest } from "@smithy/core/transport";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { authenticate } from "../../../local/http/authenticate";
import { checksum } from "../../../local/http/checksums";
import { readSignature } from "../../../local/http/signature";
import { targetOf } from "../../../local/http/target";
import type { Caller, HttpRequest } from "../../../local/service";

// The key, the requests and the signatures of the S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
const accessKeyId = "AKIAIOSFODNN7EXAMPLE";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const caller: Caller = {
  is: "root",
  account: "111122223333",
  arn: "arn:aws:iam::111122223333:root",
  userId: "111122223333",
};
const signedAt = Date.UTC(2013, 4, 24);
const empty = createHash("sha256").digest("hex");
const credential = `${accessKeyId}/20130524/us-east-1/s3/aws4_request`;

const verify = (request: HttpRequest, now = signedAt) => {
  const target = targetOf(request);
  return authenticate(target, readSignature(target), now, () => ({ secretAccessKey, caller }));
};

interface Signed {
  readonly line: string;
  readonly headers?: Record<string, string>;
  readonly signature: string;
  readonly body?: Uint8Array;
}

function signed({ line, headers = {}, signature, body }: Signed): HttpRequest {
  const [method = "", path = ""] = line.split(" ");
  const all: Record<string, string> = {
    host: "examplebucket.s3.amazonaws.com",
    "x-amz-content-sha256": empty,
    "x-amz-date": "20130524T000000Z",
    ...headers,
  };
  const names = Object.keys(all).sort().join(";");
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=${signature}`;
  return { method, url: `https://${all["host"]}${path}`, headers: { ...all, authorization }, body };
}

const getObject: Signed = {
  line: "GET /test.txt",
  headers: { range: "bytes=0-9" },
  signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
};

const putObject: Signed = {
  line: "PUT /test%24file.text",
  headers: {
    date: "Fri, 24 May 2013 00:00:00 GMT",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
    "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
  },
  signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  body: Buffer.from("Welcome to Amazon S3."),
};

const listObjects: Signed = {
  line: "GET /?max-keys=2&prefix=J",
  signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
};

test.each([
  ["GET Object", getObject],
  ["PUT Object", putObject],
  [
    "GET Bucket Lifecycle",
    { line: "GET /?lifecycle", signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
  ],
  ["List Objects", listObjects],
])("the published signature of %s is accepted, and one with another last digit is not", (_, request) => {
  expect(verify(signed(request))).toMatchObject({ caller, signature: { type: "header", ageMilliseconds: 0 } });
  const other = request.signature.slice(0, -1) + (request.signature.endsWith("0") ? "1" : "0");
  expect(() => verify(signed({ ...request, signature: other }))).toThrow(
    expect.objectContaining({ code: "SignatureDoesNotMatch", status: 403 }),
  );
});

const refusal = (code: string, status = 403) => expect.objectContaining({ code, status });

test.each([
  ["another method", { ...getObject, line: "HEAD /test.txt" }, refusal("SignatureDoesNotMatch")],
  ["another path", { ...getObject, line: "GET /test2.txt" }, refusal("SignatureDoesNotMatch")],
  ["another query", { ...listObjects, line: "GET /?max-keys=3&prefix=J" }, refusal("SignatureDoesNotMatch")],
  ["another header", { ...getObject, headers: { range: "bytes=0-8" } }, refusal("SignatureDoesNotMatch")],
  ["another body", { ...putObject, body: Buffer.from("welcome") }, refusal("XAmzContentSHA256Mismatch", 400)],
])("a request with %s than the signed one is refused", (_, request, error) => {
  expect(() => verify(signed(request))).toThrow(error);
});

test("a header of S3's that nobody signed is refused", () => {
  const request = signed(getObject);
  const error = { code: "AccessDenied", fields: { HeadersNotSigned: "x-amz-acl" } };
  expect(() => verify({ ...request, headers: { ...request.headers, "x-amz-acl": "public-read" } })).toThrow(
    expect.objectContaining(error),
  );
});

test("clocks may be a quarter of an hour apart", () => {
  const quarter = 15 * 60_000;
  for (const skew of [quarter, -quarter]) expect(verify(signed(getObject), signedAt + skew).caller).toBe(caller);
  for (const skew of [quarter + 1, -quarter - 1]) {
    expect(() => verify(signed(getObject), signedAt + skew)).toThrow(refusal("RequestTimeTooSkewed"));
  }
});

test.each([
  ["AWS4-HMAC-SHA256 Credential=a", "AuthorizationHeaderMalformed"],
  [`AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0`, "AuthorizationHeaderMalformed"],
  [
    `AWS4-HMAC-SHA256 Credential=${credential.replace("0524", "0525")}, SignedHeaders=host, Signature=0`,
    "AuthorizationHeaderMalformed",
  ],
  ["AWS AKIAIOSFODNN7EXAMPLE:signature", "InvalidRequest"],
  ["Bearer token", "InvalidArgument"],
])("the header %s is refused as %s", (authorization, code) => {
  const request = signed(getObject);
  expect(() => verify({ ...request, headers: { ...request.headers, authorization } })).toThrow(refusal(code, 400));
});

test("a signature for another region than the host's is told which", () => {
  const request = signed({ ...getObject, headers: { host: "b.s3.eu-west-1.amazonaws.com" } });
  expect(() => verify(request)).toThrow(
    expect.objectContaining({
      code: "AuthorizationHeaderMalformed",
      message: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
      fields: { Region: "eu-west-1" },
    }),
  );
});

test("aws-global is no region", () => {
  const request = signed(getObject);
  const authorization = (request.headers["authorization"] ?? "").replace("/us-east-1/", "/aws-global/");
  const headers = { ...request.headers, host: "127.0.0.1", authorization };
  expect(() => verify({ ...request, headers })).toThrow(
    expect.objectContaining({ code: "AuthorizationHeaderMalformed", fields: { Region: "us-east-1" } }),
  );
});

const presigned = (more = "", expires = 86_400): HttpRequest => ({
  method: "GET",
  url: `https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404${more}`,
  headers: { host: "examplebucket.s3.amazonaws.com" },
});

test("the published presigned request is accepted for as long as it says", () => {
  expect(verify(presigned(), signedAt + 86_400_000)).toMatchObject({
    signature: { type: "query", ageMilliseconds: 86_400_000 },
  });
  expect(() => verify(presigned(), signedAt + 86_400_001)).toThrow(
    expect.objectContaining({ code: "AccessDenied", message: "Request has expired" }),
  );
  expect(() => verify(presigned("&versionId=1"))).toThrow(refusal("SignatureDoesNotMatch"));
  expect(() => verify(presigned("", 604_801))).toThrow(refusal("AuthorizationQueryParametersError", 400));
});

describe("what the SDK signs", () => {
  const sha256 = Hash.bind(null, "sha256");
  const signer = new SignatureV4({
    service: "s3",
    region: "eu-west-1",
    credentials: { accessKeyId, secretAccessKey },
    sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const asked = fc.record({
    method: fc.constantFrom("GET", "PUT", "HEAD"),
    key: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    query: fc.dictionary(
      fc.constantFrom("prefix", "versionId", "x+y", "list-type"),
      fc.string({ unit: "binary", maxLength: 8 }),
      { maxKeys: 3 },
    ),
    header: fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
  });
  const requestOf = ({ method, key, query, header }: typeof asked extends fc.Arbitrary<infer T> ? T : never) => {
    const path = `/bucket/${key.split("/").map(encodeURIComponent).join("/")}`;
    const headers = { host: "127.0.0.1:4566", "x-amz-meta-a": header, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    return new SignedRequest({
      method,
      protocol: "https:",
      hostname: "127.0.0.1",
      port: 4566,
      path,
      query,
      headers,
    });
  };
  interface Sent {
    readonly method: string;
    readonly path: string;
    readonly query?: object;
    readonly headers: Readonly<Record<string, string>>;
  }
  const received = ({ method, path, query, headers }: Sent): HttpRequest => {
    const pairs = Object.entries(query ?? {}).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
    );
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    return { method, url: `https://127.0.0.1:4566${path}?${pairs.join("&")}`, headers: lower };
  };

  test("is accepted, whatever key, query and header it is over", async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (given) => {
        const request = await signer.sign(requestOf(given), { signingDate: new Date(signedAt) });
        expect(verify(received(request)).caller).toBe(caller);
      }),
    );
  });

  test("is accepted when presigned, and headers that were moved to the query count as headers", async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (given) => {
        const options = { signingDate: new Date(signedAt), expiresIn: 60 };
        const request = await signer.presign(requestOf(given), options);
        expect(request.headers).not.toHaveProperty("x-amz-meta-a");
        expect(verify(received(request)).target.headers["x-amz-meta-a"]).toBe(given.header);
      }),
    );
  });
});

test("without any signature the caller is anonymous", () => {
  const request = { method: "GET", url: "https://examplebucket.s3.amazonaws.com/test.txt", headers: {} };
  expect(verify(request)).toMatchObject({ caller: { is: "anonymous" }, signature: { type: "none" } });
});

const crlf = "\r\n";
const chunk = (data: string, signature?: string): string =>
  `${data.length.toString(16)}${signature ? `;chunk-signature=${signature}` : ""}${crlf}${data}${data === "" ? "" : crlf}`;

const inSignedChunks = (signatures: readonly [string, string, string], data = "a".repeat(65_536)): HttpRequest => {
  const body = `${chunk(data, signatures[0])}${chunk("a".repeat(1024), signatures[1])}${chunk("", signatures[2])}${crlf}`;
  return signed({
    line: "PUT /examplebucket/chunkObject.txt",
    headers: {
      host: "s3.amazonaws.com",
      "content-encoding": "aws-chunked",
      "content-length": "66824",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-decoded-content-length": "66560",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
    },
    signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    body: Buffer.from(body),
  });
};

// "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks".
const published = [
  "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
  "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
  "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
] as const;

test("the published signed chunks are put together, and the transfer's encoding is taken off", () => {
  const { target } = verify(inSignedChunks(published));
  expect(Buffer.from(target.body).toString()).toBe("a".repeat(66_560));
  expect(target.headers["content-length"]).toBe("66560");
  expect(target.headers["content-encoding"]).toBeUndefined();
});

test("a chunk that was changed, and chunks that change places, are refused", () => {
  expect(() => verify(inSignedChunks(published, `b${"a".repeat(65_535)}`))).toThrow(refusal("SignatureDoesNotMatch"));
  expect(() => verify(inSignedChunks([published[1], published[0], published[2]]))).toThrow(
    refusal("SignatureDoesNotMatch"),
  );
});

const inSignedChunksWithTrailer = (trailerSignature: string): HttpRequest => {
  const trailer = `x-amz-checksum-crc32c:sOO8/Q==${crlf}x-amz-trailer-signature:${trailerSignature}${crlf}`;
  const signatures = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
  ];
  const pieces = ["a".repeat(65_536), "a".repeat(1024), ""].map((piece, at) => chunk(piece, signatures[at]));
  return signed({
    line: "PUT /examplebucket/chunkObject.txt",
    headers: {
      host: "s3.amazonaws.com",
      "content-encoding": "aws-chunked",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
      "x-amz-decoded-content-length": "66560",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
      "x-amz-trailer": "x-amz-checksum-crc32c",
    },
    signature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    body: Buffer.from(`${pieces.join("")}${trailer}${crlf}`),
  });
};

test("the published signed trailer is accepted as a header, and a changed one is not", () => {
  const right = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
  expect(verify(inSignedChunksWithTrailer(right)).target.headers["x-amz-checksum-crc32c"]).toBe("sOO8/Q==");
  expect(() => verify(inSignedChunksWithTrailer(right.replace("d8", "d9")))).toThrow(refusal("SignatureDoesNotMatch"));
});

const inPlainChunks = (pieces: readonly string[], trailer: string, more: Record<string, string> = {}): HttpRequest => ({
  method: "PUT",
  url: "https://127.0.0.1/bucket/key",
  headers: {
    host: "127.0.0.1",
    "content-encoding": "gzip,aws-chunked",
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32",
    "x-amz-decoded-content-length": String(pieces.join("").length),
    ...more,
  },
  body: Buffer.from(`${pieces.map((piece) => chunk(piece)).join("")}${chunk("")}${trailer}${crlf}`, "latin1"),
});

test("however a body is cut into chunks, it comes out whole, and its trailer becomes a header", () => {
  const whole = fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.padStart(8_192 + text.length, "-"));
  const last = fc.string({ minLength: 1, maxLength: 30 });
  const cut = fc
    .tuple(fc.array(whole, { maxLength: 8 }), fc.array(last, { maxLength: 1 }))
    .map((pieces) => pieces.flat());
  fc.assert(
    fc.property(cut, (pieces) => {
      const sum = checksum("CRC32", Buffer.from(pieces.join("")));
      const { target } = verify(inPlainChunks(pieces, `x-amz-checksum-crc32:${sum}${crlf}`));
      expect(Buffer.from(target.body).toString()).toBe(pieces.join(""));
      expect(target.headers).toMatchObject({ "x-amz-checksum-crc32": sum, "content-encoding": "gzip" });
    }),
  );
});

test.each([
  [
    "is shorter than it says",
    inPlainChunks(["abc"], `x-amz-checksum-crc32:a${crlf}`, { "x-amz-decoded-content-length": "4" }),
    "IncompleteBody",
  ],
  [
    "does not say how long it is",
    inPlainChunks(["abc"], "", { "x-amz-decoded-content-length": "" }),
    "MissingContentLength",
  ],
  ["is in crumbs", inPlainChunks(["abc", "d"], `x-amz-checksum-crc32:a${crlf}`), "InvalidChunkSizeError"],
  ["announces a trailer that does not come", inPlainChunks(["abc"], ""), "MalformedTrailerError"],
  [
    "ends in the middle of a chunk",
    { ...inPlainChunks(["abc"], ""), body: Buffer.from(`3${crlf}ab`) },
    "IncompleteBody",
  ],
  ["is not in chunks", { ...inPlainChunks(["abc"], ""), body: Buffer.from("abc") }, "IncompleteBody"],
])("a chunked body that %s is refused", (_, request, code) => {
  expect(() => verify(request)).toThrow(expect.objectContaining({ code }));
});

import { createHmac } from "node:crypto";
import { canonicalRequest } from "../../../src/s3/lean/canonical-request";
import { emptyPayloadHash, hmacOfTails, sha256 } from "../../../src/s3/lean/sha256";
import { signer, type UnsignedRequest } from "../../../src/s3/lean/sigv4";
import { encodeKey, encodeQuery } from "../../../src/s3/lean/uri";

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Examples: Signature calculations".
describe("AWS's published examples", () => {
  const credentials = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  };
  const sign = signer({ region: "us-east-1", service: "s3" });
  const host = "examplebucket.s3.amazonaws.com";

  interface Example extends Omit<UnsignedRequest, "host"> {
    readonly name: string;
    readonly signedHeaders: string;
    readonly signature: string;
  }
  const examples: readonly Example[] = [
    {
      name: "GET an object's first ten bytes",
      method: "GET",
      path: `/${encodeKey("test.txt")}`,
      query: "",
      headers: { range: "bytes=0-9" },
      payloadHash: emptyPayloadHash,
      signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
    {
      name: "PUT an object",
      method: "PUT",
      path: `/${encodeKey("test$file.text")}`,
      query: "",
      headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      payloadHash: sha256("Welcome to Amazon S3."),
      signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    },
    {
      name: "GET a bucket's lifecycle",
      method: "GET",
      path: "/",
      query: encodeQuery({ lifecycle: "" }),
      headers: {},
      payloadHash: emptyPayloadHash,
      signedHeaders: "host;x-amz-content-sha256;x-amz-date",
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    },
    {
      name: "list a bucket",
      method: "GET",
      path: "/",
      query: encodeQuery({ prefix: "J", "max-keys": "2" }),
      headers: {},
      payloadHash: emptyPayloadHash,
      signedHeaders: "host;x-amz-content-sha256;x-amz-date",
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    },
  ];

  test.each(examples)("$name", ({ name: _, signedHeaders, signature, ...request }) => {
    expect(sign({ ...request, host }, credentials, Date.UTC(2013, 4, 24))).toEqual({
      ...request.headers,
      "x-amz-date": "20130524T000000Z",
      "x-amz-content-sha256": request.payloadHash,
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
        `SignedHeaders=${signedHeaders}, Signature=${signature}`,
    });
  });
});

/**
 * The suite that AWS tests its own signers with, for a service that signs no payload hash, so that its requests are
 * put together here from the parts of ours: https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite
 *
 * Left out are folded and repeated headers and repeated parameters, which a record cannot hold and S3 has none of.
 */
describe("AWS's signing test suite", () => {
  const scope = "20150830/us-east-1/service/aws4_request";
  const head = `AWS4-HMAC-SHA256\n20150830T123600Z\n${scope}\n`;
  const hmac = (key: string | Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();
  const key = ["20150830", "us-east-1", "service", "aws4_request"].reduce<string | Uint8Array>(
    hmac,
    "AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  );
  const signatureOf = hmacOfTails(Buffer.from(key), head, 64);
  const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  interface Vector {
    readonly name: string;
    readonly key?: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signature: string;
  }
  const vectors: readonly Vector[] = [
    {
      name: "get-header-value-trim",
      headers: { "my-header1": " value1", "my-header2": ' "a   b   c"' },
      signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    },
    {
      name: "get-relative-relative-unnormalized",
      key: "example1/example2/../..",
      signature: "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b",
    },
    {
      name: "get-slashes-unnormalized",
      key: "/example//",
      signature: "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5",
    },
    {
      name: "get-space-unnormalized",
      key: "example space/",
      signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
    },
    {
      name: "get-unreserved",
      key: unreserved,
      signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    },
    {
      name: "get-utf8",
      key: "\u1234",
      signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    },
    {
      name: "get-vanilla-empty-query-key",
      query: { Param1: "value1" },
      signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    },
    {
      name: "get-vanilla-query-order-encoded",
      query: { "Param-3": "Value3", Param: "Value2", "\u1234": "Value1" },
      signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
    },
    {
      name: "get-vanilla-query-order-key-case",
      query: { Param2: "value2", Param1: "value1" },
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    },
    {
      name: "get-vanilla-query-unreserved",
      query: { [unreserved]: unreserved },
      signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    },
    {
      name: "get-vanilla-utf8-query",
      query: { "\u1234": "bar" },
      signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    },
    {
      name: "get-vanilla-with-session-token",
      headers: { "x-amz-security-token": "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267" },
      signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
    },
  ];

  test.each(vectors)("$name", ({ key = "", query = {}, headers, signature }) => {
    const { text } = canonicalRequest({
      method: "GET",
      host: "example.amazonaws.com",
      path: `/${encodeKey(key)}`,
      query: encodeQuery(query),
      headers: { ...headers, "x-amz-date": "20150830T123600Z" },
      payloadHash: emptyPayloadHash,
    });
    expect(signatureOf(sha256(text))).toBe(signature);
  });
});

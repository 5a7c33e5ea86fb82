import { emptyPayloadHash, sha256 } from "../../../src/s3/lean/sha256";
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

import fc from "fast-check";
import { parseAccessLogLine } from "../../../../src/checks/preflight/logs/access-log";
import type { LoggedRequest } from "../../../../src/checks/preflight/logs/request";
import { type AccessLogFields, accessLogLine } from "./shapes";

function parsed(fields: AccessLogFields = {}): LoggedRequest {
  const found = parseAccessLogLine(accessLogLine(fields));
  if (found === null || found === "unreadable") throw new Error(`${found}: ${accessLogLine(fields)}`);
  return found;
}

/** The User Guide's own example, of 2019, and one of the time before TLS versions were logged. */
test("the documented example is read, and so is one without the newer fields", () => {
  const documented =
    '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /amzn-s3-demo-bucket1?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 arn:aws:s3:us-west-1:123456789012:accesspoint/example-AP Yes us-east-1';
  expect(parseAccessLogLine(documented)).toEqual({
    from: "access-log",
    isData: true,
    bucket: "amzn-s3-demo-bucket1",
    at: Date.parse("2019-02-06T00:00:38Z"),
    principal: { is: "owner" },
    does: "other",
    refused: false,
    said: { is: "unknown" },
    transport: "modern",
    presigned: false,
    signature: "SigV4",
  });
  const old = documented.replace(/ - s9lz.*$/, " -");
  expect(parseAccessLogLine(old)).toMatchObject({ transport: "unknown", presigned: false, signature: "none" });
});

test.each<[string, AccessLogFields, Partial<LoggedRequest>]>([
  ["a user", {}, { principal: { is: "iam", arn: "arn:aws:iam::111111111111:user/alice" }, does: "write" }],
  [
    "a role's session, as the role",
    { requester: "arn:aws:sts::111111111111:assumed-role/app/i-0123" },
    { principal: { is: "iam", arn: "arn:aws:iam::111111111111:role/app" } },
  ],
  ["nobody", { requester: "-", operation: "REST.GET.OBJECT" }, { principal: { is: "anonymous" }, does: "read" }],
  [
    "a service",
    { requester: "svc:delivery.logs.amazonaws.com", cipher: "-", tls: "-" },
    { principal: { is: "service", name: "delivery.logs.amazonaws.com" }, transport: "unknown" },
  ],
  [
    "a service whose TLS is logged, as a published log of a bucket behind CloudFront has it",
    { requester: "svc:cloudfront.amazonaws.com", operation: "REST.GET.OBJECT", userAgent: "-" },
    { principal: { is: "service", name: "cloudfront.amazonaws.com" }, does: "read", transport: "modern" },
  ],
  [
    "a lifecycle rule, which is no client and was not refused",
    {
      ...{ requester: "AmazonS3", operation: "S3.EXPIRE.OBJECT", requestUri: "-", status: "-" },
      ...{ userAgent: "-", signature: "-", cipher: "-", authentication: "-", tls: "-" },
    },
    { principal: { is: "service", name: "s3.amazonaws.com" }, does: "other", refused: false, transport: "unknown" },
  ],
  ["the root user of another account", { requester: "79a5" }, { principal: { is: "foreign", id: "79a5" } }],
  ["a request in clear text", { cipher: "-", tls: "-" }, { transport: "plain" }],
  ["TLS 1.1", { tls: "TLSv1.1" }, { transport: "old" }],
  ["Signature Version 2", { signature: "SigV2" }, { signature: "SigV2" }],
  ["a refusal", { status: "403" }, { refused: true }],
  ["a website's reader", { operation: "WEBSITE.GET.OBJECT", requester: "-" }, { does: "read" }],
  ["an upload that is begun", { operation: "REST.POST.UPLOADS" }, { does: "write" }],
  ["a part", { operation: "REST.PUT.PART" }, { does: "part" }],
  ["the read half of a copy", { operation: "REST.COPY.OBJECT_GET", requestUri: "-" }, { does: "read" }],
  [
    "a presigned URL, and how long it lives",
    {
      authentication: "QueryString",
      requestUri: "PUT /a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604800&X-Amz-Signature=secret HTTP/1.1",
    },
    { presigned: { lives: 604_800 } },
  ],
  ["fields that nobody knows yet", { more: "- - eu-west-1 something new" }, { transport: "modern" }],
])("%s", (_, fields, expected) => {
  expect(parsed(fields)).toMatchObject(expected);
});

test("nothing of a signature is kept", () => {
  const requestUri = "GET /a?X-Amz-Signature=secret&X-Amz-Security-Token=secret&X-Amz-Expires=60 HTTP/1.1";
  expect(JSON.stringify(parsed({ authentication: "QueryString", requestUri }))).not.toContain("secret");
});

test.each([
  ["nothing", ""],
  ["another log", "2026-11-06 192.0.2.3 GET /index.html 200"],
  ["a time that is none", accessLogLine({ time: "06/Foo/2026:00:01:57 +0000" })],
  ["a line that is cut in its User-Agent", accessLogLine().replace(/"S3Con.*$/, '"S3Con')],
  ["a line that is cut in its request", accessLogLine().replace(/HTTP.*$/, "")],
])("%s is unreadable", (_, line) => {
  expect(parseAccessLogLine(line)).toBe("unreadable");
});

/** What a client can send: anything without a line break, quotes and forged fields included. */
const header = fc.oneof(
  fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, "")),
  fc.constantFrom(
    '"',
    '" "',
    '" - - SigV4 AES AuthHeader host TLSv1.2 -',
    'x" 200 - - - - - "-" "-" - - SigV4 X',
    "\\",
  ),
);
const target = fc.string({ unit: "binary-ascii" }).map((text) => text.replace(/[\s\0-\x1f]/g, ""));

test("whatever a client puts into its path, Referer and User-Agent, it cannot forge what S3 wrote", () => {
  fc.assert(
    fc.property(
      target,
      header,
      header,
      fc.constantFrom("TLSv1.3", "TLSv1.1", "-"),
      fc.constantFrom("AuthHeader", "QueryString"),
      (path, referer, userAgent, tls, authentication) => {
        const cipher = tls === "-" ? "-" : "AES";
        const requestUri = `PUT /${path} HTTP/1.1`;
        const found = parsed({
          requestUri,
          referer,
          userAgent,
          tls,
          cipher,
          authentication,
          key: encodeURIComponent(path) || "-",
        });
        expect(found).toMatchObject({
          bucket: "acme-uploads",
          does: "write",
          refused: false,
          principal: { is: "iam", arn: "arn:aws:iam::111111111111:user/alice" },
          transport: { "TLSv1.3": "modern", "TLSv1.1": "old", "-": "plain" }[tls],
          signature: "SigV4",
        });
        expect(found.presigned === false).toBe(authentication === "AuthHeader");
      },
    ),
  );
});

test("no line makes the parser throw", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (text, cut) => {
      parseAccessLogLine(text);
      const line = accessLogLine();
      parseAccessLogLine(line.slice(0, cut % line.length) + text);
    }),
  );
});

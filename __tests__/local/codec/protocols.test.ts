import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { operationsOf, type Shape } from "../../../local/codec/schema";
import { protocols } from "../../../local/codec/services";
import { targetOf } from "../../../local/http/target";
import { AwsError } from "../../../local/service";

const text = (body: Uint8Array): string => Buffer.from(body).toString();

function shapesBelow(shape: Shape, seen = new Set<Shape>()): Set<Shape> {
  if (seen.has(shape)) return seen;
  seen.add(shape);
  if (shape.is === "structure") for (const member of shape.members) shapesBelow(member.shape, seen);
  if (shape.is === "list") shapesBelow(shape.member.shape, seen);
  if (shape.is === "map") shapesBelow(shape.value.shape, seen);
  return seen;
}

test.each([
  ["s3", s3, 100],
  ["kms", kms, 50],
  ["sts", sts, 10],
  ["iam", iam, 150],
])("every operation of %s is decoded to its last member", (_, client, atLeast) => {
  const operations = [...operationsOf(client).values()];
  expect(operations.length).toBeGreaterThanOrEqual(atLeast);
  for (const { input, output } of operations) {
    expect(shapesBelow(input).size).toBeGreaterThan(0);
    expect(shapesBelow(output).size).toBeGreaterThan(0);
  }
});

const request = (line: string, headers: Record<string, string> = {}, body = "") => {
  const [method = "", path = ""] = line.split(" ");
  return targetOf({
    method,
    url: `https://127.0.0.1${path}`,
    headers: { host: "127.0.0.1", ...headers },
    body: Buffer.from(body),
  });
};

test.each([
  ["GET /", "ListBuckets", {}],
  ["GET /?x-id=ListBuckets", "ListBuckets", {}],
  ["PUT /bucket", "CreateBucket", {}],
  ["HEAD /bucket/", "HeadBucket", {}],
  ["GET /bucket", "ListObjects", {}],
  ["GET /bucket?list-type=2&prefix=a", "ListObjectsV2", {}],
  ["GET /bucket?versions", "ListObjectVersions", {}],
  ["GET /bucket?uploads", "ListMultipartUploads", {}],
  ["GET /bucket?policy", "GetBucketPolicy", {}],
  ["GET /bucket?policyStatus", "GetBucketPolicyStatus", {}],
  ["GET /bucket?acl", "GetBucketAcl", {}],
  ["PUT /bucket?encryption", "PutBucketEncryption", {}],
  ["PUT /bucket/key?encryption", "UpdateObjectEncryption", {}],
  ["POST /bucket?delete", "DeleteObjects", {}],
  ["PUT /bucket/key", "PutObject", {}],
  ["PUT /bucket/key", "CopyObject", { "x-amz-copy-source": "b/k" }],
  ["PUT /bucket/key?partNumber=1&uploadId=u", "UploadPart", {}],
  ["PUT /bucket/key?partNumber=1&uploadId=u", "UploadPartCopy", { "x-amz-copy-source": "b/k" }],
  ["GET /bucket/key", "GetObject", {}],
  ["GET /bucket/key?versionId=v&acl", "GetObjectAcl", {}],
  ["GET /bucket/key?attributes", "GetObjectAttributes", {}],
  ["GET /bucket/key?uploadId=u", "ListParts", {}],
  ["POST /bucket/key?uploads", "CreateMultipartUpload", {}],
  ["POST /bucket/key?uploadId=u", "CompleteMultipartUpload", {}],
  ["DELETE /bucket/key?uploadId=u", "AbortMultipartUpload", {}],
  ["DELETE /bucket/key?tagging", "DeleteObjectTagging", {}],
  ["DELETE /bucket/key", "DeleteObject", {}],
  ["POST /bucket/key?restore", "RestoreObject", {}],
  ["PATCH /bucket/key", undefined, {}],
  ["POST /bucket/key", undefined, {}],
])("%s is %s", (line, operation, headers) => {
  expect(protocols.s3.find(request(line, headers))?.name).toBe(operation);
});

test.each([
  ["bucket.s3.amazonaws.com", "bucket", "key"],
  ["bucket.s3.eu-west-1.amazonaws.com", "bucket", "key"],
  ["dotted.bucket.s3.dualstack.eu-west-1.amazonaws.com", "dotted.bucket", "key"],
  ["bucket.s3.localhost:4566", "bucket", "key"],
  ["bucket.localhost:4566", "bucket", "key"],
  ["bucket.127.0.0.1:4566", "bucket", "key"],
  ["localhost:4566", "key", undefined],
  ["s3.localhost:4566", "key", undefined],
  ["127.0.0.1:4566", "key", undefined],
  ["s3.cn-north-1.amazonaws.com.cn", "key", undefined],
])("at %s, /key is in bucket %s", (host, bucket, key) => {
  const target = targetOf({ method: "GET", url: `https://${host}/key`, headers: { host } });
  expect([target.bucket, target.key]).toEqual([bucket, key]);
});

test("a key is what was sent, however it looks", () => {
  expect(request("GET /bucket//a/../%2e/b+c%20%25%E2%98%83/").key).toBe("/a/.././b+c %☃/");
  expect(() => request("GET /bucket/%ff")).toThrow(expect.objectContaining({ code: "InvalidURI" }));
});

const read = (service: keyof typeof protocols, target: ReturnType<typeof request>): Record<string, unknown> => {
  const operation = protocols[service].find(target);
  if (!operation) throw new Error("No such operation.");
  return protocols[service].read(operation, target);
};

test("an S3 input is gathered from address, query, headers and body", () => {
  const headers = {
    "x-amz-copy-source": "b/k",
    "x-amz-meta-color": "=?UTF-8?B?YmxldSDimIM=?= and =?utf-8?Q?d=C3=A9j=C3=A0_vu?=",
    "x-amz-server-side-encryption-bucket-key-enabled": "true",
    "x-amz-object-lock-retain-until-date": "2027-01-01T00:00:00Z",
    "x-amz-copy-source-if-modified-since": "not a date",
    expires: "Thu, 01 Jan 2026 00:00:00 GMT",
  };
  expect(read("s3", request("PUT /bucket/key", headers))).toEqual({
    Bucket: "bucket",
    Key: "key",
    CopySource: "b/k",
    Metadata: { color: "bleu ☃ and déjà vu" },
    BucketKeyEnabled: true,
    ObjectLockRetainUntilDate: new Date("2027-01-01T00:00:00Z"),
    Expires: new Date("2026-01-01T00:00:00Z"),
  });
});

test("flattened and wrapped lists, attributes and namespaces are read", () => {
  const acl =
    '<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>o</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>u</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>';
  expect(read("s3", request("PUT /bucket?acl", {}, acl))["AccessControlPolicy"]).toEqual({
    Owner: { ID: "o" },
    Grants: [{ Grantee: { Type: "Group", URI: "u" }, Permission: "READ" }],
  });
  const body =
    "<Delete><Object><Key> a\tb </Key></Object><Object><Key>c</Key><VersionId/></Object><Quiet>true</Quiet></Delete>";
  expect(read("s3", request("POST /bucket?delete", {}, body))["Delete"]).toEqual({
    Objects: [{ Key: " a\tb " }, { Key: "c", VersionId: "" }],
    Quiet: true,
  });
});

test.each([
  ["not XML", "{}", "MalformedXML"],
  ["another root", "<Wrong/>", "MalformedXML"],
  ["an unknown element", "<Delete><Object><Key>a</Key></Object><Loud>true</Loud></Delete>", "MalformedXML"],
  ["a required element missing", "<Delete><Quiet>true</Quiet></Delete>", "MalformedXML"],
  [
    "a required element missing further down",
    "<Delete><Object><VersionId>a</VersionId></Object></Delete>",
    "MalformedXML",
  ],
  ["an element twice", "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>", "MalformedXML"],
  ["no boolean", "<Delete><Object><Key>a</Key></Object><Quiet>maybe</Quiet></Delete>", "MalformedXML"],
  ["nothing", "", "MissingRequestBodyError"],
])("a body with %s is refused", (_, body, code) => {
  expect(() => read("s3", request("POST /bucket?delete", {}, body))).toThrow(
    expect.objectContaining({ code, status: 400 }),
  );
});

const write = (
  service: Exclude<keyof typeof protocols, "s3control">,
  name: string,
  output: Record<string, unknown>,
) => {
  const clients = { s3, kms, sts, iam };
  const operation = operationsOf(clients[service]).get(name);
  if (!operation) throw new Error(`${name} is missing.`);
  return protocols[service].write(operation, output, "id");
};

test("an S3 output goes to status, headers, prefixed headers and body", () => {
  const response = write("s3", "GetObject", {
    Body: Buffer.from("abc"),
    ContentRange: "bytes 0-2/9",
    ContentLength: 3,
    LastModified: new Date("2026-01-02T03:04:05.678Z"),
    ExpiresString: "never",
    ObjectLockRetainUntilDate: new Date("2027-01-01T00:00:00Z"),
    Metadata: { plain: "a b", snow: "☃" },
  });
  expect(response.status).toBe(206);
  expect(text(response.body)).toBe("abc");
  expect(response.headers).toMatchObject({
    "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    expires: "never",
    "x-amz-object-lock-retain-until-date": "2027-01-01T00:00:00.000Z",
    "x-amz-meta-plain": "a b",
    "x-amz-meta-snow": "=?UTF-8?B?4piD?=",
    "x-amz-request-id": "id",
  });
  expect(write("s3", "DeleteObject", {})).toMatchObject({ status: 204, body: Buffer.from("") });
});

test("XML has S3's namespace, names, nesting and dates", () => {
  expect(text(write("s3", "GetBucketLocation", { LocationConstraint: "eu-west-1" }).body)).toMatch(
    /<LocationConstraint xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/">eu-west-1<\/LocationConstraint>$/,
  );
  const listed = {
    IsTruncated: false,
    Contents: [{ Key: "a&\u0001", LastModified: new Date(0), Size: 1 }, { Key: "b" }],
  };
  expect(text(write("s3", "ListObjectsV2", listed).body)).toMatch(
    /<ListBucketResult xmlns="[^"]+"><IsTruncated>false<\/IsTruncated><Contents><Key>a&amp;&#x1;<\/Key><LastModified>1970-01-01T00:00:00.000Z<\/LastModified><Size>1<\/Size><\/Contents><Contents><Key>b<\/Key><\/Contents><\/ListBucketResult>$/,
  );
});

test("each service refuses in its own shape", () => {
  const error = new AwsError("Code", 400, "a < b", { BucketName: "bucket" }, { allow: "GET" });
  const answer = (service: keyof typeof protocols, method = "GET") =>
    protocols[service].refuse(error, { method }, "id");
  expect(text(answer("s3").body)).toMatch(
    /<Error><Code>Code<\/Code><Message>a &lt; b<\/Message><BucketName>bucket<\/BucketName><RequestId>id<\/RequestId><HostId>/,
  );
  expect(answer("s3").headers["allow"]).toBe("GET");
  expect(text(answer("s3", "HEAD").body)).toBe("");
  expect(JSON.parse(text(answer("kms").body))).toMatchObject({ __type: "Code", message: "a < b" });
  expect(text(answer("iam").body)).toMatch(/<Type>Sender<\/Type><Code>Code<\/Code><Message>a &lt; b<\/Message>/);
});

test("JSON carries bytes as base64 and dates as seconds, both ways", () => {
  const target = request(
    "POST /",
    { "x-amz-target": "TrentService.Encrypt" },
    '{"KeyId":"k","Plaintext":"YWI=","EncryptionContext":{"a":"b"},"Foreign":1}',
  );
  expect(read("kms", target)).toEqual({
    KeyId: "k",
    Plaintext: new Uint8Array([97, 98]),
    EncryptionContext: { a: "b" },
  });
  const output = { KeyMetadata: { KeyId: "k", CreationDate: new Date(1500), Enabled: true, Arn: undefined } };
  expect(JSON.parse(text(write("kms", "CreateKey", output).body))).toEqual({
    KeyMetadata: { KeyId: "k", CreationDate: 1.5, Enabled: true },
  });
  for (const body of ["{", "[]", '{"KeyId":7}']) {
    const wrong = request("POST /", { "x-amz-target": "TrentService.Encrypt" }, body);
    expect(() => read("kms", wrong)).toThrow(expect.objectContaining({ code: "SerializationException" }));
  }
});

test("forms carry numbered lists and nested names", () => {
  const form =
    "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=3600&Tags.member.1.Key=a+b&Tags.member.1.Value=&Tags.member.2.Key=c&Tags.member.2.Value=d";
  expect(read("iam", request("POST /", {}, form))).toEqual({
    RoleName: "r",
    AssumeRolePolicyDocument: "{}",
    MaxSessionDuration: 3600,
    Tags: [
      { Key: "a b", Value: "" },
      { Key: "c", Value: "d" },
    ],
  });
  expect(
    text(write("iam", "ListRoles", { Roles: [{ RoleName: "r", CreateDate: new Date(0) }], IsTruncated: false }).body),
  ).toBe(
    '<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult><Roles><member><RoleName>r</RoleName><CreateDate>1970-01-01T00:00:00Z</CreateDate></member></Roles><IsTruncated>false</IsTruncated></ListRolesResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ListRolesResponse>',
  );
});

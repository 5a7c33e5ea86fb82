import { header, type Request, type Response, write } from "./http";
import { account, bucketName } from "./keys";
import type { NullBucket, Shown } from "./null-bucket";

const size = 1024;
const etag = '"5d41402abc4b2a76b9719d911017c592"';
const lastModified = "2022-03-01T12:00:00.000Z";
const owner = "<Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>";
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

// What S3 sends with everything, so that clients read as many headers as they would.
const always =
  "x-amz-id-2: vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo=\r\n" +
  "x-amz-request-id: WQ5Z3XJ7K2N4M8PA\r\nServer: AmazonS3\r\n";
const xmlType = "Content-Type: application/xml\r\n";

const xml = (body: string, status: Response["status"] = 200): Response => ({
  status,
  headers: always + xmlType,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
});
const failed = (status: 404 | 501, code: string): Response =>
  xml(`<Error><Code>${code}</Code><Message>${code}</Message><RequestId>WQ5Z3XJ7K2N4M8PA</RequestId></Error>`, status);

/** As HeadObject shows it. */
const encryptionHeaders = ({ algorithm, keyArn, bucketKey }: Shown): string => {
  if (algorithm === "none") return "";
  const key = keyArn === undefined ? "" : `x-amz-server-side-encryption-aws-kms-key-id: ${keyArn}\r\n`;
  const bucket = bucketKey ? "x-amz-server-side-encryption-bucket-key-enabled: true\r\n" : "";
  return `x-amz-server-side-encryption: ${algorithm}\r\n${key}${bucket}`;
};

const copySource = header("x-amz-copy-source");
const algorithmHeader = header("x-amz-server-side-encryption");
const keyHeader = header("x-amz-server-side-encryption-aws-kms-key-id");
const bucketKeyHeader = header("x-amz-server-side-encryption-bucket-key-enabled");

const between = (text: string, from: string, to: string): string | undefined => {
  const start = text.indexOf(from);
  const end = start < 0 ? -1 : text.indexOf(to, start + from.length);
  return end < 0 ? undefined : text.slice(start + from.length, end);
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
function copyObject(bucket: NullBucket, key: string, request: Request): Response {
  const algorithm = algorithmHeader(request);
  if (algorithm === undefined) return failed(501, "NotImplemented");
  const to: Shown = {
    algorithm,
    keyArn: keyHeader(request),
    bucketKey: bucketKeyHeader(request) === "true" || undefined,
  };
  if (!bucket.change(key, to)) return failed(404, "NoSuchKey");
  const result = `<LastModified>${lastModified}</LastModified><ETag>${etag}</ETag>`;
  const { body } = xml(`<CopyObjectResult ${namespace}>${result}</CopyObjectResult>`);
  return { status: 200, headers: always + encryptionHeaders(to) + xmlType, body };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html */
function updateObjectEncryption(bucket: NullBucket, key: string, { body }: Request): Response {
  const keyArn = between(body, "<KMSKeyArn>", "</KMSKeyArn>");
  if (keyArn === undefined) return failed(501, "NotImplemented");
  const bucketKey = between(body, "<BucketKeyEnabled>", "</BucketKeyEnabled>") === "true" || undefined;
  const there = bucket.change(key, { algorithm: "aws:kms", keyArn, bucketKey });
  return there ? { status: 200, headers: always } : failed(404, "NoSuchKey");
}

function headObject(bucket: NullBucket, key: string): string {
  const shown = bucket.read(key);
  if (!shown) return write({ status: 404, headers: always + xmlType }, { length: 0 });
  const headers =
    `${always}${encryptionHeaders(shown)}Last-Modified: Tue, 01 Mar 2022 12:00:00 GMT\r\nETag: ${etag}\r\n` +
    "Accept-Ranges: bytes\r\nContent-Type: application/json\r\n";
  return write({ status: 200, headers }, { length: size });
}

/** All three ways to go on: V2's `start-after` and `continuation-token`, which is a key here, and V1's `marker`. */
function list(bucket: NullBucket, parameters: URLSearchParams): Response {
  const after = parameters.get("continuation-token") ?? parameters.get("start-after") ?? parameters.get("marker") ?? "";
  const { keys, more } = bucket.list(after, Math.min(Number(parameters.get("max-keys") ?? 1000), 1000));
  const contents = keys.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>${lastModified}</LastModified><ETag>&quot;${etag.slice(1, -1)}&quot;</ETag>` +
      `<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>` +
      `<Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const next = parameters.has("list-type")
    ? `<KeyCount>${keys.length}</KeyCount>${more ? `<NextContinuationToken>${keys.at(-1)}</NextContinuationToken>` : ""}`
    : `<Marker>${after}</Marker>${more ? `<NextMarker>${keys.at(-1)}</NextMarker>` : ""}`;
  const encoding = parameters.get("encoding-type") === "url" ? "<EncodingType>url</EncodingType>" : "";
  return xml(
    `<ListBucketResult ${namespace}><Name>${bucketName}</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys>${encoding}` +
      `${next}<IsTruncated>${more}</IsTruncated>${contents.join("")}</ListBucketResult>`,
  );
}

const grant =
  '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">' +
  `${owner.slice(7, -8)}</Grantee><Permission>FULL_CONTROL</Permission>`;
const acl = xml(
  `<AccessControlPolicy ${namespace}>${owner}<AccessControlList><Grant>${grant}</Grant></AccessControlList></AccessControlPolicy>`,
);

/** A bucket as they are made since 2023: ACLs off, no versions, nothing else set. */
const settings: Readonly<Record<string, { readonly operation: string; readonly response: Response }>> = {
  location: { operation: "GetBucketLocation", response: xml(`<LocationConstraint ${namespace}/>`) },
  versioning: { operation: "GetBucketVersioning", response: xml(`<VersioningConfiguration ${namespace}/>`) },
  acl: { operation: "GetBucketAcl", response: acl },
  ownershipControls: {
    operation: "GetBucketOwnershipControls",
    response: xml(
      `<OwnershipControls ${namespace}><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>`,
    ),
  },
  "object-lock": {
    operation: "GetObjectLockConfiguration",
    response: failed(404, "ObjectLockConfigurationNotFoundError"),
  },
  logging: { operation: "GetBucketLogging", response: xml(`<BucketLoggingStatus ${namespace}/>`) },
  notification: {
    operation: "GetBucketNotificationConfiguration",
    response: xml(`<NotificationConfiguration ${namespace}/>`),
  },
  uploads: {
    operation: "ListMultipartUploads",
    response: xml(
      `<ListMultipartUploadsResult ${namespace}><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`,
    ),
  },
  policy: { operation: "GetBucketPolicy", response: failed(404, "NoSuchBucketPolicy") },
  tagging: { operation: "GetBucketTagging", response: failed(404, "NoSuchTagSet") },
  lifecycle: { operation: "GetBucketLifecycle", response: failed(404, "NoSuchLifecycleConfiguration") },
  website: { operation: "GetBucketWebsite", response: failed(404, "NoSuchWebsiteConfiguration") },
  replication: { operation: "GetBucketReplication", response: failed(404, "ReplicationConfigurationNotFoundError") },
  encryption: {
    operation: "GetBucketEncryption",
    response: failed(404, "ServerSideEncryptionConfigurationNotFoundError"),
  },
};

const noTags = xml(`<Tagging ${namespace}><TagSet/></Tagging>`);

const allBuckets = xml(
  `<ListAllMyBucketsResult ${namespace}>${owner}<Buckets><Bucket><Name>${bucketName}</Name>` +
    `<CreationDate>${lastModified}</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>`,
);

/** STS and IAM, whose requests are forms. */
const called = (action: string, result: string): Response =>
  xml(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);
const actions: Readonly<Record<string, Response>> = {
  GetCallerIdentity: called(
    "GetCallerIdentity",
    `<Arn>arn:aws:iam::${account}:root</Arn><UserId>${account}</UserId><Account>${account}</Account>`,
  ),
  ListAccountAliases: called("ListAccountAliases", "<AccountAliases/><IsTruncated>false</IsTruncated>"),
};

const target = header("x-amz-target");

/** KMS, whose requests and answers are JSON. There is one key, whichever is asked for. */
function describeKey({ body }: Request): Response {
  const KeyMetadata = {
    ...{ Arn: between(body, '"KeyId":"', '"'), KeyId: "11111111-2222-3333-4444-555555555555", AWSAccountId: account },
    ...{ Enabled: true, KeyState: "Enabled", KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" },
  };
  const headers = `${always}Content-Type: application/x-amz-json-1.1\r\n`;
  return { status: 200, headers, body: JSON.stringify({ KeyMetadata }) };
}

/** Answers as S3 would if nothing had to be done. What it does not know is refused and counted, never taken for done. */
export function answer(bucket: NullBucket, request: Request): string {
  const { method, path, query } = request;
  const counted = (operation: string, response: Response): string => {
    bucket.count(operation);
    return write(response);
  };
  const [, name = "", encoded] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
  if (name === "") {
    if (method === "GET") return counted("ListBuckets", allBuckets);
    if (target(request) === "TrentService.DescribeKey") return counted("DescribeKey", describeKey(request));
    const action = new URLSearchParams(request.body).get("Action") ?? "?";
    return counted(action, actions[action] ?? failed(501, "NotImplemented"));
  }
  if (name !== bucketName) return counted("of another bucket", failed(404, "NoSuchBucket"));
  const key = encoded === undefined || encoded === "" ? undefined : decodeURIComponent(encoded);
  if (key === undefined) {
    if (method === "HEAD") {
      bucket.count("HeadBucket");
      return write({ status: 200, headers: always }, { length: 0 });
    }
    const parameters = new URLSearchParams(query);
    const setting = [...parameters.keys()].map((one) => settings[one]).find((one) => one !== undefined);
    if (setting && method === "GET") return counted(setting.operation, setting.response);
    return method === "GET"
      ? counted("ListObjects", list(bucket, parameters))
      : counted(`${method} of the bucket`, failed(501, "NotImplemented"));
  }
  if (method === "HEAD") {
    bucket.count("HeadObject");
    return headObject(bucket, key);
  }
  const is = (subresource: string): boolean => query.startsWith(subresource);
  if (method === "PUT") {
    if (is("encryption")) return counted("UpdateObjectEncryption", updateObjectEncryption(bucket, key, request));
    if (is("acl")) return counted("PutObjectAcl", { status: 200, headers: always });
    if (copySource(request) !== undefined) return counted("CopyObject", copyObject(bucket, key, request));
  }
  if (method === "GET") {
    if (is("tagging")) return counted("GetObjectTagging", noTags);
    if (is("acl")) return counted("GetObjectAcl", acl);
  }
  return counted(`${method} ${query || "of an object"}`, failed(501, "NotImplemented"));
}

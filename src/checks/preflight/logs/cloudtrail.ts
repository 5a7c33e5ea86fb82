import {
  isOldTls,
  type LoggedPrincipal,
  type LoggedRequest,
  type Parsed,
  roleOfSession,
  type SaidEncryption,
} from "./request";

type Fields = { readonly [name: string]: unknown };

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const operations: Readonly<Record<string, LoggedRequest["does"]>> = {
  PutObject: "write",
  PostObject: "write",
  CopyObject: "write",
  CreateMultipartUpload: "write",
  InitiateMultipartUpload: "write",
  UploadPart: "part",
  UploadPartCopy: "part",
  CompleteMultipartUpload: "part",
  GetObject: "read",
  HeadObject: "read",
  SelectObjectContent: "read",
  PutBucketEncryption: "change-default",
  DeleteBucketEncryption: "change-default",
};

/**
 * Source: AWS CloudTrail User Guide, "CloudTrail userIdentity element",
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
function principalOf(identity: Fields): LoggedPrincipal | undefined {
  const type = textOf(identity["type"]);
  const arn = textOf(identity["arn"]);
  const account = textOf(identity["accountId"]);
  if (type === "AWSService") return { is: "service", name: textOf(identity["invokedBy"]) ?? "an AWS service" };
  if (type === "AssumedRole") {
    const issuer = textOf(fieldsOf(fieldsOf(identity["sessionContext"])["sessionIssuer"])["arn"]);
    // The issuer's ARN has the role's path, the session's has not.
    if (issuer !== undefined) return { is: "iam", arn: issuer };
  }
  if (arn !== undefined) return { is: "iam", arn: roleOfSession(arn) };
  if (account !== undefined && /^\d{12}$/.test(account)) {
    const [id = ""] = (textOf(identity["principalId"]) ?? "").split(":");
    return { is: "foreign", id: id === "" ? "somebody" : id, account };
  }
  // A request without a signature is of an account that is none: `anonymous`, or `ANONYMOUS_PRINCIPAL`.
  return type === "AWSAccount" || type === "Unknown" ? { is: "anonymous" } : undefined;
}

/** The name of the bucket itself: a request through an access point may name that as its bucket. */
function bucketOf(event: Fields, parameters: Fields): string | undefined {
  const resources = Array.isArray(event["resources"]) ? event["resources"].map(fieldsOf) : [];
  const arn = textOf(resources.find(({ type }) => type === "AWS::S3::Bucket")?.["ARN"]);
  return arn?.split(":::")[1] ?? textOf(parameters["bucketName"]);
}

const applied: Readonly<Record<string, string>> = { SSE_S3: "AES256", SSE_KMS: "aws:kms", DSSE_KMS: "aws:kms:dsse" };

/**
 * | `additionalEventData.SSEApplied`                         | the request                    |
 * |----------------------------------------------------------|--------------------------------|
 * | `Default_SSE_S3`, `Default_SSE_KMS`, `Default_DSSE_KMS`  | had no header: the default did |
 * | `SSE_S3`, `SSE_KMS`, `DSSE_KMS`                          | had the header                 |
 * | `SSE_C`                                                  | had a customer's key           |
 *
 * Source: Amazon S3 User Guide, "Monitoring default encryption with AWS CloudTrail and Amazon EventBridge",
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption-tracking.html
 */
function saidOf(parameters: Fields, sseApplied: string | undefined): SaidEncryption {
  const header = textOf(parameters["x-amz-server-side-encryption"]);
  if (sseApplied === "SSE_C" || parameters["x-amz-server-side-encryption-customer-algorithm"] !== undefined) {
    return { is: "customer" };
  }
  if (header !== undefined) {
    const keyId = textOf(parameters["x-amz-server-side-encryption-aws-kms-key-id"]) ?? null;
    return { is: "algorithm", algorithm: header, keyId };
  }
  if (sseApplied === undefined) return Object.keys(parameters).length > 0 ? { is: "nothing" } : { is: "unknown" };
  if (sseApplied.startsWith("Default_")) return { is: "nothing" };
  const algorithm = applied[sseApplied];
  return algorithm === undefined ? { is: "unknown" } : { is: "algorithm", algorithm };
}

/** Services that come on their own, or for somebody, show no TLS: that is no plain HTTP. */
function transportOf(event: Fields, identity: Fields, extra: Fields): LoggedRequest["transport"] {
  const version = textOf(fieldsOf(event["tlsDetails"])["tlsVersion"]);
  if (version !== undefined) return isOldTls(version) ? "old" : "modern";
  if (textOf(extra["CipherSuite"]) !== undefined || event["tlsDetails"] !== undefined) return "modern";
  const address = textOf(event["sourceIPAddress"]) ?? "";
  const service = identity["type"] === "AWSService" || identity["invokedBy"] !== undefined;
  return service || !/^[0-9a-f.:]+$/i.test(address) ? "unknown" : "plain";
}

/**
 * One event of a CloudTrail log file.
 *
 * Source: AWS CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events",
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function parseCloudTrailEvent(text: string): Parsed {
  let event: Fields;
  try {
    event = fieldsOf(JSON.parse(text));
  } catch {
    return "unreadable";
  }
  const source = textOf(event["eventSource"]);
  const at = Date.parse(textOf(event["eventTime"]) ?? "");
  if (source === undefined || Number.isNaN(at)) return "unreadable";
  const parameters = fieldsOf(event["requestParameters"]);
  const bucket = bucketOf(event, parameters);
  // In China the source is s3.amazonaws.com.cn: its own pages show it so.
  if (!/^s3\.amazonaws\.com(\.cn)?$/.test(source) || bucket === undefined) return null;
  const identity = fieldsOf(event["userIdentity"]);
  const principal = principalOf(identity);
  if (principal === undefined) return "unreadable";
  const extra = fieldsOf(event["additionalEventData"]);
  const does = operations[textOf(event["eventName"]) ?? ""] ?? "other";
  const signature = textOf(extra["SignatureVersion"]);
  const lives = Number(textOf(parameters["X-Amz-Expires"]) ?? Number.NaN);
  const presigned = extra["AuthenticationMethod"] === "QueryString";
  return {
    from: "cloudtrail",
    isData: event["managementEvent"] === false || event["eventCategory"] === "Data",
    bucket,
    at,
    principal,
    does,
    refused: event["errorCode"] !== undefined,
    said: does === "write" ? saidOf(parameters, textOf(extra["SSEApplied"])) : { is: "unknown" },
    transport: transportOf(event, identity, extra),
    presigned: presigned && (Number.isNaN(lives) ? {} : { lives }),
    signature: signature === "SigV2" || signature === "SigV4" ? signature : "none",
  };
}

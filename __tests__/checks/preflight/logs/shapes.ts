/** Fields of an access log's record, as S3 documents them, each with what a plain PUT has. */
export interface AccessLogFields {
  readonly bucket?: string;
  readonly time?: string;
  readonly requester?: string;
  readonly operation?: string;
  /** As the log has it: URL-encoded. */
  readonly key?: string;
  readonly requestUri?: string;
  readonly status?: string;
  readonly referer?: string;
  readonly userAgent?: string;
  readonly signature?: string;
  readonly cipher?: string;
  readonly authentication?: string;
  readonly tls?: string;
  /** Fields that S3 may add one day. */
  readonly more?: string;
}

/** Canonical user id of the bucket's owner. */
export const logOwner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

/**
 * In the order and form of the User Guide's example.
 *
 * Source: Amazon S3 User Guide, "Amazon S3 server access log format".
 */
export function accessLogLine(fields: AccessLogFields = {}): string {
  const {
    bucket = "acme-uploads",
    time = "06/Nov/2026:00:01:57 +0000",
    requester = "arn:aws:iam::111111111111:user/alice",
    operation = "REST.PUT.OBJECT",
    key = "s3-dg.pdf",
    requestUri = `PUT /acme-uploads/${key} HTTP/1.1`,
    status = "200",
    referer = "-",
    userAgent = "S3Console/0.4",
    signature = "SigV4",
    cipher = "ECDHE-RSA-AES128-GCM-SHA256",
    authentication = "AuthHeader",
    tls = "TLSv1.2",
    more = "- - eu-west-1",
  } = fields;
  const front = `${logOwner} ${bucket} [${time}] 192.0.2.3 ${requester} DD6CC733AEXAMPLE ${operation} ${key}`;
  const answer = `${status} - - 4406583 41754 28`;
  const hostId = "10S62Zv81kBW7BB6SX4XJ48o6kpcl6LPwEoizZQQxJd5qDSCTLX0TgS37kYUBKQW3+bPdrg1234=";
  const back = `- ${hostId} ${signature} ${cipher} ${authentication} ${bucket}.s3.eu-west-1.amazonaws.com ${tls}`;
  return `${front} "${requestUri}" ${answer} "${referer}" "${userAgent}" ${back}${more && ` ${more}`}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** A role of the account, in a session. */
export const assumedRole = (name: string, path = "/"): Fields => ({
  type: "AssumedRole",
  principalId: `AROAEXAMPLEID23456789:session`,
  arn: `arn:aws:sts::111111111111:assumed-role/${name}/session`,
  accountId: "111111111111",
  accessKeyId: "ASIAEXAMPLE",
  sessionContext: {
    sessionIssuer: {
      type: "Role",
      principalId: "AROAEXAMPLEID23456789",
      arn: `arn:aws:iam::111111111111:role${path}${name}`,
      accountId: "111111111111",
      userName: name,
    },
    attributes: { creationDate: "2026-11-06T00:00:00Z", mfaAuthenticated: "false" },
  },
});

export interface EventFields {
  readonly name?: string;
  readonly time?: string;
  readonly bucket?: string;
  readonly identity?: Fields;
  readonly parameters?: Fields;
  readonly extra?: Fields;
  readonly more?: Fields;
}

/**
 * A data event in the shape that CloudTrail documents, without a header and encrypted by the default.
 *
 * Sources: AWS CloudTrail User Guide, "CloudTrail record contents"; Amazon S3 User Guide, "CloudTrail log file entries
 * for Amazon S3" and "Monitoring default encryption with AWS CloudTrail and Amazon EventBridge".
 */
export function cloudTrailEvent(fields: EventFields = {}): Fields {
  const {
    name = "PutObject",
    time = "2026-11-06T00:01:57Z",
    bucket = "acme-uploads",
    identity = assumedRole("app"),
  } = fields;
  const host = `${bucket}.s3.eu-west-1.amazonaws.com`;
  return {
    eventVersion: "1.10",
    userIdentity: identity,
    eventTime: time,
    eventSource: "s3.amazonaws.com",
    eventName: name,
    awsRegion: "eu-west-1",
    sourceIPAddress: "192.0.2.3",
    userAgent: "[aws-sdk-js/3.0]",
    requestParameters: { bucketName: bucket, Host: host, key: 'a {"key"} [\\]', ...fields.parameters },
    responseElements: { "x-amz-server-side-encryption": "AES256" },
    additionalEventData: {
      SignatureVersion: "SigV4",
      CipherSuite: "TLS_AES_128_GCM_SHA256",
      bytesTransferredIn: 83,
      ...(name === "PutObject" ? { SSEApplied: "Default_SSE_S3" } : {}),
      AuthenticationMethod: "AuthHeader",
      "x-amz-id-2": "DJGJVr6MP4Z6kL",
      bytesTransferredOut: 0,
      ...fields.extra,
    },
    requestID: "K5FH04G883381FE1",
    eventID: "b461aefe-7c3d-4056-a28b-3673d5a06dd9",
    readOnly: false,
    resources: [
      { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${bucket}/a` },
      { accountId: "111111111111", type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${bucket}` },
    ],
    eventType: "AwsApiCall",
    managementEvent: false,
    recipientAccountId: "111111111111",
    eventCategory: "Data",
    tlsDetails: { tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256", clientProvidedHostHeader: host },
    ...fields.more,
  };
}

/** As a log file has them. */
export const cloudTrailFile = (...events: readonly EventFields[]): string =>
  JSON.stringify({ Records: events.map(cloudTrailEvent) });

const aspects = ["content", "metadata", "headers", "storage class", "website redirect", "tags", "ACL"] as const;

/** What of an object a client has to leave as it is; texts, to be compared. */
export type Observation = Readonly<Record<(typeof aspects)[number], string>>;

/** An answer of S3, as far as an audit reads it. */
export interface Answered {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const kept = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
];

const textOf = ({ body }: Answered): string => Buffer.from(body).toString("latin1");

/** From the answers to GetObject, GetObjectTagging and GetObjectAcl. */
export function observe(object: Answered, tags: Answered, acl: Answered): Observation {
  const { headers } = object;
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-"));
  return {
    content: textOf(object),
    metadata: JSON.stringify(metadata.sort()),
    headers: JSON.stringify(kept.map((name) => headers[name])),
    "storage class": headers["x-amz-storage-class"] ?? "STANDARD",
    "website redirect": headers["x-amz-website-redirect-location"] ?? "",
    tags: textOf(tags),
    ACL: textOf(acl),
  };
}

/** Aspects in which an object is not what it was; `object` where it cannot be read any more. */
export const lostBetween = (before: Observation, after: Observation | undefined): readonly string[] =>
  after ? aspects.filter((aspect) => before[aspect] !== after[aspect]) : ["object"];

/** Whether GetObject shows the encryption that was asked for, with its key and its bucket key. */
export const isEncrypted = ({ headers }: Answered, algorithm: string, keyArn: string | undefined): boolean =>
  headers["x-amz-server-side-encryption"] === algorithm &&
  (keyArn === undefined ||
    (headers["x-amz-server-side-encryption-aws-kms-key-id"] === keyArn &&
      headers["x-amz-server-side-encryption-bucket-key-enabled"] === "true"));

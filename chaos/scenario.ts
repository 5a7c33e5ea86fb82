/** One kind of bucket, and how it is converted. */
export interface Scenario {
  readonly name: string;
  readonly versioning: "Disabled" | "Enabled" | "Suspended";
  readonly acls: boolean;
  readonly objectLock: boolean;
  readonly sse: "AES256" | "aws:kms" | "aws:kms:dsse";
  /** More words of the command. */
  readonly words: readonly string[];
}

export const plain = { versioning: "Disabled", acls: false, objectLock: false, sse: "aws:kms" } as const;

/** In turn. */
export const scenarios: readonly [Scenario, ...Scenario[]] = [
  { ...plain, name: "SSE-KMS", words: ["--concurrency", "4"] },
  {
    ...plain,
    name: "SSE-KMS, all versions, ACLs",
    versioning: "Enabled",
    acls: true,
    words: ["--versions", "all", "--concurrency", "16"],
  },
  {
    ...plain,
    name: "SSE-S3 by copies, ACLs",
    acls: true,
    sse: "AES256",
    words: ["--engine", "copy", "--concurrency", "4"],
  },
  { ...plain, name: "SSE-KMS, Object Lock", versioning: "Enabled", objectLock: true, words: ["--concurrency", "6"] },
  { ...plain, name: "DSSE-KMS, versioning suspended", versioning: "Suspended", sse: "aws:kms:dsse", words: [] },
  { ...plain, name: "SSE-KMS through the SDK", words: ["--transport", "sdk", "--concurrency", "4"] },
];

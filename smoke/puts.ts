import { setTimeout as wait } from "node:timers/promises";
import type { PutObjectCommandInput, S3 } from "@aws-sdk/client-s3";
import { refusalOf } from "../conformance/expect";
import type { Stage } from "../src/fleet/fleet";
import type { Check } from "./report";

type Encryption = Pick<
  PutObjectCommandInput,
  "ServerSideEncryption" | "SSEKMSKeyId" | "SSECustomerAlgorithm" | "SSECustomerKey"
>;

type Outcome = "AES256" | "aws:kms" | "AccessDenied";

interface Put {
  /** In words, such as "with AES256". */
  readonly how: string;
  readonly encryption: Encryption;
  readonly overPlainHttp?: boolean;
  /** How it is stored, or that it is refused, at stage prepare, encrypt, and from enforce on. */
  readonly outcomes: readonly [Outcome, Outcome, Outcome];
}

/** Where to put, and the keys to name. */
export interface PutsProps {
  readonly s3: S3;
  /** Without TLS, where the server has that. */
  readonly plainHttp?: S3;
  readonly bucket: string;
  /** The stack's key; from stage prepare on there is one. */
  readonly keyArn: string;
  readonly anotherKeyArn: string;
}

const column: Readonly<Record<Stage, 0 | 1 | 2>> = { prepare: 0, encrypt: 1, enforce: 2, released: 2 };

/** What clients do, and what comes of it in a bucket whose target is SSE-KMS. A new bucket blocks SSE-C from the start. */
const puts = ({ keyArn, anotherKeyArn, plainHttp }: PutsProps): readonly Put[] => [
  { how: "without a header", encryption: {}, outcomes: ["AES256", "aws:kms", "AccessDenied"] },
  {
    how: "with AES256",
    encryption: { ServerSideEncryption: "AES256" },
    outcomes: ["AES256", "AccessDenied", "AccessDenied"],
  },
  {
    how: "with aws:kms and no key",
    encryption: { ServerSideEncryption: "aws:kms" },
    outcomes: ["aws:kms", "AccessDenied", "AccessDenied"],
  },
  {
    how: "with aws:kms and another key",
    encryption: { ServerSideEncryption: "aws:kms", SSEKMSKeyId: anotherKeyArn },
    outcomes: ["aws:kms", "AccessDenied", "AccessDenied"],
  },
  {
    how: "with aws:kms and the key",
    encryption: { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn },
    outcomes: ["aws:kms", "aws:kms", "aws:kms"],
  },
  {
    how: "with a customer key",
    encryption: { SSECustomerAlgorithm: "AES256", SSECustomerKey: "0123456789abcdef0123456789abcdef" },
    outcomes: ["AccessDenied", "AccessDenied", "AccessDenied"],
  },
  ...(plainHttp
    ? [
        {
          how: "over plain HTTP, without a header",
          encryption: {},
          overPlainHttp: true,
          outcomes: ["AES256", "AccessDenied", "AccessDenied"],
        } as const,
      ]
    : []),
];

/** S3's settings of buckets are eventually consistent, so a put that ends otherwise is tried again. */
const attempts = 5;

/**
 * Puts in every way that the enforcement tells apart, and says whether each one ended as it should at this stage.
 *
 * @param settling milliseconds between attempts
 */
export async function checkPuts(stage: Stage, props: PutsProps, settling: number): Promise<Check[]> {
  const { bucket, s3, plainHttp } = props;
  const checks: Check[] = [];
  for (const { how, encryption, overPlainHttp, outcomes } of puts(props)) {
    const client = (overPlainHttp && plainHttp) || s3;
    const put = { Bucket: bucket, Key: "put", Body: "body", ...encryption };
    const expected = outcomes[column[stage]];
    let found = await outcomeOf(client, put);
    for (let attempt = 1; attempt < attempts && found !== expected; attempt++) {
      await wait(settling);
      found = await outcomeOf(client, put);
    }
    checks.push({ claim: `stage ${stage}: a put ${how} is to end as ${expected}`, holds: found === expected, found });
  }
  return checks;
}

async function outcomeOf(s3: S3, put: PutObjectCommandInput): Promise<string> {
  let stored = "";
  const refusal = await refusalOf(
    s3.putObject(put).then(({ ServerSideEncryption }) => {
      stored = ServerSideEncryption ?? "no encryption";
    }),
  );
  return refusal ? (refusal.code ?? String(refusal.status)) : stored;
}

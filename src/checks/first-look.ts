import type { Clock } from "../reencrypt/clock";
import { describe } from "../reencrypt/outcome";
import type { Answer, ObjectStore, Refused } from "../s3/object-store";
import { CouldNotLook } from "./settings";

export interface FirstLook {
  /** One attempt a call: a place that is no S3 is asked for seconds, and not for a minute. */
  readonly store: ObjectStore;
  readonly bucket: string;
  /** 12 digits. */
  readonly account: string;
  readonly prefix?: string;
  /** A key that no object has. */
  readonly probeKey: string;
  readonly clock: Clock;
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;

async function persistently<T>(clock: Clock, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (answer.is === "done" || answer.is === "refused" || attempt === ATTEMPTS) return answer;
    await clock.sleep(clock.random() * FIRST_PAUSE_MS * 2 ** attempt);
  }
}

function whyNotListed({ bucket, account }: FirstLook, refused: Refused): string {
  if (refused.code === "NoSuchBucket") return "there is no such bucket";
  if (refused.code === "AccessDenied") {
    return `s3:ListBucket on s3://${bucket} is denied to this caller, or the bucket is not of account ${account}: ${refused.message}`;
  }
  return `it cannot be listed: ${describe(refused)}`;
}

/**
 * Whether there is such a bucket, here, of this account, and whether its objects may be listed and looked at.
 *
 * The look is at a key that no object has: S3 answers 404 to those who may look, and 403 to all others.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 *
 * @throws CouldNotLook naming the permission, the region or whatever else is wrong
 */
export async function firstLook(request: FirstLook): Promise<void> {
  const { store, bucket, prefix, probeKey, clock } = request;
  const listed = await persistently(clock, () => store.list({ prefix, limit: 1 }));
  if (listed.is === "refused") throw new CouldNotLook(`s3://${bucket}: ${whyNotListed(request, listed)}`);
  if (listed.is !== "done") throw new CouldNotLook(`s3://${bucket}: ${whyNoAnswer(listed)}`);
  const headed = await persistently(clock, () => store.head({ key: probeKey }));
  if (headed.is === "refused" && headed.status === 403) {
    throw new CouldNotLook(`s3://${bucket}: s3:GetObject on s3://${bucket}/${prefix ?? ""}* is denied to this caller`);
  }
  if (headed.is === "throttled" || headed.is === "unknown") {
    throw new CouldNotLook(`s3://${bucket}: ${whyNoAnswer(headed)}`);
  }
}

const whyNoAnswer = (answer: Exclude<Answer<unknown>, { is: "done" | "refused" }>): string =>
  answer.is === "throttled"
    ? `S3 told us to come back later, ${ATTEMPTS} times`
    : `${ATTEMPTS} times no clear answer: ${answer.cause}. S3 is in trouble, or this is no S3`;

import { AwsError } from "../service";

/** Texts as S3 and KMS write them: clients tell S3's and KMS's throttling apart by these alone. */
const slowDownText = "Please reduce your request rate.";
const kmsText = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

export const internalError = (status: 200 | 500): AwsError =>
  new AwsError("InternalError", status, "We encountered an internal error. Please try again.");

export const slowDown = (status: 200 | 503): AwsError => new AwsError("SlowDown", status, slowDownText);

/** What S3 answers when KMS throttles it. */
export const kmsSlowDown = (): AwsError =>
  new AwsError("SlowDown", 503, "Please reduce your request rate for operations involving AWS KMS.");

/** What KMS answers itself; S3 passes it on under a name of its own. */
export const kmsThrottling = (by: "s3" | "kms"): AwsError =>
  new AwsError(by === "s3" ? "KMS.ThrottlingException" : "ThrottlingException", 400, kmsText);

/** What IAM and STS answer. */
export const throttling = (): AwsError => new AwsError("Throttling", 400, "Rate exceeded");

export const expiredToken = (): AwsError => new AwsError("ExpiredToken", 400, "The provided token has expired.");

export const clockSkew = (now: number): AwsError =>
  new AwsError(
    "RequestTimeTooSkewed",
    403,
    "The difference between the request time and the current time is too large.",
    {
      ServerTime: new Date(now).toISOString(),
      MaxAllowedSkewMilliseconds: 900_000,
    },
  );

/** What a caller in process gets where a client behind a socket would have its connection reset. */
export class ConnectionReset extends Error {
  readonly code = "ECONNRESET";

  constructor() {
    super("read ECONNRESET");
  }
}

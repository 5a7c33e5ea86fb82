import { S3Client } from "@aws-sdk/client-s3";
import { type Credentials, createLocalAws, type LocalAwsOptions } from "../../local/aws";
import { requestHandler } from "../support/request-handler";

export const account = "111122223333";
export const otherAccount = "444455556666";

/** A local AWS with an account's administrator, and clients of its S3. */
export function localS3(options?: LocalAwsOptions) {
  const aws = createLocalAws(options);
  const client = (credentials: Credentials, region = "us-east-1", endpoint = "https://127.0.0.1"): S3Client =>
    new S3Client({ region, credentials, endpoint, requestHandler: requestHandler(aws.handle), maxAttempts: 1 });
  return { aws, client, s3: client(aws.addAccount(account)) };
}

/** The error that a call ends with. */
export async function refused(
  call: Promise<unknown>,
): Promise<{ code: string; status: number; message: string; fields: Record<string, unknown> }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { $metadata, ...fields } = error as Error & { $metadata?: { httpStatusCode?: number } } & Record<
        string,
        unknown
      >;
    return { code: error.name, status: $metadata?.httpStatusCode ?? 0, message: error.message, fields };
  }
  throw new Error("The call was not refused.");
}

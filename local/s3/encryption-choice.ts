import { createHash } from "node:crypto";
import { AwsError, type Context } from "../service";
import { accessDenied, invalidArgument, invalidRequest } from "./errors";
import type { Bucket } from "./state";

/** How a new object will be encrypted, before any key is asked for. */
export type EncryptionChoice =
  | { readonly is: "none" }
  | { readonly is: "AES256" }
  | {
      readonly is: "aws:kms" | "aws:kms:dsse";
      /** Absent: the AWS managed key `aws/s3`. */
      readonly keyId?: string;
      readonly bucketKey: boolean;
      readonly context: Readonly<Record<string, string>>;
    }
  | { readonly is: "customer"; readonly customerKey: CustomerKey };

export interface CustomerKey {
  readonly key: Buffer;
  readonly md5: string;
}

/** The three headers of SSE-C, as requests for an object and for a copy's source have them. */
export interface CustomerKeyHeaders {
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
  readonly SSECustomerKeyMD5?: string;
}

export interface EncryptionHeaders extends CustomerKeyHeaders {
  readonly ServerSideEncryption?: string;
  readonly SSEKMSKeyId?: string;
  readonly SSEKMSEncryptionContext?: string;
  readonly BucketKeyEnabled?: boolean;
}

const header = "x-amz-server-side-encryption";

/** Reads and parts take their encryption from what is there: API Reference, GetObject, "Encryption". */
export function refuseEncryptionHeader(context: Context): void {
  const sent = context.request.headers[header];
  if (sent !== undefined) throw invalidArgument(`${header} header is not supported for this operation.`, header, sent);
}

/** @throws AwsError if the headers do not make a valid key */
export function customerKeyOf(context: Pick<Context, "secure">, headers: CustomerKeyHeaders): CustomerKey | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: encoded, SSECustomerKeyMD5: md5 } = headers;
  if (algorithm === undefined && encoded === undefined && md5 === undefined) return undefined;
  const requests = "Requests specifying Server Side Encryption with Customer provided keys must";
  if (!context.secure) throw invalidRequest(`${requests} be made over a secure connection.`);
  if (algorithm === undefined) throw invalidArgument(`${requests} provide a valid encryption algorithm.`, header);
  if (encoded === undefined) throw invalidArgument(`${requests} provide an appropriate secret key.`, header);
  if (algorithm !== "AES256") {
    const message = "The Encryption request you specified is not valid. Supported value: AES256.";
    const fields = { ArgumentName: header, ArgumentValue: algorithm };
    throw new AwsError("InvalidEncryptionAlgorithmError", 400, message, fields);
  }
  const key = Buffer.from(encoded, "base64");
  if (key.length !== 32) throw invalidArgument("The secret key was invalid for the specified algorithm.", header);
  const calculated = createHash("md5").update(key).digest("base64");
  if (md5 !== undefined && md5 !== calculated) {
    throw invalidArgument("The calculated MD5 hash of the key did not match the hash that was provided.", header);
  }
  return { key, md5: calculated };
}

function contextOf(encoded: string | undefined): Record<string, string> {
  if (encoded === undefined) return {};
  const refused = (): AwsError =>
    invalidArgument(
      "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
      "x-amz-server-side-encryption-context",
    );
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(encoded, "base64").toString("utf8"));
  } catch {
    throw refused();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused();
  const entries = Object.entries(value).map(([name, text]): [string, string] => {
    if (typeof text !== "string") throw refused();
    return [name, text];
  });
  return Object.fromEntries(entries);
}

/**
 * What decides over a new object's encryption: SSE-C headers, else the encryption header, else the bucket's default.
 * What a copy's source had never does.
 *
 * | request                  | bucket's rule       | result                                            |
 * |--------------------------|---------------------|---------------------------------------------------|
 * | SSE-C                    | blocks SSE-C        | 403 AccessDenied                                  |
 * | SSE-C                    | any                 | SSE-C                                             |
 * | `AES256`                 | any                 | SSE-S3                                            |
 * | `aws:kms`, key           | any                 | that key                                          |
 * | `aws:kms` without a key  | any                 | the managed key `aws/s3`, not the bucket's        |
 * | bucket key not mentioned | any                 | bucket key as the bucket has it; never with DSSE  |
 * | nothing                  | a rule              | as the rule says                                  |
 * | nothing                  | none was ever put   | SSE-S3; before 2023-01-05 unencrypted             |
 *
 * Source: API Reference, PutObject; User Guide, "Setting default server-side encryption behavior".
 */
export function chooseEncryption(context: Context, bucket: Bucket, asked: EncryptionHeaders): EncryptionChoice {
  const rule = bucket.settings.encryption?.Rules?.[0];
  const algorithm = asked.ServerSideEncryption;
  const customerKey = customerKeyUnlessBoth(context, asked);
  if (customerKey) {
    if (bucket.settings.blockedEncryptionTypes?.includes("SSE-C")) throw accessDenied();
    return { is: "customer", customerKey };
  }
  if (asked.SSEKMSKeyId !== undefined && !algorithm?.startsWith("aws:kms")) {
    throw invalidArgument(
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
      header,
      algorithm,
    );
  }
  const byDefault = rule?.ApplyServerSideEncryptionByDefault;
  const chosen = algorithm ?? byDefault?.SSEAlgorithm ?? context.state.s3.defaultEncryption;
  switch (chosen) {
    case "none":
    case "AES256":
      return { is: chosen };
    case "aws:kms":
    case "aws:kms:dsse":
      return {
        is: chosen,
        keyId: algorithm === undefined ? byDefault?.KMSMasterKeyID : asked.SSEKMSKeyId,
        bucketKey: chosen === "aws:kms" && (asked.BucketKeyEnabled ?? rule?.BucketKeyEnabled ?? false),
        context: contextOf(asked.SSEKMSEncryptionContext),
      };
    default:
      throw invalidArgument("The encryption method specified is not supported", header, chosen);
  }
}

function customerKeyUnlessBoth(context: Context, asked: EncryptionHeaders): CustomerKey | undefined {
  if (asked.SSECustomerAlgorithm !== undefined && asked.ServerSideEncryption !== undefined) {
    throw invalidArgument(
      "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
      header,
      asked.ServerSideEncryption,
    );
  }
  return customerKeyOf(context, asked);
}

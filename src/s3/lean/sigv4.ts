import { createHmac } from "node:crypto";
import { canonicalRequest, type RequestToSign } from "./canonical-request";
import { hmacOfTails, sha256 } from "./sha256";

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Without the headers that the signature brings. */
export type UnsignedRequest = RequestToSign;

/** The headers to send: those given, `x-amz-date`, `x-amz-content-sha256`, `x-amz-security-token` and `authorization`. */
export type Sign = (request: UnsignedRequest, credentials: SigningCredentials, now: number) => Record<string, string>;

/** Everything of a signature that requests of the same second and credentials share. */
interface Moment {
  readonly second: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** As in 20130524T000000Z. */
  readonly date: string;
  readonly authorization: string;
  readonly signature: (hashOfCanonicalRequest: string) => string;
}

interface SigningKey {
  readonly secretAccessKey: string;
  readonly day: string;
  readonly bytes: Uint8Array;
}

const hmac = (key: string | Uint8Array, text: string): Uint8Array => createHmac("sha256", key).update(text).digest();

/**
 * Signs requests as S3 wants them: the path encoded once and never normalised, the payload's hash in a header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * What a second, a day and a set of header names have in common is computed once, so that a request costs three hashes.
 */
export function signer({ region, service }: { readonly region: string; readonly service: string }): Sign {
  let key: SigningKey | undefined;
  let moment: Moment | undefined;

  const keyOf = (secretAccessKey: string, day: string): SigningKey => {
    if (key?.day === day && key.secretAccessKey === secretAccessKey) return key;
    const bytes = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), service), "aws4_request");
    key = { secretAccessKey, day, bytes };
    return key;
  };

  const momentOf = ({ accessKeyId, secretAccessKey }: SigningCredentials, now: number): Moment => {
    const second = Math.floor(now / 1000);
    if (moment?.second === second && moment.accessKeyId === accessKeyId && moment.secretAccessKey === secretAccessKey) {
      return moment;
    }
    const date = `${new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/${service}/aws4_request`;
    moment = {
      second,
      accessKeyId,
      secretAccessKey,
      date,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=`,
      signature: hmacOfTails(keyOf(secretAccessKey, day).bytes, `AWS4-HMAC-SHA256\n${date}\n${scope}\n`, 64),
    };
    return moment;
  };

  return (request, credentials, now) => {
    const { date, authorization, signature } = momentOf(credentials, now);
    const { payloadHash, headers } = request;
    // The given ones come last, since V8 is ten times slower at adding properties behind a spread.
    const sent: Record<string, string> =
      credentials.sessionToken === undefined
        ? { authorization: "", "x-amz-content-sha256": payloadHash, "x-amz-date": date, ...headers }
        : {
            authorization: "",
            "x-amz-content-sha256": payloadHash,
            "x-amz-date": date,
            "x-amz-security-token": credentials.sessionToken,
            ...headers,
          };
    const { text, signedHeaders } = canonicalRequest(request, sent);
    sent["authorization"] = `${authorization}${signedHeaders}, Signature=${signature(sha256(text))}`;
    return sent;
  };
}

import { errorBody } from "./answers";
import type { BucketEndpoint } from "./endpoint";
import type { HttpRequest, HttpResponse, Send } from "./http";
import { type Credentials, expiredTokens, type Identity } from "./identity";
import type { Operation } from "./requests";
import { emptyPayloadHash } from "./sha256";
import { signer } from "./sigv4";
import { encodeKey } from "./uri";

export interface SignedSendProps {
  readonly send: Send;
  readonly endpoint: BucketEndpoint;
  readonly identity: Identity;
  /** 12-digit account id that must own the bucket: sent with every request, so that S3 refuses any other. */
  readonly expectedBucketOwner: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** With what a request was signed. */
interface Access {
  readonly credentials: Credentials;
  readonly offset: number;
}

/** S3 refuses a signature that is 15 minutes off; as in the SDK, a third of that is taken to be the reason. */
const CLOCK_SKEW = 5 * 60_000;

/**
 * Gives an operation its address and signature, and sends it.
 *
 * What S3 did not let in, because the token had expired or the clock was wrong, had no effect: with other credentials
 * or S3's own time it is sent once more. That is all that is ever sent twice.
 */
export function signedSend(props: SignedSendProps): (operation: Operation) => Promise<HttpResponse> {
  const { send, endpoint, identity, expectedBucketOwner, now } = props;
  const { origin, host } = endpoint;
  const sign = signer({ region: endpoint.signingRegion, service: "s3" });
  /** Of S3's clock to ours. */
  let clockOffset = 0;

  const signed = (operation: Operation, { credentials, offset }: Access): HttpRequest => {
    const { method, key, query, payload } = operation;
    const path = key === undefined ? endpoint.path || "/" : `${endpoint.path}/${encodeKey(key)}`;
    const headers = { ...operation.headers, "x-amz-expected-bucket-owner": expectedBucketOwner };
    const unsigned = { method, host, path, query, headers, payloadHash: payload?.hash ?? emptyPayloadHash };
    const sent = sign(unsigned, credentials, now() + offset);
    sent["host"] = host;
    const url = query === "" ? `${origin}${path}` : `${origin}${path}?${query}`;
    return { method, url, headers: sent, body: payload?.body };
  };

  /** What S3 would have needed to let the request in, if it was that. */
  const accessAfter = async (response: HttpResponse, used: Access): Promise<Access | undefined> => {
    const offset = Date.parse(response.headers["date"] ?? "") - now();
    if (response.status === 403 && Math.abs(offset - used.offset) >= CLOCK_SKEW) {
      clockOffset = offset;
      return { ...used, offset };
    }
    if (!expiredTokens.has(errorBody(response).code ?? "")) return undefined;
    const credentials = await identity.renewed(used.credentials);
    return credentials.sessionToken === used.credentials.sessionToken ? undefined : { ...used, credentials };
  };

  return async (operation) => {
    const held = identity.current();
    const used = { credentials: held instanceof Promise ? await held : held, offset: clockOffset };
    const response = await send(signed(operation, used));
    if (response.status !== 400 && response.status !== 403) return response;
    const access = await accessAfter(response, used);
    return access ? send(signed(operation, access)) : response;
  };
}

import { Hash } from "@smithy/core/serde";
import { HttpRequest } from "@smithy/core/transport";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SigningCredentials } from "../../../src/s3/lean/sigv4";

export interface RequestForSdk {
  readonly method: string;
  readonly host: string;
  /** Percent-encoded. */
  readonly path: string;
  /** Not encoded. */
  readonly query: Readonly<Record<string, string>>;
  /** Without those that a signer adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadHash: string;
}

export interface SignedRequest {
  readonly canonical: string;
  readonly headers: Readonly<Record<string, string>>;
}

class Recording extends SignatureV4 {
  canonical = "";

  protected override createCanonicalRequest(...given: Parameters<SignatureV4["createCanonicalRequest"]>): string {
    this.canonical = super.createCanonicalRequest(...given);
    return this.canonical;
  }
}

/** What the SDK's signer makes of a request, set up as its S3 client does. */
export async function signedBySdk(
  { method, host, path, query, headers, payloadHash }: RequestForSdk,
  credentials: SigningCredentials,
  scope: { readonly region: string; readonly now: number },
): Promise<SignedRequest> {
  const recording = new Recording({
    credentials,
    region: scope.region,
    service: "s3",
    sha256: Hash.bind(null, "sha256"),
    uriEscapePath: false,
    applyChecksum: true,
  });
  const request = new HttpRequest({
    method,
    hostname: host,
    path,
    query: { ...query },
    headers: { ...headers, host, "x-amz-content-sha256": payloadHash },
  });
  const { headers: sent } = await recording.sign(request, { signingDate: new Date(scope.now) });
  return { canonical: recording.canonical, headers: sent };
}

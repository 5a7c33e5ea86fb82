import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../local/aws";
import type { HttpRequest } from "../local/service";

const sha256 = (data: string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** Of one day, account and service: an application signs many requests with it. */
let held: { readonly name: string; readonly key: string | Buffer } | undefined;

function signingKey(secretAccessKey: string, scope: readonly string[]): string | Buffer {
  const name = [secretAccessKey, ...scope].join(" ");
  if (held?.name !== name) held = { name, key: scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`) };
  return held.key;
}

export interface Unsigned {
  readonly method: string;
  /** With its slash; plain characters only, since it is signed as it is. */
  readonly path: string;
  /** Names in order. */
  readonly query?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * A request in us-east-1 with its signature, which is good for a quarter of an hour.
 *
 * Source: IAM User Guide, "Create a signed AWS API request".
 */
export function signed(
  origin: string,
  unsigned: Unsigned,
  { accessKeyId, secretAccessKey }: Credentials,
  service = "s3",
  now = Date.now(),
): HttpRequest {
  const { method, path, query = "", body = "" } = unsigned;
  const date = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const hash = sha256(body);
  const headers: Record<string, string> = {
    ...unsigned.headers,
    host: new URL(origin).host,
    "x-amz-content-sha256": hash,
    "x-amz-date": date,
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join("");
  const canonical = [method, path, query, lines, names.join(";"), hash].join("\n");
  const scope = [date.slice(0, 8), "us-east-1", service, "aws4_request"];
  const key = signingKey(secretAccessKey, scope);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope.join("/"), sha256(canonical)].join("\n")).toString(
    "hex",
  );
  return {
    method,
    url: `${origin}${path}${query && `?${query}`}`,
    headers: {
      ...headers,
      ...(body && { "content-length": String(Buffer.byteLength(body)) }),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join("/")}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    },
    body: Buffer.from(body),
  };
}

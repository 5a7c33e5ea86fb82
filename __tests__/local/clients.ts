import { Readable } from "node:stream";
import { S3Client } from "@aws-sdk/client-s3";
import { HttpResponse } from "@smithy/core/transport";
import { type Credentials, createLocalAws, type LocalAws, type LocalAwsOptions } from "../../local/aws";

interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const queryOf = (query: SdkRequest["query"] = {}): string =>
  Object.entries(query)
    .flatMap(([name, value]) =>
      [value].flat().map((one) => (one === null ? encode(name) : `${encode(name)}=${encode(one ?? "")}`)),
    )
    .join("&");

async function bytesOf(body: unknown): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return Buffer.from(body);
  // A plain copy: the SDK hands over subclasses that warn when they are read.
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What an SDK client takes as its requestHandler, so that it talks to a local AWS without a socket in between. */
export const inProcess = (aws: Pick<LocalAws, "handle">) => ({
  async handle(request: SdkRequest): Promise<{ response: HttpResponse }> {
    const query = queryOf(request.query);
    const host = `${request.hostname}${request.port ? `:${request.port}` : ""}`;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const {
      status,
      headers: answered,
      body,
    } = await aws.handle({
      method: request.method,
      url: `${request.protocol}//${host}${request.path}${query ? `?${query}` : ""}`,
      headers: { host, ...headers },
      body: await bytesOf(request.body),
    });
    return {
      response: new HttpResponse({ statusCode: status, headers: answered, body: Readable.from([Buffer.from(body)]) }),
    };
  },
});

export const account = "111122223333";
export const otherAccount = "444455556666";

/** A local AWS with an account's administrator, and clients of its S3. */
export function localS3(options?: LocalAwsOptions) {
  const aws = createLocalAws(options);
  const client = (credentials: Credentials, region = "us-east-1", endpoint = "https://127.0.0.1"): S3Client =>
    new S3Client({ region, credentials, endpoint, requestHandler: inProcess(aws), maxAttempts: 1 });
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

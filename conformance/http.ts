import { request as overHttp } from "node:http";
import { request as overTls } from "node:https";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Of an error in XML. */
  readonly code?: string;
}

/** The text of the first element of this name, as it stands. */
export const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];

/** One request as it stands: nothing is added but the length, nothing is followed or repeated. */
export const send = (
  address: string,
  {
    method,
    headers,
    body = "",
    ca,
  }: { method: string; headers: Readonly<Record<string, string>>; body?: string | Uint8Array; ca?: string },
): Promise<HttpAnswer> =>
  new Promise((done, reject) => {
    const secure = address.startsWith("https:");
    // A string keeps the path as it was encoded; a URL object would tidy it.
    const [, host = "", port = "", path = "/"] = /^https?:\/\/([^/:]+)(?::(\d+))?(.*)$/.exec(address) ?? [];
    const options = {
      method,
      host,
      port: port || (secure ? 443 : 80),
      path,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      ...(ca && { ca }),
    };
    const outgoing = (secure ? overTls : overHttp)(options, (incoming) => {
      const pieces: Buffer[] = [];
      incoming.on("data", (piece: Buffer) => pieces.push(piece));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(pieces).toString();
        const code = element(text, "Code");
        const answered = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
        done({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(answered), text, ...(code && { code }) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });

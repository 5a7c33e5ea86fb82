import type { HttpRequest } from "./http";

type Headers = Readonly<Record<string, string>>;

const printable = /^[\t\x20-\x7e]*$/;
const control = /[\x00-\x08\x0a-\x1f\x7f]/;
const inPath = /^\/[\x21-\x7e]*$/;

/** Header values go out as UTF-8, one byte a character, which is how S3 reads and signs them. */
export function onTheWire(headers: Headers): Headers {
  let changed: Record<string, string> | undefined;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || printable.test(value)) continue;
    changed ??= { ...headers };
    changed[name] = asBytes(name, value);
  }
  return changed ?? headers;
}

function asBytes(name: string, value: string): string {
  if (control.test(value)) throw new TypeError(`a control character in the header ${name}`);
  return Buffer.from(value).toString("latin1");
}

/** What the framing needs is written here, and nowhere else. */
const ours = new Set(["connection", "content-length", "expect", "keep-alive", "transfer-encoding", "upgrade"]);

/**
 * A request as it goes over the wire, one byte a character.
 *
 * @param path with the query
 * @throws TypeError for a path or a value that could be read as the end of it
 */
export function requestText({ method, headers, body }: HttpRequest, path: string, host: string): string {
  if (!inPath.test(path)) throw new TypeError(`a path that is not encoded: ${path}`);
  let text = `${method} ${path} HTTP/1.1\r\n`;
  if (headers["host"] === undefined) text += `host: ${host}\r\n`;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || ours.has(name)) continue;
    text += `${name}: ${printable.test(value) ? value : asBytes(name, value)}\r\n`;
  }
  if (body)
    return `${text}content-length: ${body.length}\r\n\r\n${Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1")}`;
  return method === "PUT" || method === "POST" ? `${text}content-length: 0\r\n\r\n` : `${text}\r\n`;
}

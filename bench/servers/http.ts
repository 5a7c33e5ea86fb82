/** One request, as far as a null server has to know it. */
export interface Request {
  readonly method: string;
  /** As it was sent, percent-encoded. */
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  /** The request line and the headers, as they were sent. */
  readonly head: string;
  readonly body: string;
}

/** Reads one header of requests, whatever the case of its name. */
export function header(name: string): (request: Pick<Request, "head">) => string | undefined {
  const pattern = new RegExp(`\\r\\n${name}: *([^\\r]*)`, "i");
  return ({ head }) => pattern.exec(head)?.[1];
}

const contentLength = header("content-length");
const transferEncoding = header("transfer-encoding");

/**
 * The request at the beginning of a text of one character a byte, and its length; nothing while it is not whole yet.
 *
 * @throws Error for what is no request, or has a body in chunks: nothing is measured that was not understood
 */
export function parse(text: string): { readonly request: Request; readonly length: number } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const lineEnd = head.indexOf("\r\n");
  const line = lineEnd < 0 ? head : head.slice(0, lineEnd);
  const [method = "", target = "", version, more] = line.split(" ");
  if (version !== "HTTP/1.1" || more !== undefined) throw new Error(`This is no request: ${line.slice(0, 200)}`);
  if (transferEncoding({ head }) !== undefined) throw new Error(`A body in chunks: ${line.slice(0, 200)}`);
  const length = end + 4 + Number(contentLength({ head }) ?? 0);
  if (text.length < length) return undefined;
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? "" : target.slice(question + 1);
  return { request: { method, path, query, head, body: text.slice(end + 4, length) }, length };
}

export interface Response {
  readonly status: 200 | 404 | 501;
  /** Lines that end with CR LF. */
  readonly headers?: string;
  readonly body?: string;
}

const reasons = { 200: "OK", 404: "Not Found", 501: "Not Implemented" } as const;

let second = 0;
let date = "";

/** The SDK takes a clock that is off for the reason of an error, and asks again and again. */
function dateNow(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1000).toUTCString();
  }
  return date;
}

/** A response as it goes over the wire. HEAD gets no body, and the length that is given: that of the object. */
export function write({ status, headers = "", body = "" }: Response, toHead?: { readonly length: number }): string {
  const length = toHead ? toHead.length : body.length;
  const head = `HTTP/1.1 ${status} ${reasons[status]}\r\n${headers}Date: ${dateNow()}\r\nContent-Length: ${length}\r\n\r\n`;
  return toHead ? head : head + body;
}

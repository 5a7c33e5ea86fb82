import { errors } from "undici";
import { headerName } from "./header-names";
import type { HttpResponse } from "./http";

/** What of an answer comes next. */
type Part = "head" | "body" | "chunkSize" | "chunk" | "chunkEnd" | "trailer" | "untilTheEnd" | "nothing";

/** Characters of all headers together, and of a line between chunks. */
const LARGEST_HEAD = 64 * 1024;
const LARGEST_LINE = 4 * 1024;

const nothing = new Uint8Array();
const begin = "HTTP/1.";
const beyondAscii = /[\x80-\xff]/;
const statusLine = /^HTTP\/1\.[01] [1-5]\d\d[ \r]/;
const size = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\r\n$/;

/** S3 writes UTF-8. What is none is kept byte by byte, as every other HTTP client does. */
function textOf(bytes: string): string {
  const text = Buffer.from(bytes, "latin1").toString("utf8");
  return text.includes("\ufffd") ? bytes : text;
}

/** Without the blanks around it, and no others: in UTF-8 the last byte of a letter may look like one. */
function trimmed(text: string, from: number, to: number): string {
  let [first, end] = [from, to];
  while (first < end && (text[first] === " " || text[first] === "\t")) first++;
  while (end > first && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(first, end);
}

const malformed = (why: string): Error => new errors.HTTPParserError(why);

/**
 * Puts one HTTP/1.1 answer together from the bytes of a connection. Nothing that could be understood in two ways is
 * accepted: then nobody can say where the next answer begins.
 *
 * https://www.rfc-editor.org/rfc/rfc9112#section-6.3, "Message Body Length"
 */
export class AnswerReader {
  readonly #toHead: boolean;
  readonly #largest: number;
  #next: Part = "head";
  #line = "";
  #left = 0;
  #size = 0;
  #pieces: Buffer[] = [];
  #status = 0;
  #headers: Record<string, string> = {};
  #keeps = true;

  /** @param largest bytes of the body */
  constructor(toHead: boolean, largest: number) {
    this.#toHead = toHead;
    this.#largest = largest;
  }

  get hasHead(): boolean {
    return this.#next !== "head";
  }

  get isWhole(): boolean {
    return this.#next === "nothing";
  }

  /** Whether another request may follow on the connection. */
  get keepsConnection(): boolean {
    return this.#keeps;
  }

  get response(): HttpResponse {
    const [first, ...more] = this.#pieces;
    const body = more.length > 0 ? Buffer.concat(this.#pieces) : (first ?? nothing);
    return { status: this.#status, headers: this.#headers, body };
  }

  /** @returns how many of the bytes are the answer's @throws HTTPParserError, ResponseExceededMaxSizeError */
  take(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#next !== "nothing") at = this.#takePart(bytes, at);
    return at;
  }

  /** The other side has ended the connection. @returns whether the answer is whole with that */
  end(): boolean {
    if (this.#next === "untilTheEnd") this.#next = "nothing";
    return this.isWhole;
  }

  #takePart(bytes: Buffer, at: number): number {
    switch (this.#next) {
      case "head":
        return this.#takeHead(bytes, at);
      case "body":
        return this.#takeBody(bytes, at, "nothing");
      case "chunk":
        return this.#takeBody(bytes, at, "chunkEnd");
      case "untilTheEnd":
        this.#keep(bytes.subarray(at));
        return bytes.length;
      default:
        return this.#takeLine(bytes, at);
    }
  }

  #takeHead(bytes: Buffer, at: number): number {
    const before = this.#line.length;
    const text = this.#line + bytes.toString("latin1", at);
    if (!text.startsWith(begin.slice(0, text.length))) throw malformed("this is no HTTP/1.1");
    const end = text.indexOf("\r\n\r\n");
    if ((end < 0 ? text.length : end) > LARGEST_HEAD) throw malformed("headers without an end");
    this.#line = end < 0 ? text : "";
    if (end < 0) return bytes.length;
    this.#readHead(text, end);
    return at + end + 4 - before;
  }

  #readHead(text: string, end: number): void {
    const lineEnd = text.indexOf("\r\n");
    if (!statusLine.test(text)) throw malformed("a status line without a status");
    const status = Number(text.slice(9, 12));
    if (status === 101) throw malformed("another protocol");
    if (status < 200) return; // informational: the answer follows
    this.#status = status;
    this.#headers = headersIn(text, lineEnd + 2, end);
    const { connection = "", "transfer-encoding": encoding, "content-length": length } = this.#headers;
    this.#keeps = text[7] === "1" && !/\bclose\b/i.test(connection);
    if (this.#toHead || status === 204 || status === 304) this.#next = "nothing";
    else if (encoding !== undefined) {
      if (encoding.toLowerCase() !== "chunked" || length !== undefined) throw malformed("two lengths of one body");
      this.#next = "chunkSize";
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw malformed("a length that is no number");
      this.#left = Number(length);
      if (this.#left > this.#largest) throw new errors.ResponseExceededMaxSizeError();
      this.#next = this.#left === 0 ? "nothing" : "body";
    } else {
      this.#keeps = false;
      this.#next = "untilTheEnd";
    }
  }

  #takeBody(bytes: Buffer, at: number, then: Part): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#keep(bytes.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#next = then;
    return end;
  }

  #takeLine(bytes: Buffer, at: number): number {
    const feed = bytes.indexOf("\n", at);
    const end = feed < 0 ? bytes.length : feed + 1;
    this.#line += bytes.toString("latin1", at, end);
    if (this.#line.length > LARGEST_LINE) throw malformed("a line without an end between chunks");
    if (feed < 0) return end;
    const line = this.#line;
    this.#line = "";
    if (!line.endsWith("\r\n")) throw malformed("a line that does not end as HTTP's do");
    if (this.#next === "trailer") {
      if (line === "\r\n") this.#next = "nothing";
    } else if (this.#next === "chunkEnd") {
      if (line !== "\r\n") throw malformed("a chunk that is longer than it says");
      this.#next = "chunkSize";
    } else {
      const digits = size.exec(line)?.[1];
      if (digits === undefined) throw malformed("a chunk without a size");
      this.#left = Number.parseInt(digits, 16);
      this.#next = this.#left === 0 ? "trailer" : "chunk";
    }
    return end;
  }

  /** A copy: the bytes are of a buffer that is read into again. */
  #keep(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#size > this.#largest) throw new errors.ResponseExceededMaxSizeError();
    this.#pieces.push(Buffer.from(bytes));
  }
}

function headersIn(text: string, from: number, end: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const plain = !beyondAscii.test(text);
  for (let at = from; at < end; ) {
    const colon = text.indexOf(":", at);
    const lineEnd = text.indexOf("\r\n", at);
    if (colon < at || colon > lineEnd) throw malformed("a header without a colon");
    const name = headerName(text.slice(at, colon));
    if (name === undefined) throw malformed("a header whose name is none");
    const value = trimmed(text, colon + 1, lineEnd);
    if ((name === "content-length" || name === "transfer-encoding") && headers[name] !== undefined) {
      throw malformed("two lengths of one body");
    }
    headers[name] = plain ? value : textOf(value);
    at = lineEnd + 2;
  }
  return headers;
}

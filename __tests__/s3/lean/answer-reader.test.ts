import fc from "fast-check";
import { AnswerReader } from "../../../src/s3/lean/answer-reader";
import type { HttpResponse } from "../../../src/s3/lean/http";

const LARGEST = 1_000_000;

/** Feeds the pieces one after the other, as a connection does, and says what is left over. */
function read(pieces: readonly Buffer[], toHead = false, largest = LARGEST): { reader: AnswerReader; left: number } {
  const reader = new AnswerReader(toHead, largest);
  let left = 0;
  for (const piece of pieces) left += piece.length - reader.take(piece);
  return { reader, left };
}

const readText = (text: string, toHead = false) => read([Buffer.from(text, "latin1")], toHead);

const pieces = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
};

const name = fc.stringMatching(/^x-[a-z0-9-]{1,20}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
const answer = fc.record({
  status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
  headers: fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one, maxLength: 6 }),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  chunks: fc.option(fc.array(fc.nat(), { maxLength: 5 })),
  informational: fc.boolean(),
});
type Given = typeof answer extends fc.Arbitrary<infer T> ? T : never;

function written({ status, headers, body, chunks, informational }: Given): Buffer {
  const before = informational ? "HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n" : "";
  const lines = headers.map(([one, other]) => `${one}: ${other}\r\n`).join("");
  const framing = chunks ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
  const head = `${before}HTTP/1.1 ${status} Reason\r\n${lines}${framing}\r\n\r\n`;
  const parts = chunks
    ? [
        ...pieces(body, chunks)
          .filter(({ length }) => length > 0)
          .flatMap((part) => [`${part.length.toString(16)};a=b\r\n`, part, "\r\n"]),
        "0\r\nx-trailer: 1\r\n\r\n",
      ]
    : [body];
  return Buffer.concat([head, ...parts].map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

const asText = ({ status, headers, body }: HttpResponse) => ({
  status,
  headers,
  body: Buffer.from(body).toString("hex"),
});

test("an answer is the same however its bytes come, and what follows is not part of it", () => {
  fc.assert(
    fc.property(answer, fc.array(fc.nat(), { maxLength: 12 }), fc.nat(20), (given, cuts, more) => {
      const bytes = written(given);
      const { reader, left } = read(pieces(Buffer.concat([bytes, Buffer.alloc(more, "H")]), cuts));
      expect(reader.isWhole).toBe(true);
      expect(reader.keepsConnection).toBe(true);
      expect(left).toBe(more);
      const { status, headers, body } = asText(reader.response);
      expect({ status, body }).toEqual({ status: given.status, body: given.body.toString("hex") });
      expect(headers).toMatchObject(Object.fromEntries(given.headers));
    }),
  );
});

test("an answer that is cut anywhere is not whole, also when the connection ends there", () => {
  fc.assert(
    fc.property(answer, fc.nat(), (given, cut) => {
      const bytes = written(given);
      const { reader } = read([bytes.subarray(0, cut % bytes.length)]);
      expect(reader.isWhole).toBe(false);
      expect(reader.end()).toBe(false);
    }),
  );
});

test("whatever comes is an answer, a part of one, or a mistake that is told as one", () => {
  const scrap = fc.constantFrom(
    "HTTP/1.1 200 OK\r\n",
    "\r\n",
    "\n",
    "Content-Length: 3\r\n",
    "a: b\r\n",
    "3\r\nabc\r\n",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(scrap, fc.string())), (texts) => {
      try {
        const { reader, left } = readText(texts.join(""));
        expect(left === 0 || reader.isWhole).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ name: expect.stringMatching(/HTTPParserError|ResponseExceededMaxSizeError/) });
      }
    }),
  );
});

test.each([
  ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
  ["no status", "HTTP/1.1 OK\r\n\r\n"],
  ["a status that is no number", "HTTP/1.1 2e2 OK\r\n\r\n"],
  ["another protocol", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"],
  ["a header without a colon", "HTTP/1.1 200 OK\r\nabc\r\n\r\n"],
  ["a folded header", "HTTP/1.1 200 OK\r\na: b\r\n c: d\r\n\r\n"],
  ["a blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"],
  ["a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"],
  ["an encoding that is not known", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
  ["a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc"],
  ["a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n"],
  ["a chunk longer than it says", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"],
  ["lines that end in a line feed", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n"],
  ["headers without an end", `HTTP/1.1 200 OK\r\na: ${"b".repeat(70_000)}`],
])("%s is not accepted", (_, text) => {
  expect(() => readText(text)).toThrow(expect.objectContaining({ name: "HTTPParserError" }));
});

test("what is longer than it may be is not kept", () => {
  const large = { name: "ResponseExceededMaxSizeError" };
  const bodies = [
    "Content-Length: 11\r\n\r\n",
    "\r\n12345678901",
    "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901",
  ];
  for (const body of bodies) {
    expect(() => read([Buffer.from(`HTTP/1.1 200 OK\r\n${body}`)], false, 10)).toThrow(expect.objectContaining(large));
  }
});

test.each([
  ["to HEAD, whose length is the object's", "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n", true, true],
  ["204", "HTTP/1.1 204 No Content\r\n\r\n", false, true],
  ["without a reason", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", false, true],
  ["that closes", "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", false, false],
  ["of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false, false],
])("an answer %s is whole without a body", (_, text, toHead, keeps) => {
  const { reader } = readText(text, toHead);
  expect(reader.isWhole).toBe(true);
  expect(reader.keepsConnection).toBe(keeps);
});

test("a body without a length ends with the connection, which is not kept", () => {
  const { reader } = readText("HTTP/1.1 200 OK\r\n\r\nabc");
  expect(reader.isWhole).toBe(false);
  expect(reader.end()).toBe(true);
  expect(reader.keepsConnection).toBe(false);
  expect(Buffer.from(reader.response.body).toString()).toBe("abc");
});

test("a value that is UTF-8 is text, also where its last byte looks like a blank, and any other is kept byte by byte", () => {
  const utf8 = Buffer.from("à", "utf8").toString("latin1"); // its second byte is that of a no-break space
  const { headers } = readText(`HTTP/1.1 200 OK\r\nX-A: ${utf8} \r\nx-b:\t\xfc\r\nContent-Length: 0\r\n\r\n`).reader
    .response;
  expect(headers).toMatchObject({ "x-a": "à", "x-b": "ü" });
});

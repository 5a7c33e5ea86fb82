import fc from "fast-check";
import { header, parse, write } from "../../bench/servers/http";

const request = "PUT /bench/a%20b?encryption HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-Amz-Date: now\r\n\r\nhello";

test("a request is taken apart once it is whole, and not a byte earlier", () => {
  for (let length = 0; length < request.length; length += 1) expect(parse(request.slice(0, length))).toBeUndefined();
  expect(parse(`${request}GET / HTTP/1.1\r\n`)).toEqual({
    length: request.length,
    request: {
      method: "PUT",
      path: "/bench/a%20b",
      query: "encryption",
      head: request.slice(0, request.indexOf("\r\n\r\n")),
      body: "hello",
    },
  });
});

test("requests are told apart however the network cuts them", () => {
  const bodies = fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 }), { maxLength: 5 });
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 30 }), (sent, cut) => {
      const text = sent.map((body) => `PUT /k HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`).join("");
      const got: string[] = [];
      let waiting = "";
      for (let at = 0; at < text.length; at += cut) {
        waiting += text.slice(at, at + cut);
        for (let parsed = parse(waiting); parsed; parsed = parse(waiting)) {
          got.push(parsed.request.body);
          waiting = waiting.slice(parsed.length);
        }
      }
      expect(got).toEqual(sent);
      expect(waiting).toBe("");
    }),
  );
});

test("a header is found whatever its case, and only as a whole name at the beginning of a line", () => {
  const head = "GET /x-amz-date: no HTTP/1.1\r\nnot-x-amz-date: no\r\nX-Amz-Date: 2026\r\nx-amz-date-2: no";
  expect(header("x-amz-date")({ head })).toBe("2026");
  expect(header("authorization")({ head })).toBeUndefined();
});

test.each([
  ["what is no HTTP", "hello\r\n\r\n"],
  ["another version", "GET / HTTP/2\r\n\r\n"],
  ["a body in chunks", "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"],
])("%s is an error, and not measured", (_, text) => {
  expect(() => parse(text)).toThrow();
});

test("an answer tells the time of day; one to HEAD the object's length, and has no body", () => {
  const date = "Date: (\\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT)\r\n";
  const head = write({ status: 200, headers: "A: b\r\n" }, { length: 7 });
  expect(head).toMatch(new RegExp(`^HTTP/1.1 200 OK\r\nA: b\r\n${date}Content-Length: 7\r\n\r\n$`));
  const gone = write({ status: 404, body: "gone" });
  expect(gone).toMatch(new RegExp(`^HTTP/1.1 404 Not Found\r\n${date}Content-Length: 4\r\n\r\ngone$`));
  const told = Date.parse(new RegExp(date).exec(gone)?.[1] ?? "");
  expect(Math.abs(Date.now() - told)).toBeLessThan(60_000);
});

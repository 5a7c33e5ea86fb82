import { parseRequest, Refused } from "../../smoke/request";

const meant = ["--account", "111122223333", "--region", "eu-west-1", "--accept-cost"];
const without = (...names: readonly string[]): string[] =>
  meant.filter((word, index) => !names.includes(word) && !names.includes(meant[index - 1] ?? ""));

test.each([
  ["no account", without("--account"), "--account is missing"],
  ["an account that is none", [...without("--account"), "--account", "1111"], "12 digits"],
  ["no region", without("--region"), "--region is missing"],
  ["no word on the cost", without("--accept-cost"), "--accept-cost"],
  ["nothing at all", [], "--account is missing"],
  ["an unknown option", [...meant, "--force"], "--force"],
  ["a run to clean up that is none", [...meant, "--clean-up", "../x"], "eight hexadecimal digits"],
])("%s is refused", (_, words, because) => {
  expect(() => parseRequest(words)).toThrow(Refused);
  expect(() => parseRequest(words)).toThrow(because);
});

test("an account, a region and the accepted cost are a run under the pinned and the newest provider", () => {
  expect(parseRequest(meant)).toEqual({
    do: "run",
    account: "111122223333",
    region: "eu-west-1",
    providers: ["6.25.0", "~> 6.25"],
    conformance: /(?:)/i,
  });
});

test("cleaning up costs nothing, and needs the account, the region and the run", () => {
  expect(parseRequest([...without("--accept-cost"), "--clean-up", "0123abcd"])).toEqual({
    do: "clean up",
    account: "111122223333",
    region: "eu-west-1",
    id: "0123abcd",
  });
});

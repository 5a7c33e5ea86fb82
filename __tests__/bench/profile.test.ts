import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type CpuProfile, placeOf, timeByPlace } from "../../bench/profile";

const root = resolve(__dirname, "../..");

test.each([
  ["src/s3/lean/sigv4.ts", "sign", pathToFileURL(`${root}/src/s3/lean/sigv4.ts`).href],
  ["src/s3/lean/sigv4.ts", "sign", `${root}/src/s3/lean/sigv4.ts`],
  ["undici", "dispatch", `${root}/node_modules/undici/lib/dispatcher/client.js`],
  ["@smithy/core", "send", `${root}/node_modules/@aws-sdk/client-s3/node_modules/@smithy/core/dist/index.js`],
  ["node:net", "write", "node:net"],
  ["(garbage collector)", "(garbage collector)", ""],
  ["native code", "writev", ""],
])("time is that of %s", (place, functionName, url) => {
  expect(placeOf({ functionName, url })).toBe(place);
});

test("a sample counts until the next one, and idle time not at all", () => {
  const node = (id: number, functionName: string, url = "") => ({ id, callFrame: { functionName, url } });
  const profile: CpuProfile = {
    nodes: [
      node(1, "(root)"),
      node(2, "(idle)"),
      node(3, "a", "node:net"),
      node(4, "b", "node:net"),
      node(5, "(program)"),
    ],
    samples: [1, 3, 2, 4, 5],
    timeDeltas: [0, 5, 100, 1_000, 30],
  };
  expect(timeByPlace(profile)).toEqual([
    ["node:net", 130],
    ["(program)", 0],
  ]);
});

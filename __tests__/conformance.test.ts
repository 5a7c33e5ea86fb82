import { areas } from "../conformance/cases";
import { clientsOf } from "../conformance/clients";
import { startLocal } from "../conformance/local-server";
import type { Server } from "../conformance/server";
import { type Finished, namePrefix, runSuite } from "../conformance/suite";

let server: Server;
let finished: readonly Finished[];

beforeAll(async () => {
  server = await startLocal();
  finished = await runSuite(server, areas);
}, 300_000);
afterAll(() => server?.stop());

test("the local AWS behaves as AWS in every case", () => {
  const differing = finished.flatMap(({ case: { name }, result }) =>
    result.is === "pass" ? [] : [{ name, ...result }],
  );
  expect(differing).toEqual([]);
});

test("the suite leaves no bucket and no role behind, but for objects under compliance retention", async () => {
  expect(finished.flatMap(({ left }) => left ?? [])).toEqual([]);
  const { s3, iam, destroy } = clientsOf(server, server.credentials);
  const { Buckets = [] } = await s3.listBuckets({ Prefix: namePrefix });
  const { Roles = [] } = await iam.listRoles({});
  destroy();
  const leaving = finished.filter((one) => one.case.needs?.includes("throwAway")).length;
  expect(Buckets.length).toBeLessThanOrEqual(leaving);
  expect(Roles.filter(({ RoleName }) => RoleName?.startsWith(namePrefix))).toEqual([]);
});

test("no two cases have the same name, and each says where it comes from", () => {
  const names = areas.flatMap(({ cases }) => cases.map(({ name }) => name));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(areas.flatMap(({ cases }) => cases.filter(({ source }) => !/"|recorded/.test(source)))).toEqual([]);
});

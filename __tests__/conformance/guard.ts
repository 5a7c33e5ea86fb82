import type { Area } from "../../conformance/case";
import { clientsOf } from "../../conformance/clients";
import { startLocal } from "../../conformance/local-server";
import type { Server } from "../../conformance/server";
import { type Finished, namePrefix, runSuite } from "../../conformance/suite";

/** The tests that the local AWS behaves as these areas say. Several files call it, so that workers share the cases. */
export function holdLocalAwsTo(areas: readonly Area[]): void {
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
}

/** The areas in halves: every other one, since neighbours are alike in size. */
export const everyOther = (areas: readonly Area[], first: 0 | 1): Area[] =>
  areas.filter((_, index) => index % 2 === first);

import { bucketsOutside } from "../../src/fleet/outside";
import { parseFleet } from "../../src/fleet/parse";

const fleet = parseFleet(
  `
state: { backend: local, directory: state }
leaveOut: [{ name: Old_Bucket, reason: It is deleted in May }]
accounts:
  - name: sandbox
    id: "111111111111"
    regions: { eu-west-1: { buckets: [{ name: acme-uploads }, { name: acme-gone, stage: released }] } }
`,
  "fleet.yaml",
);

const found = (name: string) => ({ account: "111111111111", region: "eu-west-1", name });

test("a bucket is outside if nobody has decided about it: not in the fleet, not left out, not our own backup", () => {
  const inside = ["acme-uploads", "acme-gone", "Old_Bucket", "at-rest-backup-111111111111-eu-west-1"];
  const outside = ["acme-new", "at-rest-backup-111111111111-eu-west-2", "constructor"];
  expect(bucketsOutside(fleet, [...inside, ...outside].map(found))).toEqual(outside.map(found));
});

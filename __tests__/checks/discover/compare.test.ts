import { compareFleet } from "../../../src/checks/discover/compare";
import { draftFleet } from "../../../src/checks/discover/draft";
import type { DiscoveredBucket } from "../../../src/checks/discover/found";
import { seen } from "../../../src/checks/preflight/looked";
import { parseFleet } from "../../../src/fleet/parse";
import { fleetOf } from "../../support/fleets";
import { foundAccount, foundBucket, keyed } from "./arrange";

const key = "arn:aws:kms:eu-west-1:111111111111:key/1b2c";
const compared = (buckets: string, ...found: DiscoveredBucket[]) =>
  compareFleet(fleetOf(buckets), [foundAccount(found)]);

test("a draft has nothing against what it was drafted from", () => {
  const accounts = [
    foundAccount([
      foundBucket("acme-a", { logsTo: seen("acme-l"), replicatesTo: seen(["acme-r"]), encryption: keyed(key) }),
      foundBucket("acme-l", { objectLock: seen(true) }),
      foundBucket("acme-r", { tags: seen([{ Key: "terraform", Value: "yes" }]) }),
      foundBucket("acme-w", { website: seen(true) }),
    ]),
  ];
  expect(compareFleet(parseFleet(draftFleet(accounts)?.text ?? "", "fleet.yaml"), accounts)).toEqual([]);
});

test("a new bucket comes with the entry that a draft would have, and one that is gone is named", () => {
  const differences = compared("[{ name: acme-old }]", foundBucket("acme-new", { objectLock: seen(true) }));
  expect(differences).toMatchObject([
    {
      is: "new",
      bucket: "acme-new",
      entry: expect.arrayContaining(["- name: acme-new", "  stage: prepare", "  class: object-locked"]),
    },
    { is: "gone", bucket: "acme-old", account: "111111111111", region: "eu-west-1" },
  ]);
});

test("a bucket is gone only from an account that could be listed, and not before it is made", () => {
  const fleet = fleetOf("[{ name: acme-a }, { name: acme-b, newBucket: true }]");
  const gone = (changes: object) => compareFleet(fleet, [foundAccount([], changes)]).map(({ bucket }) => bucket);
  expect(gone({})).toEqual(["acme-a"]);
  expect(gone({ listed: false })).toEqual([]);
  expect(gone({ id: "222222222222" })).toEqual([]);
  expect(gone({ unread: ["acme-a"] })).toEqual([]);
});

test("a bucket that is elsewhere is not compared any further", () => {
  expect(compared("[{ name: acme-a }]", foundBucket("acme-a", { region: "eu-west-2", website: seen(true) }))).toEqual([
    { is: "elsewhere", bucket: "acme-a", fleet: "111111111111 in eu-west-1", found: "111111111111 in eu-west-2" },
  ]);
});

const locked = { objectLock: seen(true) };
const website = { website: seen(true) };
const stack = { tags: seen([{ Key: "aws:cloudformation:stack-name", Value: "shop" }]) };

test.each<[string, Partial<DiscoveredBucket>, [string, string, string][]]>([
  ["", locked, [["class", "plain", "object-locked"]]],
  ["class: object-locked", locked, []],
  ["class: object-locked", {}, []],
  ["encryption: AES256", website, []],
  ["", website, [["encryption", "aws:kms", "AES256"]]],
  [
    "",
    stack,
    [
      ["policy", "own", "external"],
      ["defaultEncryption", "own", "external"],
    ],
  ],
  ["policy: external, defaultEncryption: external", stack, []],
  ["", { encryption: keyed(key) }, [["sourceKeys", "[]", key]]],
  [`sourceKeys: ["${key}"]`, { encryption: keyed(key) }, []],
  [`keyArn: "${key}"`, { encryption: keyed(key) }, []],
  ["stage: encrypt", { encryption: keyed(key) }, []],
  ["stage: released", { ...locked, ...stack }, []],
])("an entry that says {%s} of a bucket differs where it asks for less than was seen", (entry, seenThere, expected) => {
  const found = compared(`[{ name: acme-a, ${entry} }]`, foundBucket("acme-a", seenThere));
  expect(found.map((one) => (one.is === "differs" ? [one.field, one.fleet, one.found] : one))).toEqual(expected);
});

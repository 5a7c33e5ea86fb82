import type { LifecycleRule } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { endInWords, endOf, type NoncurrentVersion } from "../../../src/checks/audit/lifecycle";
import { placeOf } from "../../../src/checks/audit/noncurrent";
import type { ListedVersion } from "../../../src/s3/object-store";

const version: NoncurrentVersion = {
  key: "logs/a",
  size: 1_000,
  since: Date.parse("2014-01-15T10:30:00Z"),
  newer: 2,
  newerMarkers: 0,
  tags: [{ key: "team", value: "red" }],
};

const rule = (more: Partial<LifecycleRule>, days = 3, kept?: number): LifecycleRule => ({
  ID: "r",
  Status: "Enabled",
  Filter: {},
  NoncurrentVersionExpiration: { NoncurrentDays: days, NewerNoncurrentVersions: kept },
  ...more,
});

const red = { Key: "team", Value: "red" };

test.each<[string, LifecycleRule[], Partial<NoncurrentVersion>, string | null, string[]]>([
  // The example of the User Guide.
  ["days are rounded up to the next midnight", [rule({})], {}, "2014-01-19", []],
  ["no rule ends it", [], {}, null, []],
  ["a rule that is off does nothing", [rule({ Status: "Disabled" })], {}, null, []],
  [
    "a rule about current versions does nothing",
    [rule({ Expiration: { Days: 1 }, NoncurrentVersionExpiration: undefined })],
    {},
    null,
    [],
  ],
  ["of several rules the first to come wins", [rule({ ID: "late" }, 9), rule({ ID: "r" }, 3)], {}, "2014-01-19", []],
  ["a prefix matches", [rule({ Filter: { Prefix: "logs/" } })], {}, "2014-01-19", []],
  ["another prefix does not", [rule({ Filter: { Prefix: "images/" } })], {}, null, []],
  ["the old form of a prefix counts as well", [rule({ Filter: undefined, Prefix: "images/" })], {}, null, []],
  ["sizes are not included in their bounds", [rule({ Filter: { ObjectSizeGreaterThan: 1_000 } })], {}, null, []],
  [
    "a size between the bounds matches",
    [rule({ Filter: { And: { ObjectSizeGreaterThan: 999, ObjectSizeLessThan: 1_001 } } })],
    {},
    "2014-01-19",
    [],
  ],
  ["a tag matches", [rule({ Filter: { Tag: red } })], {}, "2014-01-19", []],
  ["another value of a tag does not", [rule({ Filter: { Tag: { ...red, Value: "blue" } } })], {}, null, []],
  [
    "all tags of an And have to be there",
    [rule({ Filter: { And: { Tags: [red, { Key: "x", Value: "y" }] } } })],
    {},
    null,
    [],
  ],
  [
    "tags that cannot be read are said to be not decided",
    [rule({ Filter: { Tag: red } })],
    { tags: undefined },
    null,
    ["r: its tags could not be read"],
  ],
  [
    "what is decided stands beside what is not",
    [rule({ ID: "tagged", Filter: { Tag: red } }), rule({}, 9)],
    { tags: undefined },
    "2014-01-25",
    ["tagged: its tags could not be read"],
  ],
  ["enough newer versions", [rule({}, 3, 2)], {}, "2014-01-19", []],
  [
    "too few newer versions keep it",
    [rule({}, 3, 3)],
    {},
    null,
    ["r: keeps 3 newer noncurrent versions, and there are 2"],
  ],
  ["a retention keeps it longer", [rule({})], { lockedUntil: Date.parse("2020-02-03T04:05:06Z") }, "2020-02-03", []],
  [
    "a retention that is over does not",
    [rule({})],
    { lockedUntil: Date.parse("2010-01-01T00:00:00Z") },
    "2014-01-19",
    [],
  ],
  [
    "a legal hold keeps it for nobody knows how long",
    [rule({})],
    { lockedUntil: null },
    null,
    ["r: a legal hold keeps it"],
  ],
])("%s", (_, rules, more, on, undecided) => {
  expect(endOf(rules, { ...version, ...more })).toMatchObject({ on, undecided });
});

test("the end is said in words", () => {
  expect(endInWords({ on: "2026-12-01", rule: "old", undecided: [] })).toBe(
    "lifecycle rule old ends it from 2026-12-01 on",
  );
  expect(endInWords({ on: null, undecided: ["r: why"] })).toBe("no lifecycle rule ends it; not decided: r: why");
});

test("the end is never before its days are over, and at most a day after", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 4_000 }), (since, days) => {
      const { on } = endOf([rule({}, days)], { ...version, since });
      const late = Date.parse(`${on}T00:00:00Z`) - (since + days * 86_400_000);
      expect(late).toBeGreaterThan(0);
      expect(late).toBeLessThanOrEqual(86_400_000);
    }),
  );
});

test("a version's place among those of its key is found in whatever order they are listed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 2, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (markers, chance) => {
        // From the newest: the current one first, each a second or more older than the one before.
        const history = markers.map(
          (deleteMarker, age): ListedVersion => ({
            ...{ key: "a", versionId: `v${age}`, current: age === 0, deleteMarker },
            lastModified: 1e12 - age * 1_000,
          }),
        );
        const shuffled = [...history].sort(() => ((chance.next().value ?? 0) % 2 === 0 ? 1 : -1));
        history.forEach(({ versionId }, age) => {
          const newer = history.slice(1, Math.max(age, 1));
          const newerMarkers = newer.filter(({ deleteMarker }) => deleteMarker).length;
          expect(placeOf(shuffled, versionId)).toEqual(
            age === 0
              ? undefined
              : { since: history[age - 1]?.lastModified, newer: newer.length - newerMarkers, newerMarkers },
          );
        });
      },
    ),
  );
});

import fc from "fast-check";
import { sameDocument } from "../../../local/terraform/json-document";
import { sameKey } from "../../../local/terraform/resources/kms";
import { plannedTags, tagChanges, tagsRead } from "../../../local/terraform/tags";

describe("policy documents", () => {
  test.each<[string, unknown, unknown, boolean]>([
    ["names in another order", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ["one value with and without brackets", { Action: "s3:*" }, { Action: ["s3:*"] }, true],
    ["values in another order", { Action: ["b", "a"] }, { Action: ["a", "b"] }, true],
    ["another value", { Action: ["a"] }, { Action: ["b"] }, false],
    ["one value more", { Action: ["a"] }, { Action: ["a", "b"] }, false],
    ["text and boolean", { Bool: "true" }, { Bool: true }, false],
    ["no statement and none at all", { Statement: [] }, {}, false],
  ])("%s", (_what, a, b, equal) => {
    expect(sameDocument(JSON.stringify(a), JSON.stringify(b))).toBe(equal);
  });

  test("texts that are no JSON are the same only if they are equal", () => {
    expect(sameDocument("{", "{")).toBe(true);
    expect(sameDocument("{", "{ ")).toBe(false);
  });

  test("white space and the order of statements never count", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 2 }), (statements) => {
        const document = { Version: "2012-10-17", Statement: statements };
        const other = { Statement: [...statements].reverse(), Version: "2012-10-17" };
        return sameDocument(JSON.stringify(document), JSON.stringify(other, null, 4));
      }),
    );
  });
});

test.each<[string, string, boolean]>([
  ["arn:aws:kms:eu-west-1:111122223333:key/k-1", "k-1", true],
  ["k-1", "arn:aws:kms:eu-west-1:111122223333:key/k-1", true],
  ["k-1", "k-1", true],
  ["k-11", "arn:aws:kms:eu-west-1:111122223333:key/k-1", false],
  ["1", "arn:aws:kms:eu-west-1:111122223333:key/k-1", false],
])("key %s is %s: %s", (a, b, equal) => {
  expect(sameKey(a, b)).toBe(equal);
});

describe("tags", () => {
  const names = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2"), {
    noNullPrototype: true,
  });

  test("after an apply, reading gives back what was configured, whatever the default tags", () => {
    fc.assert(
      fc.property(names, names, (own, defaults) => {
        const all = { ...defaults, ...own };
        expect(plannedTags(defaults, own)).toEqual(all);
        expect(tagsRead(all, { tags: own }, defaults)).toEqual({ tags: own, tags_all: all });
      }),
    );
  });

  test("the changes between any two sets of tags lead from one to the other", () => {
    fc.assert(
      fc.property(names, names, (wanted, had) => {
        const { put, remove } = tagChanges(wanted, had);
        const kept = Object.entries(had).filter(([name]) => !remove.includes(name));
        expect(Object.fromEntries([...kept, ...put])).toEqual(wanted);
      }),
    );
  });

  test("a resource without tags of its own has none, not an empty map", () => {
    expect(tagsRead({ team: "storage" }, { tags: null }, { team: "storage" }).tags).toBeNull();
    expect(tagsRead({ team: "other" }, { tags: null }, { team: "storage" }).tags).toEqual({ team: "other" });
  });
});

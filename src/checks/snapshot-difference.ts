import { isObject, type Json, type PolicyDocument, type Statement, statementsOf } from "../fleet/policy";
import { type BucketSnapshot, formatSnapshot } from "../fleet/snapshot";

const show = (value: Json | undefined): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** Every value that is not the same, by its path. Lists are one value. */
function differences(path: string, before: Json | undefined, after: Json | undefined): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differences(path === "" ? name : `${path}.${name}`, before[name], after[name]));
  }
  return [`${path}: the snapshot has ${show(before)}, live is ${show(after)}`];
}

const nameOf = (statement: Statement): string =>
  typeof statement["Sid"] === "string" ? `statement ${statement["Sid"]}` : "a statement without a Sid";

/** Statements are compared as wholes, so that one that is added in between is one difference. */
function policyDifferences(before: PolicyDocument | null, after: PolicyDocument | null): string[] {
  const [old, now] = [before, after].map((policy) => (policy === null ? [] : statementsOf(policy)));
  const texts = (statements: readonly Statement[] = []) => new Set(statements.map((one) => JSON.stringify(one)));
  const lost = (old ?? []).filter((one) => !texts(now).has(JSON.stringify(one)));
  const added = (now ?? []).filter((one) => !texts(old).has(JSON.stringify(one)));
  const around = (policy: PolicyDocument | null): Json => ({ ...policy, Statement: null });
  const found = [
    ...lost.map((one) => `policy: ${nameOf(one)} is in the snapshot and not live: ${show(one)}`),
    ...added.map((one) => `policy: ${nameOf(one)} is live and not in the snapshot: ${show(one)}`),
    ...(before && after ? differences("policy", around(before), around(after)) : []),
  ];
  const same = JSON.stringify(before) === JSON.stringify(after);
  return same || found.length > 0 ? found : ["policy: its statements or fields are in another order"];
}

type Fields = Readonly<Record<string, Json>>;

const plain = (snapshot: BucketSnapshot): Fields => {
  const { version, ...fields }: Fields = JSON.parse(formatSnapshot({ ...snapshot, policy: null }));
  // Each tag is a value of its own.
  return snapshot.version === 1
    ? fields
    : { ...fields, tags: Object.fromEntries(snapshot.tags.map(({ Key, Value }) => [Key, Value])) };
};

/**
 * What somebody changed since a snapshot was written, one line each; empty where the two give the same file.
 *
 * An older version knew fewer settings: of the others it is only said that nobody wrote them down.
 */
export function snapshotDifferences(before: BucketSnapshot, live: BucketSnapshot): string[] {
  const [old, now] = [plain(before), plain(live)];
  const unknown = Object.keys(now).filter((name) => !(name in old));
  const known = Object.fromEntries(Object.entries(now).filter(([name]) => name in old));
  return [
    ...policyDifferences(before.policy, live.policy),
    ...differences("", old, known),
    ...(before.version === live.version
      ? []
      : [
          `it is of version ${before.version}, which had no ${unknown.join(", ")}: take it again with at-rest snapshot`,
        ]),
  ];
}

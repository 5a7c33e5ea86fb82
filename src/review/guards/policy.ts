import { withoutPrincipals } from "../../checks/orphans";
import { type Policy, policyAttribute } from "../attributes";
import { type Finding, finding, type Where } from "../finding";
import { isNoOp } from "../normalise";
import { type Phrase, phrase } from "../phrase";
import { isPublicAllow } from "../public-statement";
import { aroundStatements, type StatementChange, statementChanges } from "../statements";
import type { ResourceChange } from "../terraform-plan";
import { encryptionType, type Guard, keyType, policyType, type Reviewed, whereOf } from "./guard";

/** How a statement is named in a sentence. */
export const nameOf = ({ sid }: Pick<StatementChange, "sid">, position?: number): Phrase =>
  sid !== null
    ? phrase`${sid}`
    : position === undefined
      ? phrase`a statement without a Sid`
      : phrase`statement ${position}, without a Sid`;

const documentOf = (policy: Policy) => (policy.is === "policy" ? policy.document : null);

/** Guards, table and comment all ask for the same, and canonical policies take most of a review's time. */
const remembered = new WeakMap<ResourceChange, StatementChange[]>();

/** What becomes of each statement, where both sides can be read. @param name the resource's one policy attribute */
export function policyChanges(change: ResourceChange, name = "policy"): StatementChange[] {
  const known = remembered.get(change);
  if (known) return known;
  const changes = statementChanges(
    documentOf(policyAttribute(change, "before", name)),
    documentOf(policyAttribute(change, "after", name)),
  );
  remembered.set(change, changes);
  return changes;
}

function statementFinding(where: Where, one: StatementChange): Finding[] {
  if (one.own) {
    return one.is === "removed"
      ? [finding("denial-removed", where, phrase`${nameOf(one)} is taken out of the policy`)]
      : [];
  }
  if (one.is === "removed") {
    return [finding("policy-statement-lost", where, phrase`${nameOf(one)} is in the live policy and not in the plan`)];
  }
  return one.is === "changed" ? [finding("policy-statement-changed", where, phrase`${nameOf(one)} changes`)] : [];
}

function readable(where: Where, change: ResourceChange): Finding[] {
  const [before, after] = [policyAttribute(change, "before"), policyAttribute(change, "after")];
  if (before.is === "policy" && after.is === "policy") return [];
  const shown = after.is === "policy" ? before.is : after.is;
  const why = { unknown: "known only after the apply", sensitive: "sensitive", unreadable: "no JSON", policy: "" }[
    shown
  ];
  const level = change.actions.join() === "create" ? "warning" : "error";
  return [
    finding(
      "policy-not-known",
      where,
      { parts: [...phrase`${change.address}`.parts, `: its policy is ${why}`] },
      level,
    ),
  ];
}

function around(where: Where, change: ResourceChange): Finding[] {
  const [before, after] = [policyAttribute(change, "before"), policyAttribute(change, "after")];
  if (before.is !== "policy" || after.is !== "policy" || before.document === null || after.document === null) return [];
  const [was, is] = [aroundStatements(before.document), aroundStatements(after.document)];
  return was === is
    ? []
    : [finding("policy-statement-changed", where, phrase`around the statements: ${was} becomes ${is}`)];
}

/** What the fleet lets go of by name, the ids of deleted principals, is no loss. */
function changesFor({ target }: Reviewed, where: Where, change: ResourceChange): StatementChange[] {
  const bucket = target.buckets.find(({ name }) => name === where.bucket);
  const before = withoutPrincipals(documentOf(policyAttribute(change, "before")), bucket?.dropPrincipals ?? []);
  return statementChanges(before, documentOf(policyAttribute(change, "after")));
}

/** Statements of a bucket's policy that go or change, and policies that cannot be read. Deletion has a guard of its own. */
export const statementGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter((change) => change.type === policyType && !isNoOp(change) && change.after !== null)
    .flatMap((change) => {
      const where = whereOf(reviewed, change);
      const unreadable = readable(where, change);
      if (unreadable.length > 0) return unreadable;
      const statements = changesFor(reviewed, where, change);
      return [...statements.flatMap((one) => statementFinding(where, one)), ...around(where, change)];
    });

const policyAttributes: Readonly<Record<string, string>> = {
  [policyType]: "policy",
  [keyType]: "policy",
  aws_iam_role: "assume_role_policy",
};

function publicAllows(reviewed: Reviewed, change: ResourceChange, name: string): Finding[] {
  return policyChanges(change, name).flatMap((one) => {
    if (one.is === "removed" || !isPublicAllow(one.after)) return [];
    const id = one.is === "kept" ? "public-allow-kept" : "public-allow";
    return [finding(id, whereOf(reviewed, change), phrase`${change.address}: ${nameOf(one)} lets in everybody`)];
  });
}

/** Statements that let in everybody, in whatever policy has principals. */
export const publicGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter((change) => !isNoOp(change) && change.after !== null)
    .flatMap((change) => {
      const name = Object.hasOwn(policyAttributes, change.type) ? policyAttributes[change.type] : undefined;
      return name === undefined ? [] : publicAllows(reviewed, change, name);
    });

/** A creation of what is there already replaces it, and the plan does not show what it was. */
export const importGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter(
      ({ type, actions, importing }) =>
        importing === undefined && actions.join() === "create" && (type === policyType || type === encryptionType),
    )
    .flatMap((change) => {
      const where = whereOf(reviewed, change);
      const bucket = reviewed.target.buckets.find(({ name }) => name === where.bucket);
      if (!bucket || bucket.newBucket) return [];
      const live = reviewed.snapshots.get(bucket.name);
      if (change.type === policyType && live?.policy === null) return [];
      return [finding("not-imported", where, phrase`${change.address} is created`)];
    });

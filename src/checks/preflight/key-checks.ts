import type { PolicyDocument } from "../../fleet/policy";
import type { Facts, KeyDescription, KeyFacts } from "./facts";
import { type Finding, finding } from "./finding";
import { s3Services } from "./key-access";
import { known } from "./looked";
import { accountOf, evaluatePolicy, type PolicyAnswer } from "./policy/evaluate";

/** Nobody has it: AWS gives no account this id. */
export const stranger = "000000000000";

const partitionOf = (arn: string): string => arn.split(":")[1] ?? "aws";
const regionOf = (arn: string): string => arn.split(":")[3] ?? "";

function stateFindings(arn: string, { state, usage, spec, manager }: KeyDescription): Finding[] {
  const usable = usage === "ENCRYPT_DECRYPT" && spec === "SYMMETRIC_DEFAULT";
  return [
    ...(state === "Enabled" ? [] : [finding("error", "key-not-enabled", `${arn} is ${state}`)]),
    ...(usable ? [] : [finding("error", "key-wrong-kind", `${arn} is ${spec}, for ${usage}`)]),
    ...(manager === "AWS" ? [finding("warning", "key-aws-managed", arn)] : []),
  ];
}

/** Whether an account could still change its key's policy: through its root, to whom IAM administrators belong. */
export const mayPutKeyPolicy = (policy: PolicyDocument, keyArn: string, root: string): PolicyAnswer =>
  evaluatePolicy(policy, {
    principal: { is: "iam", arn: root },
    action: "kms:PutKeyPolicy",
    resource: keyArn,
    context: new Map([
      ["aws:principalarn", root],
      ["kms:calleraccount", accountOf(root)],
    ]),
  });

/** What a key's policy says to its own account, and to whoever is of another one. */
export function policyFindings(key: KeyFacts, account: string): Finding[] {
  const policy = known(key.policy);
  if (policy === undefined) return [];
  const root = `arn:${partitionOf(key.arn)}:iam::${account}:root`;
  const own = mayPutKeyPolicy(policy, key.arn, root);
  const foreigner = `arn:${partitionOf(key.arn)}:iam::${stranger}:user/anybody`;
  const through = (service: string) =>
    evaluatePolicy(policy, {
      principal: { is: "iam", arn: foreigner },
      action: "kms:Decrypt",
      resource: key.arn,
      context: new Map([
        ["aws:principalarn", foreigner],
        ["aws:principalaccount", stranger],
        // Of some organisation that no policy names: one that asks for its own is not for everybody.
        ["aws:principalorgid", "o-0000000000"],
        ["kms:calleraccount", stranger],
        ["kms:viaservice", service],
      ]),
    });
  const foreign = s3Services(partitionOf(key.arn), regionOf(key.arn)).map(through);
  const [open] = foreign.filter(({ is }) => is === "allowed");
  const [unsure] = foreign.filter(({ is }) => is === "undecided");
  const undecided = (what: string, by: readonly string[]): Finding =>
    finding("warning", "key-policy-not-decided", `${key.arn}: ${what} hangs on ${by.join(", ")}`);
  const reachable = own.is === "allowed" || own.is === "delegated";
  return [
    ...(own.is === "undecided" ? [undecided(`whether ${root} may kms:PutKeyPolicy`, own.by)] : []),
    ...(reachable || own.is === "undecided"
      ? []
      : [finding("error", "key-policy-lock-out", `${root} may not kms:PutKeyPolicy on ${key.arn}`)]),
    ...(unsure && !open ? [undecided("whether other accounts may kms:Decrypt through S3", unsure.by)] : []),
    ...(open ? [finding("error", "key-policy-public", `${key.arn}: ${open.by.join(", ")}`)] : []),
  ];
}

/** The target key: is it there, can it be used, and who could lock it away. */
export function keyChecks({ intent, key }: Facts): Finding[] {
  if (key === null) return [];
  const { arn } = key;
  const description = known(key.description);
  const region = regionOf(arn);
  const elsewhere =
    region === intent.region
      ? []
      : [finding("error", "key-other-region", `${arn} is in ${region}, the bucket in ${intent.region}`)];
  if (description === undefined) return elsewhere;
  if (description === null) return [...elsewhere, finding("error", "key-missing", arn)];
  const ownRotation = description.manager === "CUSTOMER" && known(key.rotates) === false;
  return [
    ...elsewhere,
    ...stateFindings(arn, description),
    ...(accountOf(arn) === intent.account
      ? []
      : [finding("warning", "key-other-account", `${arn}, the bucket is of ${intent.account}`)]),
    ...(ownRotation ? [finding("warning", "key-rotation-off", arn)] : []),
    ...(description.manager === "AWS" ? [] : policyFindings(key, description.account)),
  ];
}

/** Keys that objects were found under, and of which the fleet says nothing. AWS's own is another matter. */
export const otherKeyChecks = ({ intent, otherKeys }: Facts): Finding[] =>
  [...otherKeys]
    .filter(([, description]) => known(description)?.manager !== "AWS")
    .map(([arn]) => finding(intent.fleet ? "error" : "warning", "source-key-not-in-fleet", arn));

/** Keys that objects are under now. */
export const sourceKeyChecks = ({ sourceKeys }: Facts): Finding[] =>
  sourceKeys.flatMap(({ arn, description }) => {
    const found = known(description);
    if (found === undefined) return [];
    const state = found?.state ?? "not there";
    return state === "Enabled" ? [] : [finding("error", "source-key-unusable", `${arn} is ${state}`)];
  });

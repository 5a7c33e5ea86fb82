import { attribute, encryptionIn, knownText } from "../attributes";
import { type Finding, finding } from "../finding";
import { isChange } from "../normalise";
import { phrase } from "../phrase";
import type { ProviderScope, ResourceChange } from "../terraform-plan";
import { encryptionType, type Guard, type Reviewed, whereOf } from "./guard";

/** Attributes that say whose a resource is. A policy may name other accounts; these may not. */
const owners = ["arn", "key_arn", "target_key_arn", "expected_bucket_owner"];

function accountIn(text: string): string | undefined {
  if (/^\d{12}$/.test(text)) return text;
  const account = text.startsWith("arn:") ? text.split(":")[4] : undefined;
  return account && /^\d{12}$/.test(account) ? account : undefined;
}

function ofOthers({ target }: Reviewed, change: ResourceChange): { name: string; text: string }[] {
  const named = owners.flatMap((name) =>
    (["before", "after"] as const).map((side) => ({ name, text: knownText(attribute(change, side, name)) })),
  );
  const key = change.type === encryptionType ? knownText(encryptionIn(change, "after").keyArn) : undefined;
  // A key that the fleet names by its ARN may be another account's: somebody has decided so.
  const chosen = key !== undefined && target.buckets.some(({ keyArn }) => keyArn === key);
  return [...named, ...(chosen ? [] : [{ name: "kms_master_key_id", text: key }])].flatMap(({ name, text }) => {
    const account = text === undefined ? undefined : accountIn(text);
    return text === undefined || account === undefined || account === target.account.id ? [] : [{ name, text }];
  });
}

const isAws = ({ name }: ProviderScope): boolean => /(?:^|:)aws(?:\.|$)/.test(name);

/** No provider at all would take whatever account the credentials are of. */
function providerFindings({ target, plan }: Reviewed): Finding[] {
  const { account, region, stackName } = target;
  const providers = plan.providers.filter(isAws);
  const scopes = providers.length > 0 ? providers : [{ name: "aws", region: null, allowedAccountIds: null }];
  return scopes.flatMap(({ name, region: own, allowedAccountIds }) => {
    const ids = allowedAccountIds?.join(", ") ?? "any account";
    if (ids === account.id && own === region) return [];
    const evidence = phrase`provider ${name} is for ${ids} in ${own ?? "any region"}, the fleet says ${account.id} in ${region}`;
    return [finding("account-not-of-fleet", { stack: stackName }, evidence)];
  });
}

/** Resources of hashicorp/aws 6 name a region of their own, whatever their provider's is. */
const elsewhere = ({ target }: Reviewed, change: ResourceChange): { name: string; text: string }[] => {
  const region = knownText(attribute(change, "after", "region"));
  return region === undefined || region === target.region ? [] : [{ name: "region", text: region }];
};

/** Providers that may touch more than the stack's account and region, and resources of others. */
export const accountGuard: Guard = (reviewed) => [
  ...providerFindings(reviewed),
  ...reviewed.plan.resources.filter(isChange).flatMap((change) => {
    const others = [...ofOthers(reviewed, change), ...elsewhere(reviewed, change)];
    const seen = new Map(others.map((one) => [`${one.name} ${one.text}`, one]));
    return [...seen.values()].map(({ name, text }) =>
      finding("account-not-of-fleet", whereOf(reviewed, change), phrase`${change.address}: ${name} is ${text}`),
    );
  }),
];

import type { BucketUser, Facts, LogFacts } from "./facts";
import type { LoggedPrincipal } from "./logs/request";
import type { BucketUser as LoggedUser } from "./logs/usage";
import { isLike } from "./policy/conditions";
import { accountOf } from "./policy/evaluate";

const lastOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
const isRole = (arn: string): boolean => /:role\//.test(arn);

/**
 * Whether a name of the fleet, which may have wildcards, is a principal of a log.
 *
 * The session of a role leaves out the role's path, which is all that an access log has: there the last name decides.
 */
const isNamed = (names: readonly string[], arn: string): boolean =>
  names.some(
    (name) =>
      isLike(arn, name) ||
      (isRole(name) && isRole(arn) && accountOf(name) === accountOf(arn) && lastOf(name) === lastOf(arn)),
  );

/** Everybody whom the fleet names for the bucket. */
export const namesOf = ({ fleet }: Facts["intent"]): string[] =>
  fleet ? [...fleet.readers, ...fleet.writers, ...fleet.headerlessWriters] : [];

/** Clients that the logs show: everybody but the conversion role. */
export const loggedUsers = ({ intent, logs }: Pick<Facts, "intent" | "logs">): LoggedUser[] =>
  [...(logs?.usage.users.values() ?? [])].filter(
    ({ principal }) => principal.is !== "iam" || !isNamed([intent.roleArn], principal.arn),
  );

const reads = ({ seen }: LoggedUser): boolean => seen.has("read");
const writes = ({ seen }: LoggedUser): boolean => seen.has("write");

const useOf = (user: LoggedUser): BucketUser["does"][] => [
  ...(reads(user) ? (["read"] as const) : []),
  ...(writes(user) ? (["write"] as const) : []),
];

/** As policies name who is logged, where IAM has it. */
function arnOf({ partition, account }: Facts["intent"], { principal }: LoggedUser): string | undefined {
  if (principal.is === "owner") return `arn:${partition}:iam::${account}:root`;
  return principal.is === "iam" ? principal.arn : undefined;
}

/** Roles and users that read or write, and are none of the fleet's. */
export const strangersOf = (facts: { intent: Facts["intent"]; logs: LogFacts | null }): BucketUser[] =>
  loggedUsers(facts).flatMap((user) => {
    const arn = arnOf(facts.intent, user);
    if (arn === undefined || isNamed(namesOf(facts.intent), arn)) return [];
    return useOf(user).map((does) => ({ arn, does, from: "logs" as const }));
  });

/** Services that come on their own, and what they do. */
const services = (facts: Pick<Facts, "intent" | "logs">) =>
  loggedUsers(facts).flatMap((user) => {
    const { principal } = user;
    return principal.is === "service" ? useOf(user).map((does) => ({ name: principal.name, does })) : [];
  });

const servicePrincipal = /^[\w.-]+\.amazonaws\.com(\.cn)?$/;

/** Those that the log names as policies do, such as `delivery.logs.amazonaws.com`. */
export const loggedServices = (facts: Pick<Facts, "intent" | "logs">) =>
  services(facts).filter(({ name }) => servicePrincipal.test(name));

/** Those of which the log does not say which one it is, such as `AWS Internal`: no policy can name them. */
export const namelessServices = (facts: Pick<Facts, "intent" | "logs">) =>
  services(facts).filter(({ name }) => !servicePrincipal.test(name));

/** Whom the log shows by an id alone. An account of which the fleet names somebody is taken to be that one. */
export const unknownOf = (
  facts: Facts,
): { principal: Extract<LoggedPrincipal, { is: "foreign" }>; does: BucketUser["does"] }[] => {
  const accounts = new Set(namesOf(facts.intent).map(accountOf));
  return loggedUsers(facts).flatMap((user) => {
    const { principal } = user;
    if (principal.is !== "foreign" || accounts.has(principal.account ?? "none")) return [];
    return useOf(user).map((does) => ({ principal, does }));
  });
};

import type { Element, Named, Policy, Statement } from "./cases";
import type { Question } from "./independent";

/** Whom a caller is, from the account down to the session. */
function identitiesOf({ caller }: Question): readonly (readonly string[])[] {
  if (caller.is === "anonymous" || caller.is === "service") return [];
  const account = [caller.account, `arn:aws:iam::${caller.account}:root`];
  if (caller.is === "root") return [account];
  return caller.is === "role" ? [account, [caller.arn], [caller.sessionArn]] : [account, [caller.arn]];
}

const naming = (element: Element<Named>, AWS: readonly string[]): Element<Named> => ({
  ...element,
  value: { ...element.value, AWS },
});

/** Drops from `NotPrincipal` a caller who is not listed with all that he belongs to. */
export function exceptOnlyWhoIsListedWhole(question: Question, statement: Statement): Statement {
  const { principal } = statement;
  const listed = principal?.value.AWS;
  if (!principal?.not || !listed || listed.includes("*")) return statement;
  const identities = identitiesOf(question);
  if (identities.every((names) => names.some((name) => listed.includes(name)))) return statement;
  const others = listed.filter((name) => !identities.flat().includes(name));
  return {
    ...statement,
    principal: naming(principal, others.length > 0 ? others : ["arn:aws:iam::999999999999:user/nobody"]),
  };
}

const nameOfRole = (arn: string): string | undefined => /:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];

/** Renames a role that has the caller's name under another path. */
export function nameRolesByPath({ caller }: Question, statement: Statement): Statement {
  const { principal } = statement;
  const listed = principal?.value.AWS;
  if (!principal || !listed || caller.is !== "role") return statement;
  const confused = (arn: string) => arn !== caller.arn && nameOfRole(arn) === caller.roleName;
  return {
    ...statement,
    principal: naming(
      principal,
      listed.map((arn) => (confused(arn) ? `${arn}-of-another-path` : arn)),
    ),
  };
}

const onlyDenies = ({ statements, ...policy }: Policy): Policy => ({
  ...policy,
  statements: statements.filter(({ effect }) => effect === "Deny"),
});

const namesTheSession = (sessionArn: string, { principal }: Statement): boolean => {
  if (!principal || principal.not) return false;
  const { everyone, AWS = [] } = principal.value;
  return everyone === true || AWS.includes("*") || AWS.includes(sessionArn);
};

/** Once as it is, and once with only what is given to the session itself, and with everything that denies. */
export function alsoWithoutSessionPolicy(question: Question): readonly Question[] {
  const { caller, session, resourcePolicy, resourceAccount, identity, ...rest } = question;
  if (caller.is !== "role" || !session || !resourcePolicy || caller.account !== resourceAccount) return [question];
  const given = resourcePolicy.statements.filter(
    (statement) => statement.effect === "Deny" || namesTheSession(caller.sessionArn, statement),
  );
  if (!given.some(({ effect }) => effect === "Allow")) return [question];
  const denies = [...identity, session].map(onlyDenies).filter(({ statements }) => statements.length > 0);
  const direct = { ...resourcePolicy, statements: given };
  return [question, { ...rest, caller, resourceAccount, identity: denies, resourcePolicy: direct }];
}

import {
  isObject,
  isOwnStatement,
  type Json,
  type PolicyDocument,
  type Statement,
  statementsOf,
} from "../fleet/policy";
import { canonical, childOf, compareText, documentOf, namesOf } from "./json";

/** What becomes of one statement of a policy. */
export type StatementChange = {
  /** Null: it has none. */
  readonly sid: string | null;
  /** Whether this project wrote it. */
  readonly own: boolean;
} & (
  | { readonly is: "added"; readonly after: Statement }
  | { readonly is: "kept"; readonly after: Statement }
  | { readonly is: "changed"; readonly before: Statement; readonly after: Statement }
  | { readonly is: "removed"; readonly before: Statement }
);

/** As canonical JSON. A list is a set here, and one text is a list of one: IAM User Guide, "IAM JSON policy elements". */
function meaningOf(value: Json): string {
  if (Array.isArray(value)) {
    const texts = [...new Set(value.map((one: Json) => meaningOf(one)))].sort(compareText);
    return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join()}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort(compareText);
  return `{${names.map((name) => `${JSON.stringify(name)}:${meaningOf(value[name] ?? null)}`).join()}}`;
}

const sidOf = (statement: Statement): string | null => {
  const sid = statement["Sid"];
  return typeof sid === "string" && sid !== "" ? sid : null;
};

const described = (statement: Statement) => ({ sid: sidOf(statement), own: isOwnStatement(statement) });

/** Takes the first that fits out of a list. */
function take<T>(from: T[], fits: (one: T) => boolean): T | undefined {
  const index = from.findIndex(fits);
  return index < 0 ? undefined : from.splice(index, 1)[0];
}

const compared = (policy: PolicyDocument | null) =>
  policy === null
    ? []
    : statementsOf(policy).map((statement) => ({ statement, sid: sidOf(statement), meaning: meaningOf(statement) }));

/**
 * Statement by statement, in the order of the policy as it will be, then what is removed.
 *
 * Equal in meaning is kept; else an equal Sid is changed; what is left is removed or added.
 */
export function statementChanges(before: PolicyDocument | null, after: PolicyDocument | null): StatementChange[] {
  const [old, now] = [compared(before), compared(after)];
  const kept = new Set(now.filter(({ meaning: wanted }) => take(old, ({ meaning: had }) => had === wanted)));
  const found = now.map((one): StatementChange => {
    const { statement, sid } = one;
    if (kept.has(one)) return { ...described(statement), is: "kept", after: statement };
    const same = sid === null ? undefined : take(old, (other) => other.sid === sid);
    return same
      ? { ...described(statement), is: "changed", before: same.statement, after: statement }
      : { ...described(statement), is: "added", after: statement };
  });
  const removed = old.map(
    ({ statement }): StatementChange => ({ ...described(statement), is: "removed", before: statement }),
  );
  return [...found, ...removed];
}

/** What a policy says besides its statements, such as its Version, which decides what variables mean. */
export function aroundStatements(policy: PolicyDocument | null): string {
  if (policy === null) return "";
  const names = namesOf(policy).filter((name) => name !== "Statement");
  return canonical(Object.fromEntries(names.map((name) => [name, childOf(policy, name) ?? null])));
}

/** The policy in an attribute. Null: there is none; nothing where it is no policy. */
export function policyIn(value: Json | undefined): PolicyDocument | null | undefined {
  if (value === undefined || value === null || value === "") return null;
  const document = typeof value === "string" ? documentOf(value) : undefined;
  return isObject(document) ? document : undefined;
}

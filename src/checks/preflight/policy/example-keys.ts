import { type PolicyDocument, statementsOf } from "../../../fleet/policy";
import { isLike, strings } from "./conditions";
import { examplesWithin } from "./examples";

/** A key that a pattern matches only if it matches every key that is as long: its one letter is in none of them. */
function unnamedKey(patterns: readonly string[]): string {
  const written = patterns.join("");
  let code = "a".charCodeAt(0);
  while (written.includes(String.fromCharCode(code))) code++;
  return String.fromCharCode(code).repeat(64);
}

/**
 * ARNs of objects about which a bucket's policy may say different things: of a key that no statement of an effect tells from
 * others, and of one in each part of the bucket that one does.
 */
export function exampleKeys(bucketArn: string, policy: PolicyDocument | null, effect: "Allow" | "Deny"): string[] {
  const statements = policy === null ? [] : statementsOf(policy).filter(({ Effect }) => Effect === effect);
  const patterns = statements.flatMap(({ Resource, NotResource }) => [...strings(Resource), ...strings(NotResource)]);
  const start = `${bucketArn}/`;
  const [any, unnamed] = [`${start}any-key`, `${start}${unnamedKey(patterns)}`];
  const told = patterns.some((pattern) => isLike(any, pattern) !== isLike(unnamed, pattern));
  return [...new Set([told ? unnamed : any, ...patterns.flatMap((pattern) => examplesWithin(start, pattern))])];
}

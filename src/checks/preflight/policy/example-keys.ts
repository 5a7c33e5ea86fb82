import { type PolicyDocument, statementsOf } from "../../../fleet/policy";
import { isLike, strings } from "./conditions";

/** Something that a pattern matches. */
export const exampleOf = (pattern: string): string => pattern.replaceAll("*", "x").replaceAll("?", "x");

/**
 * ARNs of objects about which a bucket's policy may say different things: of any key, and of one in each part of the
 * bucket that statements of an effect tell apart.
 */
export function exampleKeys(bucketArn: string, policy: PolicyDocument | null, effect: "Allow" | "Deny"): string[] {
  const statements = policy === null ? [] : statementsOf(policy).filter(({ Effect }) => Effect === effect);
  const patterns = statements.flatMap(({ Resource, NotResource }) => [...strings(Resource), ...strings(NotResource)]);
  const keys = patterns.flatMap((pattern) => {
    const slash = pattern.indexOf("/");
    // A bucket's name has no slash, and a pattern may be about more buckets than this one.
    return slash >= 0 && isLike(bucketArn, pattern.slice(0, slash)) ? [exampleOf(pattern.slice(slash + 1))] : [];
  });
  return [...new Set(["any-key", ...keys])].map((key) => `${bucketArn}/${key}`);
}

import type { Condition, Policy, Statement } from "../identity/policy/document";

/** Keys that, compared with a fixed value, make an Allow to everybody not public. */
const narrowing: ReadonlySet<string> = new Set([
  "aws:sourcearn",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:sourceowner",
  "aws:sourceaccount",
  "aws:sourceip",
  "aws:userid",
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:dataaccesspointarn",
  "s3:dataaccesspointaccount",
]);

const comparesEqual = /^(?:ForAnyValue:)?(?:String(?:Equals|EqualsIgnoreCase|Like)|Arn(?:Equals|Like)|IpAddress)$/;

const isFixed = ({ operator, key, values }: Condition): boolean =>
  comparesEqual.test(operator) &&
  narrowing.has(key.toLowerCase()) &&
  values.every((value) => !/[*?]|\$\{|\/[0-7]$/.test(value));

const isPublicStatement = ({ effect, principals, conditions }: Statement): boolean =>
  effect === "Allow" && (principals?.values.everyone === true || principals?.not === true) && !conditions.some(isFixed);

/** Whether a bucket policy is public. User Guide, "Blocking public access", "The meaning of public". */
export const isPublic = (policy: Policy): boolean => policy.statements.some(isPublicStatement);

import { isObject, type Json, type Statement } from "../fleet/policy";

const list = (value: Json | undefined): string[] =>
  value === undefined ? [] : (Array.isArray(value) ? value : [value]).map((one) => String(one));

const hasStar = (value: Json | undefined): boolean =>
  isObject(value) ? Object.values(value).some(hasStar) : list(value).includes("*");

/** Keys that say who asks, or from where: one fixed value of one of them, and not everybody is let in. */
const restricting = new Set(
  [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "kms:CallerAccount",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
    "token.actions.githubusercontent.com:sub",
  ].map((key) => key.toLowerCase()),
);

const operators = /^(?:ForAnyValue:)?(?:StringEquals|StringLike|ArnEquals|ArnLike|IpAddress)$/;

function isFixed(value: string): boolean {
  if (value.includes("${") || value === "") return false;
  const [, address = "", bits] = /^([\d.:a-f]+)\/(\d+)$/i.exec(value) ?? [];
  // S3 calls ranges that are broader than /8 of IPv4 or /32 of IPv6 public. Same page.
  if (bits !== undefined) return Number(bits) >= (address.includes(":") ? 32 : 8);
  if (/^o-\w+\//.test(value)) return true; // a path below an organisation
  const [scheme, , , , account] = value.split(":");
  // Of an ARN the account decides, if it has one.
  const deciding = scheme === "arn" && account ? value.split(":").slice(0, 5).join(":") : value;
  return !/[*?]/.test(deciding);
}

function restricts(condition: Json | undefined): boolean {
  if (!isObject(condition)) return false;
  return Object.entries(condition).some(
    ([operator, block]) =>
      operators.test(operator) &&
      isObject(block) &&
      Object.entries(block).some(([key, values]) => {
        const wanted = list(values);
        return restricting.has(key.toLowerCase()) && wanted.length > 0 && wanted.every(isFixed);
      }),
  );
}

/**
 * Whether a statement allows something to everybody. `IfExists` restricts nobody who sends nothing.
 *
 * Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "The meaning of public".
 */
export function isPublicAllow(statement: Statement): boolean {
  if (statement["Effect"] !== "Allow") return false;
  const everybody = statement["NotPrincipal"] !== undefined || hasStar(statement["Principal"]);
  return everybody && !restricts(statement["Condition"]);
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import type { Asker, Case, Condition, Policy, Statement } from "./cases";
import type { differences } from "./differences";
import { callers } from "./ours";

const policy = (...statements: readonly Statement[]): Policy => ({ version: "2012-10-17", statements });

const allow: Statement = {
  effect: "Allow",
  action: { not: false, value: ["s3:*"] },
  resource: { not: false, value: ["*"] },
  conditions: [],
};

const to = (...AWS: readonly string[]): Pick<Statement, "principal"> => ({ principal: { not: false, value: { AWS } } });

const getObject: Case = {
  caller: callers.user,
  identity: [],
  action: "s3:GetObject",
  resource: "arn:aws:s3:::photos/cat.jpg",
  resourceAccount: callers.user.account,
  keys: {},
  secure: true,
  sourceIp: "10.1.2.3",
  viaService: false,
};

const allowedBy = (statement: Partial<Statement>, more: Partial<Case> = {}): Case => ({
  ...getObject,
  identity: [policy({ ...allow, ...statement })],
  ...more,
});

const onlyIf = (operator: string, key: string, values: readonly string[], more?: Partial<Case>): Case =>
  allowedBy({ conditions: [{ operator, key, values } satisfies Condition] }, more);

const onlyOn = (resource: string, more?: Partial<Case>): Case =>
  allowedBy({ resource: { not: false, value: [resource] } }, more);

const asSession = (session: Asker["caller"], resourcePolicy: Policy, more: Partial<Case> = {}): Case => ({
  ...getObject,
  caller: session,
  resourcePolicy,
  ...more,
});

/** The smallest case of each difference that we know: when the evaluators agree on it, the difference can go. */
export const examples: Readonly<Record<keyof typeof differences, Case>> = {
  version: {
    ...getObject,
    identity: [
      { statements: [{ ...allow, resource: { not: false, value: ["arn:aws:s3:::photos/${aws:username}"] } }] },
    ],
    resource: "arn:aws:s3:::photos/ann",
  },
  unresolvedVariable: onlyIf("StringNotEquals", "aws:username", ["${aws:PrincipalTag/absent}"]),
  variableInArn: onlyIf("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::${aws:PrincipalAccount}:user/*"]),
  specialCharacters: onlyIf("StringEquals", "aws:PrincipalTag/text", ["a${*}"], {
    keys: { "aws:PrincipalTag/text": "a*" },
  }),
  lineBreak: onlyOn("arn:aws:s3:::photos/*", { resource: "arn:aws:s3:::photos/two\nlines" }),
  wildcardBeyondColon: allowedBy(
    { action: { not: false, value: ["kms:*"] }, resource: { not: false, value: ["arn:aws:kms:*:key/*"] } },
    {
      action: "kms:Decrypt",
      resource: "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555",
      resourcePolicy: policy({ ...allow, action: { not: false, value: ["kms:*"] }, ...to("111111111111") }),
    },
  ),
  ifExistsInSets: onlyIf("ForAnyValue:StringEqualsIfExists", "aws:TagKeys", ["team"]),
  emptySet: onlyIf("ForAllValues:StringEquals", "aws:TagKeys", ["team"], { keys: { "aws:TagKeys": [""] } }),
  multivaluedWithoutSet: onlyIf("StringEquals", "aws:TagKeys", ["team"], { keys: { "aws:TagKeys": ["team"] } }),
  dates: onlyIf("DateEquals", "aws:CurrentTime", ["1767225600"]),
  addresses: onlyIf("IpAddress", "aws:SourceIp", ["0.0.0.0/0"]),
  notPrincipal: allowedBy(
    {},
    {
      resourcePolicy: policy({
        ...allow,
        effect: "Deny",
        principal: { not: true, value: { AWS: [callers.user.arn] } },
      }),
    },
  ),
  rolePath: asSession(
    callers.sessionWithPath,
    policy({ ...allow, ...to("arn:aws:iam::111111111111:role/elsewhere/worker") }),
  ),
  sessionPolicy: asSession(callers.session, policy({ ...allow, ...to("*") }), {
    session: policy({ ...allow, action: { not: false, value: ["s3:ListBucket"] } }),
  }),
};

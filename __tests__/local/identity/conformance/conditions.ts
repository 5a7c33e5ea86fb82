// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import fc from "fast-check";
import { account, otherAccount } from "../world";
import type { Condition, Keys } from "./cases";
import { callers } from "./ours";

const { user, session, sessionWithPath } = callers;

export const someOf = <T>(values: readonly T[], minLength = 1, maxLength = 2) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength });

/** What the values of a key look like, in requests and in policies. Few of them, so that they often fit. */
interface Kind {
  readonly operators: readonly string[];
  readonly actual: readonly string[];
  readonly expected: readonly string[];
}

const kinds = {
  text: {
    operators: [
      ...["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
      ...["StringLike", "StringNotLike"],
    ],
    actual: ["ann", "Ann", "blue", "docs/ann/", "a*", "a?b", "a$b", "x\ny"],
    expected: [
      ...["ann", "ANN", "blue", "docs/*", "*n", "?nn", "a*", "a${*}", "a${?}b", "a${$}b", "*", "x*y"],
      ...["${aws:username}", "docs/${aws:username}/", "${aws:PrincipalTag/absent}", "${aws:PrincipalOrgPaths}"],
      ...["${aws:PrincipalTag/absent, 'blue'}", "${aws:username, 'ann'}", "${AWS:principaltag/Text}*"],
    ],
  },
  number: {
    operators: [
      ...["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals"],
      ...["NumericGreaterThan", "NumericGreaterThanEquals"],
    ],
    actual: ["0", "9", "10", "10.0", "-3", "10.5"],
    expected: ["0", "9", "10", "10.00", "-3", "100", "10.5"],
  },
  date: {
    operators: [
      ...["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals"],
      ...["DateGreaterThan", "DateGreaterThanEquals"],
    ],
    // The clock of the requests stands at the first of these.
    actual: ["2026-01-01T00:00:00Z", "1767225600", "2025-06-30T12:00:00Z", "2026-01-01T01:00:00+01:00"],
    expected: ["2026-01-01T00:00:00Z", "1767225600", "1767225601", "2026-01-01T02:00:00+02:00", "2025-06-30T12:00:00Z"],
  },
  truth: { operators: ["Bool"], actual: ["true", "false"], expected: ["true", "false", "True"] },
  bytes: { operators: ["BinaryEquals"], actual: ["QmluYXJ5", "AAEC"], expected: ["QmluYXJ5", "qmluyxj5"] },
  address: {
    operators: ["IpAddress", "NotIpAddress"],
    actual: ["10.1.2.3", "10.255.0.1", "192.168.0.7", "2001:db8::7", "2001:DB8:0:0:0:0:0:7", "::1"],
    expected: [
      ...["10.1.2.3", "10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "192.168.0.0/25", "10.1.2.77/24"],
      ...["2001:db8::/32", "2001:db8::7", "::/0", "2001:db8::7/128", "::1/128"],
    ],
  },
  arn: {
    operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    actual: [
      user.arn,
      session.arn,
      sessionWithPath.arn,
      "arn:aws:s3:::photos",
      "arn:aws:sns:eu-west-1:111111111111:a:b",
    ],
    expected: [
      ...[user.arn, session.arn, `arn:aws:iam::${account}:*`, "arn:aws:iam::*:user/a?n", "arn:*:s3:::photos"],
      ...["arn:aws:iam::${aws:PrincipalAccount}:*", `arn:aws:iam::${account}:user/\${aws:username}`],
      ...["arn:aws:iam:*:role/*", `arn:aws:iam::${account}:user/\${aws:PrincipalTag/absent}`, "arn:aws:sns:*:*:a:*"],
    ],
  },
} satisfies Record<string, Kind>;

/** Keys with what they hold. Tags of the caller carry any kind; AWS's own keys have the type that AWS gives them. */
const keysOfEvery: readonly (readonly [string, Kind])[] = [
  ["aws:PrincipalTag/text", kinds.text],
  ["aws:PrincipalTag/number", kinds.number],
  ["aws:PrincipalTag/date", kinds.date],
  ["aws:PrincipalTag/truth", kinds.truth],
  ["aws:PrincipalTag/bytes", kinds.bytes],
  ["aws:PrincipalTag/address", kinds.address],
  ["aws:PrincipalTag/arn", kinds.arn],
];
const multivalued: readonly (readonly [string, Kind])[] = [
  ["aws:PrincipalOrgPaths", kinds.text],
  ["aws:CalledVia", kinds.text],
  ["aws:TagKeys", kinds.text],
  ["s3:RequestObjectTagKeys", { ...kinds.text, expected: ["team", "proj*", "cost"] }],
  ["kms:EncryptionContextKeys", { ...kinds.text, expected: ["aws:s3:arn", "aws:s3:*", "other"] }],
];
/** These the request has or lacks without being told. */
const ownKeys: readonly (readonly [string, Kind])[] = [
  ["aws:CurrentTime", kinds.date],
  ["aws:EpochTime", kinds.date],
  ["aws:EpochTime", { ...kinds.number, expected: ["1767225600", "0", "1767225601.5"] }],
  ["aws:SourceIp", kinds.address],
  ["aws:SecureTransport", kinds.truth],
  ["aws:ViaAWSService", kinds.truth],
  ["aws:PrincipalIsAWSService", kinds.truth],
  ["aws:PrincipalArn", kinds.arn],
  ["aws:SourceArn", kinds.arn],
  ["aws:username", kinds.text],
  ["aws:PrincipalType", { ...kinds.text, expected: ["User", "Assumed*", "Anonymous", "account"] }],
  ["s3:x-amz-server-side-encryption", { ...kinds.text, expected: ["AES256", "aws:kms", "AWS:KMS", "aws:kms*"] }],
  ["s3:prefix", kinds.text],
  ["s3:max-keys", kinds.number],
  ["kms:ViaService", { ...kinds.text, expected: ["s3.*.amazonaws.com", "s3.${aws:RequestedRegion}.amazonaws.com"] }],
  ["kms:EncryptionContext:aws:s3:arn", { ...kinds.text, expected: ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"] }],
  ["kms:EncryptionContext:aws:s3:arn", { ...kinds.arn, expected: ["arn:aws:s3:::photos", "arn:*:s3:::photos/*"] }],
  ["KMS:encryptioncontext:team", kinds.text],
  ["sts:ExternalId", kinds.text],
  ["sts:RoleSessionName", kinds.text],
  ["AWS:principalaccount", { ...kinds.text, expected: [account, otherAccount, "${aws:ResourceAccount}"] }],
];

const choices = [...keysOfEvery, ...multivalued, ...multivalued, ...ownKeys];
const operators = [...new Set(choices.flatMap(([, kind]) => kind.operators))];

const quantifiers = (key: string): readonly string[] => {
  const sets = ["", "ForAnyValue:", "ForAllValues:"];
  return multivalued.some(([name]) => name === key) ? sets : ["", "", "", ...sets];
};

/** The operator first, so that all are as frequent. */
const comparison: fc.Arbitrary<Condition> = fc
  .constantFrom(...operators)
  .chain((operator) =>
    fc.record({
      operator: fc.constant(operator),
      choice: fc.constantFrom(...choices.filter(([, kind]) => kind.operators.includes(operator))),
    }),
  )
  .chain(({ operator, choice: [key, { expected }] }) =>
    fc.record({
      key: fc.constant(key),
      operator: fc
        .tuple(fc.constantFrom(...quantifiers(key)), fc.constantFrom("", "", "IfExists"))
        .map(([quantifier, ifExists]) => `${quantifier}${operator}${ifExists}`),
      values: someOf(expected, 1, 3),
    }),
  );

const presence: fc.Arbitrary<Condition> = fc.record({
  key: fc.constantFrom(...choices).map(([key]) => key),
  operator: fc.constant("Null"),
  values: someOf(["true", "false"]),
});

export const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 9, arbitrary: comparison },
  { weight: 1, arbitrary: presence },
);

export const conditions = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 3,
    arbitrary: fc.uniqueArray(condition, {
      minLength: 1,
      maxLength: 3,
      selector: ({ operator, key }) => `${operator} ${key}`,
    }),
  },
);

/** The caller's tags. */
export const tags: fc.Arbitrary<Keys> = fc.record(
  Object.fromEntries(keysOfEvery.map(([key, { actual }]) => [key, fc.constantFrom(...actual)])),
  { requiredKeys: [] },
);

/** Lists of AWS's global keys. */
export const lists: fc.Arbitrary<Keys> = fc.record(
  Object.fromEntries(
    multivalued
      .filter(([key]) => key.startsWith("aws:"))
      .map(([key, { actual }]) => [
        key,
        fc.oneof({ weight: 9, arbitrary: someOf(actual, 1, 3) }, { weight: 1, arbitrary: fc.constant([""]) }),
      ]),
  ),
  { requiredKeys: [] },
);

export const addresses = fc.constantFrom(...kinds.address.actual);

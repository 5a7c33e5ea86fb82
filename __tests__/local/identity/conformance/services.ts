// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import fc from "fast-check";
import { account, otherAccount } from "../world";
import type { Case, Keys } from "./cases";
import { someOf } from "./conditions";

/** What a service's policies name and its requests ask for. */
export interface Service {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly requests: fc.Arbitrary<Pick<Case, "action" | "resource" | "keys" | "viaService">>;
}

export const keyArn = `arn:aws:kms:eu-west-1:${account}:key/11111111-2222-3333-4444-555555555555`;
const otherKeyArn = `arn:aws:kms:eu-west-1:${account}:key/99999999-9999-9999-9999-999999999999`;

const objectKeys = ["cat.jpg", "docs/ann/a.txt", "docs/b (1).txt", "x:y", "docs/two\nlines", "q?.jpg"];

const putKeys: fc.Arbitrary<Keys> = fc.record(
  {
    "s3:x-amz-server-side-encryption": fc.constantFrom("AES256", "aws:kms", "aws:kms:dsse"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": fc.constantFrom(keyArn, otherKeyArn),
    "s3:x-amz-server-side-encryption-customer-algorithm": fc.constant("AES256"),
    "s3:x-amz-acl": fc.constantFrom("private", "bucket-owner-full-control"),
    "s3:x-amz-storage-class": fc.constantFrom("STANDARD", "GLACIER"),
    "s3:RequestObjectTagKeys": someOf(["team", "project"]),
  },
  { requiredKeys: [] },
);

export const s3: Service = {
  actions: [
    ...["*", "s3:*", "s3:Get*", "S3:getobject", "s3:PutObject", "s3:Put?bject", "s3:*Object", "s3:ListBucket"],
    ...["kms:*", "s3:?etObject", "s3:DeleteObject", "s3:GetObject"],
  ],
  resources: [
    ...["*", "arn:aws:s3:::photos", "arn:aws:s3:::photos/*", "arn:aws:s3:::*", "arn:aws:s3:::ph?tos/*"],
    ...["arn:aws:s3:::photos/docs/${aws:username}/*", "arn:aws:s3:::photos/*.jpg", "arn:*:s3:::photos*"],
    ...["arn:aws:s3:::photos/docs/${aws:PrincipalTag/absent}/*", "arn:aws:s3:::other/*", "arn:aws:s3:::photos/x:?"],
    ...["arn:aws:s3:::photos/${aws:PrincipalTag/absent, 'docs'}/*", "arn:aws:s3:::photos/q${?}.jpg", "arn:aws:s3:*"],
    ...["arn:aws:s3:::photos/docs/two*", "arn:aws:s3:::photos/docs/b (1).txt"],
  ],
  requests: fc.oneof(
    fc.record({
      action: fc.constantFrom("s3:GetObject", "s3:DeleteObject"),
      resource: fc.constantFrom(...objectKeys).map((key) => `arn:aws:s3:::photos/${key}`),
      keys: fc.constant({}),
      viaService: fc.constant(false),
    }),
    fc.record({
      action: fc.constant("s3:PutObject"),
      resource: fc.constantFrom(...objectKeys).map((key) => `arn:aws:s3:::photos/${key}`),
      keys: putKeys,
      viaService: fc.constant(false),
    }),
    fc.record({
      action: fc.constant("s3:ListBucket"),
      resource: fc.constant("arn:aws:s3:::photos"),
      keys: fc.record({ "s3:prefix": fc.constantFrom("docs/ann/", ""), "s3:max-keys": fc.constantFrom("10", "1000") }),
      viaService: fc.constant(false),
    }),
  ),
};

export const kms: Service = {
  actions: ["*", "kms:*", "kms:Decrypt", "kms:GenerateDataKey*", "kms:de*", "s3:*", "kms:DescribeKey"],
  resources: [
    ...["*", keyArn, otherKeyArn, `arn:aws:kms:*:${account}:key/*`, "arn:aws:kms:eu-west-1:*:key/1111*"],
    ...[
      `arn:aws:kms:\${aws:RequestedRegion}:${account}:key/*`,
      "arn:aws:kms:*:key/*",
      "arn:aws:kms:*:*:key/????????-*",
    ],
  ],
  requests: fc.record({
    action: fc.constantFrom("kms:Decrypt", "kms:GenerateDataKey"),
    resource: fc.constant(keyArn),
    keys: fc.record(
      {
        "kms:CallerAccount": fc.constantFrom(account, otherAccount),
        "kms:ViaService": fc.constantFrom("s3.eu-west-1.amazonaws.com", "ebs.eu-west-1.amazonaws.com"),
        "kms:EncryptionContextKeys": fc.constant(["aws:s3:arn"]),
        "kms:EncryptionContext:aws:s3:arn": fc.constantFrom("arn:aws:s3:::photos", "arn:aws:s3:::photos/cat.jpg"),
        "kms:EncryptionContext:team": fc.constantFrom("blue", "ann"),
      },
      { requiredKeys: [] },
    ),
    viaService: fc.boolean(),
  }),
};

export const roleArn = `arn:aws:iam::${account}:role/team/worker`;

/** Roles, whose trust policies name no resource. */
export const sts: Service = {
  actions: ["*", "sts:*", "sts:AssumeRole", "sts:assume*", "sts:TagSession", "s3:*"],
  resources: ["*", roleArn, `arn:aws:iam::${account}:role/*`, "arn:aws:iam::*:role/*/worker", `${roleArn}2`],
  requests: fc.record({
    action: fc.constant("sts:AssumeRole"),
    resource: fc.constant(roleArn),
    keys: fc.record(
      { "sts:ExternalId": fc.constantFrom("ann", "blue"), "sts:RoleSessionName": fc.constantFrom("Ann", "blue") },
      { requiredKeys: [] },
    ),
    viaService: fc.constant(false),
  }),
};

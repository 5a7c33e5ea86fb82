import { parseFleet } from "../../../../src/fleet/parse";
import { statementsOf } from "../../../../src/fleet/policy";
import { keyPolicy } from "../../../../stacks/policies/key-policy";
import { bucketPolicy } from "../../../../stacks/policies/legacy-bucket";
import { account, otherAccount } from "../world";
import { type Policy, policyOf } from "./cases";
import { callers } from "./ours";
import { keyArn } from "./services";

const { user, foreignUser, service } = callers;

const fleetOf = (bucket: string, region = "backupRetentionInDays: 90") =>
  parseFleet(
    `state: { backend: local, directory: state }
accounts:
  - { name: sandbox, id: "${account}", wave: 0, regions: { eu-west-1: { ${region}, buckets: [{ name: photos, ${bucket} }] } } }
`,
    "/fleets/fleet.yaml",
  );

const readers = `readers: ["${user.arn}", "arn:aws:iam::${otherAccount}:role/*"]`;

/** The bucket policies that the stacks emit. */
export const enforced: readonly Policy[] = ["encrypt", "enforce"].flatMap((stage) =>
  ["AES256", "aws:kms", "aws:kms:dsse"].flatMap((encryption) =>
    ["[]", `["arn:aws:iam::${account}:role/read*", "${foreignUser.arn}"]`].flatMap((writers) => {
      const key = encryption === "AES256" ? "" : `, keyArn: "${keyArn}"`;
      const [target] = fleetOf(
        `stage: ${stage}, encryption: "${encryption}", headerlessWriters: ${writers}${key}`,
      ).targets;
      const [bucket] = target?.buckets ?? [];
      const policy = target && bucket ? bucketPolicy(target, bucket) : null;
      return policy ? [policyOf(statementsOf(policy))] : [];
    }),
  ),
);

/** The key policies that the stacks emit. */
export const keyPolicies: readonly Policy[] = ["account-via-s3", "named"].flatMap((keyAccess) =>
  ["", `, ${readers}`, `, serviceWriters: ["${service.service}"]`].flatMap((more) =>
    fleetOf(`stage: encrypt${more}`, `keyAccess: ${keyAccess}`).targets.map((target) =>
      policyOf(statementsOf(keyPolicy(target))),
    ),
  ),
);

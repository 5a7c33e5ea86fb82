import { answers, refusalOf, refuses } from "../../conformance/expect";
import { denyPuts, isAllowed, isRefused, type Probe, withoutHeader } from "./probe";

const updatesAtOnce = 50;
const updates = 200;

const to = (KMSKeyArn: string) => ({ ObjectEncryption: { SSEKMS: { KMSKeyArn, BucketKeyEnabled: true } } });

/** UpdateObjectEncryption. */
export const updateProbes: readonly Probe[] = [
  {
    question: "Does UpdateObjectEncryption get through a policy that refuses puts without the encryption header?",
    sends: "UpdateObjectEncryption under a Deny of s3:PutObject where s3:x-amz-server-side-encryption is missing",
    needs: ["permissions"],
    ask: async ({ s3, bucket, key, policy }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      await s3.putObject({ ...id, Body: "body" });
      await policy(id.Bucket, denyPuts(id.Bucket, withoutHeader));
      await refuses(s3.putObject({ ...id, Body: "body" }), 403);
      return isAllowed(s3.updateObjectEncryption({ ...id, ...to(await key()) }));
    },
  },
  {
    question: "Does UpdateObjectEncryption get through a policy that refuses puts with another algorithm than aws:kms?",
    sends: "UpdateObjectEncryption under a Deny of s3:PutObject where s3:x-amz-server-side-encryption is not aws:kms",
    needs: ["permissions"],
    ask: async ({ s3, bucket, key, policy }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      await s3.putObject({ ...id, Body: "body" });
      const another = { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } };
      await policy(id.Bucket, denyPuts(id.Bucket, another));
      await refuses(s3.putObject({ ...id, Body: "body", ServerSideEncryption: "AES256" }), 403);
      return isAllowed(s3.updateObjectEncryption({ ...id, ...to(await key()) }));
    },
  },
  {
    question: "Can a bucket policy deny s3:UpdateObjectEncryption to other keys than one, and to that one not?",
    sends:
      "UpdateObjectEncryption to two keys under a Deny of s3:UpdateObjectEncryption where s3:x-amz-server-side-encryption-aws-kms-key-id is not the one's ARN",
    needs: ["permissions"],
    ask: async ({ s3, bucket, key, policy }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      await s3.putObject({ ...id, Body: "body" });
      const [target, another] = [await key("first"), await key("second")];
      const condition = { StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": target } };
      await policy(id.Bucket, { ...denyPuts(id.Bucket, condition), Action: "s3:UpdateObjectEncryption" });
      const right = await isAllowed(s3.updateObjectEncryption({ ...id, ...to(target) }), "to the one");
      return right.is === "yes" ? isRefused(s3.updateObjectEncryption({ ...id, ...to(another) }), 403) : right;
    },
  },
  {
    question: "Does UpdateObjectEncryption take an object that is under the AWS managed key aws/s3?",
    sends: "UpdateObjectEncryption of an object that was put with aws:kms and no key id",
    ask: async ({ s3, bucket, key }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      await s3.putObject({ ...id, Body: "body", ServerSideEncryption: "aws:kms" });
      const SSEKMSKeyId = await key();
      const answer = await isAllowed(s3.updateObjectEncryption({ ...id, ...to(SSEKMSKeyId) }));
      if (answer.is === "yes") await answers(s3.headObject(id), { SSEKMSKeyId, BucketKeyEnabled: true });
      return answer;
    },
  },
  {
    question:
      "Do s3:UpdateObjectEncryption and s3:PutObject do for a version by its id, without an action for versions?",
    sends: "UpdateObjectEncryption with the id of a noncurrent version, as a role with these two actions and the key",
    needs: ["permissions"],
    ask: async ({ s3, bucket, key, role }) => {
      const id = { Bucket: await bucket({ versioned: true }), Key: "key" };
      const { VersionId } = await s3.putObject({ ...id, Body: "body" });
      await s3.putObject({ ...id, Body: "newer" });
      const KMSKeyArn = await key();
      const use = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"];
      const objects = `arn:aws:s3:::${id.Bucket}/*`;
      const as = await role([
        { Effect: "Allow", Action: ["s3:UpdateObjectEncryption", "s3:PutObject"], Resource: objects },
        { Effect: "Allow", Action: use, Resource: KMSKeyArn },
      ]);
      await answers(as.s3.updateObjectEncryption({ ...id, ...to(KMSKeyArn) }));
      return isAllowed(as.s3.updateObjectEncryption({ ...id, VersionId, ...to(KMSKeyArn) }));
    },
  },
  {
    question: `Are any of ${updates} updates throttled, ${updatesAtOnce} at once?`,
    sends: `UpdateObjectEncryption of one object ${updates} times, ${updatesAtOnce} at once; the SDK's own repetitions count`,
    ask: async ({ s3, bucket, key }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      await s3.putObject({ ...id, Body: "body" });
      const update = { ...id, ...to(await key()) };
      const outcomes = new Map<string, number>();
      const started = Date.now();
      let left = updates;
      const count = (outcome: string): unknown => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const work = async (): Promise<void> => {
        while (left-- > 0) {
          let attempts = 1;
          const call = s3.updateObjectEncryption(update).then(({ $metadata }) => {
            attempts = $metadata.attempts ?? 1;
          });
          const refusal = await refusalOf(call);
          count(refusal ? `${refusal.status} ${refusal.code}` : attempts > 1 ? "200 when repeated" : "200");
        }
      };
      await Promise.all(Array.from({ length: updatesAtOnce }, work));
      const counts = [...outcomes].map(([outcome, times]) => `${outcome}: ${times}`).join(", ");
      const evidence = `${counts}; ${Date.now() - started} ms`;
      const others = [...outcomes.keys()].filter((outcome) => outcome !== "200");
      if (others.length === 0) return { is: "no", evidence };
      return { is: others.every((outcome) => /^(?:503|200 when repeated)/.test(outcome)) ? "yes" : "other", evidence };
    },
  },
];

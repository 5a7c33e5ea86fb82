import { refuses } from "../../conformance/expect";
import type { World } from "../../conformance/world";
import { postForm } from "./post-form";
import { type Answer, denyPuts, isAllowed, isRefused, type Probe, withoutHeader } from "./probe";

const keyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const fiveMebibytes = "5 MiB of it".padEnd(5 * 1024 ** 2, ".");

/** A bucket that refuses puts without the encryption header, and does so already. */
async function enforcing({ s3, bucket, policy }: World): Promise<string> {
  const Bucket = await bucket();
  await s3.putObject({ Bucket, Key: "source", Body: fiveMebibytes });
  await policy(Bucket, denyPuts(Bucket, withoutHeader));
  await refuses(s3.putObject({ Bucket, Key: "without", Body: "body" }), 403);
  return Bucket;
}

/** How policies see the encryption of what carries no header of its own. */
export const policyProbes: readonly Probe[] = [
  {
    question: "Do parts and completion of an upload that began with the header get through a policy that asks for it?",
    sends:
      "CreateMultipartUpload with AES256, UploadPart, UploadPartCopy and CompleteMultipartUpload under such a Deny",
    needs: ["permissions"],
    ask: async (world) => {
      const { s3 } = world;
      const id = { Bucket: await enforcing(world), Key: "key" };
      const { UploadId } = await s3.createMultipartUpload({ ...id, ServerSideEncryption: "AES256" });
      const one = { ...id, UploadId, PartNumber: 1 };
      const two = { ...id, UploadId, PartNumber: 2 };
      const copied = await isAllowed(
        s3.uploadPartCopy({ ...one, CopySource: `${id.Bucket}/source` }),
        "UploadPartCopy",
      );
      if (copied.is !== "yes") return copied;
      const uploaded = await isAllowed(s3.uploadPart({ ...two, Body: "body" }), "UploadPart");
      if (uploaded.is !== "yes") return uploaded;
      const { Parts } = await s3.listParts({ ...id, UploadId });
      const MultipartUpload = { Parts: Parts?.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
      return isAllowed(s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload }), "CompleteMultipartUpload");
    },
  },
  {
    question: "Does a browser form with the field x-amz-server-side-encryption get through such a policy?",
    sends: "POST of a form with x-amz-server-side-encryption AES256, in its policy too, under such a Deny",
    needs: ["permissions"],
    ask: async (world): Promise<Answer> => {
      const bucket = await enforcing(world);
      const answer = await postForm(world, bucket, { key: "form", "x-amz-server-side-encryption": "AES256" });
      const evidence = `${answer.status} ${answer.code ?? ""}`;
      const is = answer.status < 300 ? "yes" : answer.status === 403 ? "no" : "other";
      return { is, evidence };
    },
  },
  {
    question: "Is s3:x-amz-server-side-encryption-aws-kms-key-id there for a put that relies on the default key?",
    sends: "PutObject without headers into a bucket with a default key, under a Deny where the key id is not that key",
    needs: ["permissions"],
    ask: async ({ s3, bucket, key, policy }) => {
      const Bucket = await bucket();
      const [KMSMasterKeyID, other] = [await key(), await key("second")];
      await byDefault(s3, Bucket, KMSMasterKeyID);
      await policy(Bucket, denyPuts(Bucket, { StringNotEquals: { [keyId]: KMSMasterKeyID } }));
      const under = { Bucket, Key: "key", Body: "body", ServerSideEncryption: "aws:kms" } as const;
      await refuses(s3.putObject({ ...under, SSEKMSKeyId: other }), 403);
      return isAllowed(s3.putObject({ Bucket, Key: "key", Body: "body" }));
    },
  },
  {
    question: "Does blocking SSE-C outlive DeleteBucketEncryption?",
    sends: "PutBucketEncryption that blocks SSE-C, DeleteBucketEncryption, then PutObject with a customer key",
    ask: async ({ s3, bucket }) => {
      const Bucket = await bucket({ customerKeys: true });
      const customer = { SSECustomerAlgorithm: "AES256", SSECustomerKey: "0123456789abcdef0123456789abcdef" };
      await s3.putObject({ Bucket, Key: "before", Body: "body", ...customer });
      await byDefault(s3, Bucket, undefined);
      await refuses(s3.putObject({ Bucket, Key: "blocked", Body: "body", ...customer }), 403);
      await s3.deleteBucketEncryption({ Bucket });
      return isRefused(s3.putObject({ Bucket, Key: "after", Body: "body", ...customer }), 403);
    },
  },
];

/** Sets the default, and blocks SSE-C. */
const byDefault = (s3: World["s3"], Bucket: string, KMSMasterKeyID: string | undefined): Promise<unknown> =>
  s3.putBucketEncryption({
    Bucket,
    ServerSideEncryptionConfiguration: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault:
            KMSMasterKeyID === undefined ? { SSEAlgorithm: "AES256" } : { SSEAlgorithm: "aws:kms", KMSMasterKeyID },
          BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] },
        },
      ],
    },
  });

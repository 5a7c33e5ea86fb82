import { answers, expectThat, refuses } from "../../conformance/expect";
import type { World } from "../../conformance/world";
import { denyPuts, isAllowed, isRefused, type Probe } from "./probe";

const fiveMebibytes = "5 MiB of it".padEnd(5 * 1024 ** 2, ".");

/** Conditions, ETags and permissions of copies that an object is converted by. */
export const copies: readonly Probe[] = [
  {
    question: "Does a bucket policy that asks for If-Match let a copy through that carries it?",
    sends: "CopyObject onto itself with If-Match, under a Deny of s3:PutObject where s3:if-match is missing",
    needs: ["permissions"],
    ask: async ({ s3, bucket, policy }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      const copy = { ...id, CopySource: `${id.Bucket}/key`, ServerSideEncryption: "AES256" } as const;
      const { ETag } = await s3.putObject({ ...id, Body: "body" });
      const asks = { Null: { "s3:if-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } };
      await policy(id.Bucket, denyPuts(id.Bucket, asks));
      await refuses(s3.copyObject(copy), 403);
      return isAllowed(s3.copyObject({ ...copy, IfMatch: ETag }));
    },
  },
  {
    question: "Does a copy with If-Match honour x-amz-copy-source-if-unmodified-since beside it?",
    sends:
      "CopyObject onto itself with the right If-Match and an x-amz-copy-source-if-unmodified-since of a day before",
    ask: async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      const { ETag } = await s3.putObject({ ...id, Body: "body" });
      const CopySourceIfUnmodifiedSince = new Date(Date.now() - 86_400_000);
      const copy = { ...id, CopySource: `${id.Bucket}/key`, ServerSideEncryption: "AES256" } as const;
      return isRefused(s3.copyObject({ ...copy, IfMatch: ETag, CopySourceIfUnmodifiedSince }), 412);
    },
  },
  {
    question: "Does a copy in parts at the object's own part boundaries give it the ETag that it had?",
    sends: "an upload in two parts under SSE-S3, then UploadPartCopy of the same two ranges onto itself",
    ask: async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "key" };
      const upload = async (
        part: (UploadId: string | undefined, PartNumber: number) => Promise<string | undefined>,
      ) => {
        const { UploadId } = await s3.createMultipartUpload({ ...id, ServerSideEncryption: "AES256" });
        const Parts = [1, 2].map(async (PartNumber) => ({ PartNumber, ETag: await part(UploadId, PartNumber) }));
        const whole = { Parts: await Promise.all(Parts) };
        return (await s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload: whole })).ETag;
      };
      const bodies = ["", fiveMebibytes, "the rest"];
      const before = await upload(
        async (UploadId, PartNumber) =>
          (await s3.uploadPart({ ...id, UploadId, PartNumber, Body: bodies[PartNumber] })).ETag,
      );
      const ends = fiveMebibytes.length;
      const ranges = ["", `bytes=0-${ends - 1}`, `bytes=${ends}-${ends + "the rest".length - 1}`];
      const after = await upload(async (UploadId, PartNumber) => {
        const source = { CopySource: `${id.Bucket}/key`, CopySourceRange: ranges[PartNumber] };
        return (await s3.uploadPartCopy({ ...id, ...source, UploadId, PartNumber })).CopyPartResult?.ETag;
      });
      return { is: before === after ? "yes" : "no", evidence: `before ${before}, after ${after}` };
    },
  },
  {
    question:
      "May a role without s3:GetObjectAnnotation and s3:PutObjectAnnotation copy an object that has no annotations?",
    sends: "CopyObject onto itself as a role with s3:GetObject, s3:PutObject and those of tags",
    needs: ["permissions"],
    ask: async (world) => {
      const { id, copy } = await copyAs(world, [
        "s3:GetObject",
        "s3:PutObject",
        "s3:GetObjectTagging",
        "s3:PutObjectTagging",
      ]);
      const answer = await isAllowed(copy());
      await answers(world.s3.headObject(id), { ContentLength: 4 });
      return answer;
    },
  },
  {
    question: "Does CopyObject with the default directives ask for permissions of tags where the object has none?",
    sends: "CopyObject onto itself as a role with s3:GetObject and s3:PutObject only; yes means that it is refused",
    needs: ["permissions"],
    ask: async (world) => {
      const { copy } = await copyAs(world, ["s3:GetObject", "s3:PutObject"]);
      return isRefused(copy(), 403);
    },
  },
];

async function copyAs({ s3, bucket, role }: World, Action: readonly string[]) {
  const id = { Bucket: await bucket(), Key: "key" };
  await s3.putObject({ ...id, Body: "body" });
  const as = await role([{ Effect: "Allow", Action, Resource: `arn:aws:s3:::${id.Bucket}/*` }]);
  expectThat((await as.s3.getObject(id)).ContentLength, 4, "the role can read");
  const CopySource = `${id.Bucket}/key`;
  return { id, copy: () => as.s3.copyObject({ ...id, CopySource, ServerSideEncryption: "AES256" }) };
}

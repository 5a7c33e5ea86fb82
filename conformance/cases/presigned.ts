import { type Area, behaviour, type Case, recordedBy } from "../case";
import { answers, expectThat } from "../expect";
import { element } from "../http";
import { withObject } from "./objects";

const needs = ["permissions"] as const;
const notSigned = "There were headers present in the request which were not signed";

const details: Case[] = [
  behaviour(
    "a presigned URL whose signed content type or encoding is not sent is SignatureDoesNotMatch",
    "PutObject",
    recordedBy("test_s3_put_presigned_url_with_different_headers"),
    async (world) => {
      const request = { method: "PUT", bucket: await world.bucket(), key: "k", body: "b" };
      for (const [name, value] of [
        ["content-type", "text/plain"],
        ["content-encoding", "identity"],
      ] as const) {
        const query = world.presigned({ ...request, headers: { [name]: value } });
        const send = (headers: Readonly<Record<string, string>>) =>
          world.http({ ...request, query, headers, as: "nobody" });
        expectThat(await send({ [name]: "other" }), { status: 403, code: "SignatureDoesNotMatch" });
        expectThat(await send({ [name]: value }), { status: 200 });
      }
    },
    { needs },
  ),
  behaviour(
    "a presigned URL takes a content type that was not signed",
    "PutObject HeadObject",
    recordedBy("test_s3_put_presigned_url_with_different_headers"),
    async (world) => {
      const request = { method: "PUT", bucket: await world.bucket(), key: "k", body: "b" };
      const query = world.presigned(request);
      const headers = { "content-type": "text/xml" };
      expectThat(await world.http({ ...request, query, headers, as: "nobody" }), { status: 200 });
      await answers(world.s3.headObject({ Bucket: request.bucket, Key: "k" }), { ContentType: "text/xml" });
    },
  ),
  behaviour(
    "a SignatureDoesNotMatch tells what was calculated from",
    "GetObject",
    recordedBy("test_presigned_url_signature_authentication"),
    async (world) => {
      const request = { bucket: await world.bucket(), key: "k" };
      const signature = "0".repeat(64);
      const query = { ...world.presigned(request), "X-Amz-Signature": signature };
      const { text } = await world.http({ ...request, query, as: "nobody" });
      expectThat(
        [
          "AWSAccessKeyId",
          "SignatureProvided",
          "StringToSign",
          "StringToSignBytes",
          "CanonicalRequest",
          "CanonicalRequestBytes",
        ].map((name) => element(text, name) !== undefined),
        [true, true, true, true, true, true],
      );
      expectThat(element(text, "SignatureProvided"), signature);
    },
    { needs },
  ),
  behaviour(
    "a header of a presigned URL that its query has with another value is AccessDenied where it was not signed",
    "PutObject",
    recordedBy("test_s3_put_presigned_url_same_header_and_qs_parameter"),
    async (world) => {
      const request = { method: "PUT", bucket: await world.bucket(), key: "k", body: "b" };
      const query = world.presigned(request);
      const answer = await world.http({ ...request, query, headers: { "x-amz-expires": "3600" }, as: "nobody" });
      expectThat(answer, { status: 403, code: "AccessDenied" });
      expectThat(
        [element(answer.text, "Message"), element(answer.text, "HeadersNotSigned")],
        [notSigned, "x-amz-expires"],
      );
    },
    { needs },
  ),
  behaviour(
    "headers of a chunked body that were not signed are AccessDenied, and told all together",
    "PutObject",
    recordedBy("test_put_object_with_md5_and_chunk_signature_bad_headers"),
    async (world) => {
      const request = { method: "PUT", bucket: await world.bucket(), key: "k", body: "b" };
      const headers = { "x-amz-date": "20260101T000000Z", "x-amz-decoded-content-length": "1" };
      const answer = await world.http({ ...request, query: world.presigned(request), headers, as: "nobody" });
      expectThat(answer, { status: 403, code: "AccessDenied" });
      expectThat(element(answer.text, "HeadersNotSigned"), "x-amz-date, x-amz-decoded-content-length");
    },
    { needs },
  ),
  behaviour(
    "x-amz headers in the signed query of a presigned URL are as if sent",
    "PutObject HeadObject",
    recordedBy("test_presigned_url_v4_x_amz_in_qs"),
    async (world) => {
      const request = {
        method: "PUT",
        bucket: await world.bucket(),
        key: "k",
        body: "123456",
        query: { "x-amz-meta-foo": "bar", "x-amz-storage-class": "STANDARD_IA" },
      };
      expectThat(await world.http({ ...request, query: world.presigned(request), as: "nobody" }), { status: 200 });
      await answers(world.s3.headObject({ Bucket: request.bucket, Key: "k" }), {
        Metadata: { foo: "bar" },
        StorageClass: "STANDARD_IA",
      });
    },
  ),
  behaviour(
    "a credential that was encoded twice is AuthorizationQueryParametersError",
    "GetObject",
    recordedBy("test_presigned_double_encoded_credentials"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const request = { bucket: Bucket, key: Key };
      const query = world.presigned(request);
      const credential = encodeURIComponent(query["X-Amz-Credential"] ?? "");
      const answer = await world.http({
        ...request,
        query: { ...query, "X-Amz-Credential": credential },
        as: "nobody",
      });
      expectThat(answer, {
        status: 400,
        code: "AuthorizationQueryParametersError",
        text: /Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting/,
      });
    },
    { needs },
  ),
];

export const presignedInDetail: Area = { name: "Presigned URLs in detail", cases: details };

import type {
  DeleteObjectTaggingOutput,
  DeleteObjectTaggingRequest,
  GetObjectTaggingOutput,
  GetObjectTaggingRequest,
  PutObjectTaggingOutput,
  PutObjectTaggingRequest,
} from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { authorizeInput } from "./access";
import type { Bucket, StoredObject } from "./state";
import { tagsFromBody } from "./tagging";
import { changeObject, findObjectForAttributes, shownVersionId } from "./versions";

function taggedObject(
  context: Context,
  input: GetObjectTaggingRequest,
  verb: "Get" | "Put" | "Delete",
): { bucket: Bucket; object: StoredObject } {
  const key = input.Key ?? "";
  const action = `s3:${verb}Object${input.VersionId === undefined ? "" : "Version"}Tagging`;
  const bucket = authorizeInput(context, action, input);
  return { bucket, object: findObjectForAttributes(bucket, key, input.VersionId, verb.toUpperCase()) };
}

export function getObjectTagging(context: Context, input: GetObjectTaggingRequest): GetObjectTaggingOutput {
  const { bucket, object } = taggedObject(context, input, "Get");
  return { TagSet: [...object.tags], VersionId: shownVersionId(bucket, object) };
}

export function putObjectTagging(context: Context, input: PutObjectTaggingRequest): PutObjectTaggingOutput {
  const { bucket, object } = taggedObject(context, input, "Put");
  changeObject(bucket, object, { tags: tagsFromBody(input.Tagging?.TagSet) });
  return { VersionId: shownVersionId(bucket, object) };
}

export function deleteObjectTagging(context: Context, input: DeleteObjectTaggingRequest): DeleteObjectTaggingOutput {
  const { bucket, object } = taggedObject(context, input, "Delete");
  changeObject(bucket, object, { tags: [] });
  return { VersionId: shownVersionId(bucket, object) };
}

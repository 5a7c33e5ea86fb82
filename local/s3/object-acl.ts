import type {
  GetObjectAclOutput,
  GetObjectAclRequest,
  PutObjectAclOutput,
  PutObjectAclRequest,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { authorizeInput } from "./access";
import { checkAclAllowed, ownerOnly, requestedGrants } from "./grants";
import { ownerOf } from "./listing";
import type { Bucket } from "./state";
import { changeObject, findObject, findObjectForAttributes } from "./versions";

const authorizeAcl = (context: Context, input: GetObjectAclRequest, verb: "Get" | "Put"): Bucket =>
  authorizeInput(context, `s3:${verb}Object${input.VersionId === undefined ? "" : "Version"}Acl`, input);

/** GetObjectAcl. With ACLs off everything is the bucket owner's, whoever wrote it. */
export function getObjectAcl(context: Context, input: GetObjectAclRequest): GetObjectAclOutput {
  const bucket = authorizeAcl(context, input, "Get");
  const object = findObject(bucket, input.Key ?? "", input.VersionId, "GET");
  const off = bucket.settings.ownership === "BucketOwnerEnforced";
  const owner = off ? bucket.account : object.owner;
  const grants = off || object.grants.length === 0 ? ownerOnly(owner) : object.grants;
  return { Owner: ownerOf(bucket, owner), Grants: [...grants] };
}

export function putObjectAcl(context: Context, input: PutObjectAclRequest): PutObjectAclOutput {
  const bucket = authorizeAcl(context, input, "Put");
  const object = findObjectForAttributes(bucket, input.Key ?? "", input.VersionId, "PUT");
  const grants = requestedGrants(input, object.owner, bucket.account);
  if (grants === undefined) {
    const message = "Your request was missing a required header";
    throw new AwsError("MissingSecurityHeader", 400, message, { MissingHeaderName: "x-amz-acl" });
  }
  checkAclAllowed(bucket, input, grants);
  if (bucket.settings.ownership !== "BucketOwnerEnforced") changeObject(bucket, object, { grants });
  return {};
}

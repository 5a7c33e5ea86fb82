import type * as kms from "@aws-sdk/client-kms";
import type { Conditions } from "../identity/request-keys";
import type { Context } from "../service";
import { authorizeKey } from "./access";
import { assertNotPendingDeletion, constraint, required, tagRefused } from "./errors";
import { findKey } from "./find-key";
import { listPage } from "./pages";

const most = 50;

/** @throws AwsError TagException, ValidationException */
export function tagsOf(given: readonly kms.Tag[] | undefined): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const [index, { TagKey: key = "", TagValue: value = "" }] of (given ?? []).entries()) {
    const member = `tags.${index + 1}.member`;
    if (key.length > 128) throw constraint(key, `${member}.tagKey`, "have length less than or equal to 128");
    if (value.length > 256) throw constraint(value, `${member}.tagValue`, "have length less than or equal to 256");
    if (/^aws:/i.test(key)) throw tagRefused("Tags beginning with aws: are reserved");
    if (tags.has(key)) throw tagRefused("Duplicate tag keys");
    tags.set(key, value);
  }
  if (tags.size > most) throw tagRefused("Too many tags");
  return tags;
}

/** `aws:RequestTag`, by which a policy says how something has to be tagged. */
export const requestTags = (tags: ReadonlyMap<string, string>): Conditions =>
  Object.fromEntries([...tags].map(([name, value]) => [`aws:RequestTag/${name}`, value]));

function tagResource(context: Context, input: kms.TagResourceCommandInput): object {
  const key = findKey(context, input.KeyId);
  const given = tagsOf(required(input.Tags, "tags"));
  authorizeKey(context, key, "TagResource", { conditions: requestTags(given) });
  assertNotPendingDeletion(key);
  const tags = new Map([...key.tags, ...given]);
  if (tags.size > most) throw tagRefused("Too many tags");
  for (const [name, value] of tags) key.tags.set(name, value);
  return {};
}

function untagResource(context: Context, input: kms.UntagResourceCommandInput): object {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "UntagResource");
  assertNotPendingDeletion(key);
  for (const name of required(input.TagKeys, "tagKeys")) key.tags.delete(name);
  return {};
}

function listResourceTags(
  context: Context,
  input: kms.ListResourceTagsCommandInput,
): Omit<kms.ListResourceTagsCommandOutput, "$metadata"> {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "ListResourceTags");
  const tags = [...key.tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const { items, ...page } = listPage(tags, input, most, most);
  return { Tags: items, ...page };
}

export const tagOperations = {
  TagResource: tagResource,
  UntagResource: untagResource,
  ListResourceTags: listResourceTags,
};

import type { Tag } from "@aws-sdk/client-s3";
import { AwsError } from "../service";
import { invalidArgument, malformedXml } from "./errors";

const noTags: readonly Tag[] = [];
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const invalidTag = (message: string, fields: Record<string, string>): AwsError =>
  new AwsError("InvalidTag", 400, message, fields);

/** The header `x-amz-tagging`: tags as a URL query. */
export function tagsFromHeader(text: string | undefined): readonly Tag[] {
  if (text === undefined) return noTags;
  const tags = [...new URLSearchParams(text)].map(([Key, Value]) => ({ Key, Value }));
  const wrong = tags.some(({ Key, Value }) => !allowed.test(Key) || !allowed.test(Value) || Key === "");
  if (wrong || new Set(tags.map(({ Key }) => Key)).size < tags.length || /=[^&]*=/.test(text)) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      "x-amz-tagging",
      text,
    );
  }
  return checkedCount(tags);
}

/** The tags in a body. User Guide, "Categorizing your objects using tags". */
export function tagsFromBody(tags: readonly Tag[] | undefined): readonly Tag[] {
  const names = new Set<string>();
  return checkedCount(
    (tags ?? []).map(({ Key, Value }) => {
      if (Key === undefined || Value === undefined) throw malformedXml();
      if (!allowed.test(Key) || Key.length > 128 || Key === "") {
        throw invalidTag("The TagKey you have provided is invalid", { TagKey: Key });
      }
      if (!allowed.test(Value) || Value.length > 256) {
        throw invalidTag("The TagValue you have provided is invalid", { TagKey: Key, TagValue: Value });
      }
      if (Key.startsWith("aws:")) throw invalidTag("Your TagKey cannot be prefixed with aws:", { TagKey: Key });
      if (names.has(Key)) throw invalidTag("Cannot provide multiple Tags with the same key", { TagKey: Key });
      names.add(Key);
      return { Key, Value };
    }),
  );
}

function checkedCount(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length > 10) throw new AwsError("BadRequest", 400, "Object tags cannot be greater than 10");
  return tags;
}

import type {
  _Object,
  CommonPrefix,
  ListObjectsOutput,
  ListObjectsRequest,
  ListObjectsV2Output,
  ListObjectsV2Request,
} from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { authorizeInput } from "./access";
import { canonicalUserId } from "./arns";
import { invalidArgument } from "./errors";
import { compareKeys, type Keys } from "./ordered-keys";
import type { Bucket, KeyVersions, StoredObject } from "./state";

/** One line of a listing: a key, or the keys that share a prefix up to the delimiter. */
export type Line<Value> =
  | { readonly is: "key"; readonly key: string; readonly value: Value }
  | { readonly is: "prefix"; readonly prefix: string };

export interface LinesRequest<Value> {
  readonly prefix: string;
  readonly delimiter: string;
  /** The key or common prefix that was listed last; empty at the beginning. */
  readonly after: string;
  /** Keys that do not show, as those whose current version is a delete marker. */
  readonly shows: (value: Value) => boolean;
}

const isPast =
  (prefix: string) =>
  (key: string): boolean =>
    compareKeys(key, prefix) > 0 && !key.startsWith(prefix);

/** The lines behind `after`, in the order of the keys' UTF-8 bytes. Behind a common prefix it goes on by a search, not key by key. */
export function* linesOf<Value>(keys: Keys<Value>, asked: LinesRequest<Value>): Generator<Line<Value>> {
  const { prefix, delimiter, after, shows } = asked;
  const commonPrefix = (key: string): string | undefined => {
    const at = delimiter === "" || !key.startsWith(prefix) ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  };
  const listed = commonPrefix(after);
  let from: ((key: string) => boolean) | undefined =
    listed === undefined
      ? (key) => compareKeys(key, prefix) >= 0 && (after === "" || compareKeys(key, after) > 0)
      : isPast(listed);
  while (from) {
    const scan = keys.scan(from);
    from = undefined;
    for (const [key, value] of scan) {
      if (!key.startsWith(prefix)) return;
      if (!shows(value)) continue;
      const common = commonPrefix(key);
      if (common !== undefined) {
        yield { is: "prefix", prefix: common };
        from = isPast(common);
        break;
      }
      yield { is: "key", key, value };
    }
  }
}

/** So many lines, and whether there are more. */
export function pageOf<Item>(items: Iterable<Item>, limit: number): { readonly page: Item[]; readonly more: boolean } {
  const page: Item[] = [];
  if (limit === 0) return { page, more: false };
  for (const item of items) {
    if (page.length === limit) return { page, more: true };
    page.push(item);
  }
  return { page, more: false };
}

export function pageSize(asked: number | undefined, argument: string): number {
  if (asked === undefined) return 1000;
  if (asked < 0)
    throw invalidArgument(`Argument ${argument} must be an integer between 0 and 2147483647`, argument, String(asked));
  return Math.min(asked, 1000);
}

/** How keys are written: as they are, or with `encoding-type=url`, where only letters, digits and `-_.*` and `/` stay. */
export function keyWriter(encodingType: string | undefined): (key: string) => string {
  if (encodingType === undefined) return (key) => key;
  if (encodingType !== "url") {
    throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encodingType || "null");
  }
  return (key) =>
    encodeURIComponent(key)
      .replace(/[!~'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%2F", "/")
      .replaceAll("%20", "+");
}

/** With ACLs off everything is the bucket owner's, whoever wrote it. */
export const ownerOf = (bucket: Bucket, writer: string): { ID: string } => ({
  ID: canonicalUserId(bucket.settings.ownership === "BucketOwnerEnforced" ? bucket.account : writer),
});

/** What all listings show of an object. */
export const describedObject = (object: StoredObject): Omit<_Object, "Key" | "Owner" | "RestoreStatus"> => ({
  LastModified: new Date(object.lastModified),
  ETag: object.etag,
  ChecksumAlgorithm: object.checksum && [object.checksum.algorithm],
  ChecksumType: object.checksum?.type,
  Size: object.body.size,
  StorageClass: object.storageClass,
});

interface Listed {
  readonly Contents: _Object[] | undefined;
  readonly CommonPrefixes: CommonPrefix[] | undefined;
  readonly last: string | undefined;
  readonly more: boolean;
  readonly count: number;
}

function listCurrent(
  context: Context,
  bucket: Bucket,
  input: ListObjectsRequest | ListObjectsV2Request,
  after: string,
  withOwner: boolean,
): Listed {
  const write = keyWriter(input.EncodingType);
  const { page, more } = pageOf(
    linesOf<KeyVersions>(bucket.keys, {
      prefix: input.Prefix ?? "",
      delimiter: input.Delimiter ?? "",
      after,
      shows: ([current]) => current.is === "object",
    }),
    Math.min(pageSize(input.MaxKeys, "max-keys"), context.state.s3.largestPage),
  );
  const withRestore = input.OptionalObjectAttributes?.includes("RestoreStatus") ?? false;
  const Contents = page.flatMap((line): _Object[] => {
    if (line.is !== "key") return [];
    const [object] = line.value;
    if (object.is !== "object") return [];
    const Owner = withOwner ? ownerOf(bucket, object.owner) : undefined;
    const RestoreStatus = withRestore ? restoreStatus(context, object) : undefined;
    return [{ Key: write(line.key), ...describedObject(object), Owner, RestoreStatus }];
  });
  const CommonPrefixes = page.flatMap((line) => (line.is === "prefix" ? [{ Prefix: write(line.prefix) }] : []));
  const last = page.at(-1);
  return {
    Contents: Contents.length > 0 ? Contents : undefined,
    CommonPrefixes: CommonPrefixes.length > 0 ? CommonPrefixes : undefined,
    last: last?.is === "key" ? last.key : last?.prefix,
    more,
    count: page.length,
  };
}

const restoreStatus = (context: Context, { restoredUntil }: StoredObject): _Object["RestoreStatus"] =>
  restoredUntil !== undefined && restoredUntil > context.now
    ? { IsRestoreInProgress: false, RestoreExpiryDate: new Date(restoredUntil) }
    : undefined;

const tokenOf = (key: string): string => `1${Buffer.from(key).toString("base64url")}`;

function keyOfToken(token: string): string {
  const key = Buffer.from(token.slice(1), "base64url").toString();
  if (tokenOf(key) !== token || key === "") {
    throw invalidArgument("The continuation token provided is incorrect", "continuation-token");
  }
  return key;
}

/** ListObjectsV2. A token beats `StartAfter`. */
export function listObjectsV2(context: Context, input: ListObjectsV2Request): ListObjectsV2Output {
  const bucket = authorizeInput(context, "s3:ListBucket", input);
  const { ContinuationToken, StartAfter, Delimiter, EncodingType } = input;
  const write = keyWriter(EncodingType);
  const after = ContinuationToken === undefined ? (StartAfter ?? "") : keyOfToken(ContinuationToken);
  const { Contents, CommonPrefixes, last, more, count } = listCurrent(
    context,
    bucket,
    input,
    after,
    input.FetchOwner === true,
  );
  return {
    Name: bucket.name,
    Prefix: write(input.Prefix ?? ""),
    Delimiter: Delimiter === undefined ? undefined : write(Delimiter),
    StartAfter: StartAfter === undefined || ContinuationToken !== undefined ? undefined : write(StartAfter),
    EncodingType,
    ContinuationToken,
    NextContinuationToken: more && last !== undefined ? tokenOf(last) : undefined,
    IsTruncated: more,
    MaxKeys: pageSize(input.MaxKeys, "max-keys"),
    KeyCount: count,
    Contents,
    CommonPrefixes,
  };
}

/** ListObjects. `NextMarker` is there only with a delimiter; without one the last key is the marker. */
export function listObjects(context: Context, input: ListObjectsRequest): ListObjectsOutput {
  const bucket = authorizeInput(context, "s3:ListBucket", input);
  const { Delimiter, EncodingType, Marker = "" } = input;
  const write = keyWriter(EncodingType);
  const { Contents, CommonPrefixes, last, more } = listCurrent(context, bucket, input, Marker, true);
  return {
    Name: bucket.name,
    Prefix: write(input.Prefix ?? ""),
    Marker: write(Marker),
    Delimiter: Delimiter === undefined ? undefined : write(Delimiter),
    EncodingType,
    NextMarker: more && last !== undefined && Delimiter ? write(last) : undefined,
    IsTruncated: more,
    MaxKeys: pageSize(input.MaxKeys, "max-keys"),
    Contents,
    CommonPrefixes,
  };
}

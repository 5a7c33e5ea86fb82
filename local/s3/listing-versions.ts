import type {
  CommonPrefix,
  DeleteMarkerEntry,
  ListObjectVersionsOutput,
  ListObjectVersionsRequest,
  ObjectVersion,
} from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { authorizeInput } from "./access";
import { invalidArgument } from "./errors";
import { describedObject, keyWriter, linesOf, ownerOf, pageOf, pageSize } from "./listing";
import type { Bucket, KeyVersions, Version } from "./state";
import { orderOf, orderOfId } from "./versions";

type Line =
  | { readonly is: "prefix"; readonly prefix: string }
  | { readonly is: "version"; readonly version: Version; readonly isLatest: boolean };

const asLines = (versions: readonly Version[], current: Version | undefined): Line[] =>
  versions.map((version) => ({ is: "version", version, isLatest: version === current }));

/** The key's versions behind the marker, which need no longer be there. */
function olderThan(versions: KeyVersions, marker: string): readonly Version[] {
  const at = versions.findIndex((version) => version.versionId === marker);
  if (at >= 0) return versions.slice(at + 1);
  return marker === "null" ? versions : versions.filter((version) => orderOf(version) < orderOfId(marker));
}

function* versionLines(bucket: Bucket, input: ListObjectVersionsRequest): Generator<Line> {
  const { Prefix: prefix = "", Delimiter: delimiter = "", KeyMarker: after = "", VersionIdMarker: marker } = input;
  const rest = marker ? bucket.keys.get(after) : undefined;
  if (rest && marker && after.startsWith(prefix)) yield* asLines(olderThan(rest, marker), rest[0]);
  for (const line of linesOf<KeyVersions>(bucket.keys, { prefix, delimiter, after, shows: () => true })) {
    if (line.is === "prefix") yield line;
    else yield* asLines(line.value, line.value[0]);
  }
}

/** ListObjectVersions: newest first within a key. */
export function listObjectVersions(context: Context, input: ListObjectVersionsRequest): ListObjectVersionsOutput {
  const bucket = authorizeInput(context, "s3:ListBucketVersions", input);
  const { Delimiter, EncodingType, KeyMarker = "", VersionIdMarker = "" } = input;
  if (VersionIdMarker !== "" && KeyMarker === "") {
    const message = "A version-id marker cannot be specified without a key marker.";
    throw invalidArgument(message, "version-id-marker", VersionIdMarker);
  }
  const write = keyWriter(EncodingType);
  const MaxKeys = pageSize(input.MaxKeys, "max-keys");
  const { page, more } = pageOf(versionLines(bucket, input), Math.min(MaxKeys, context.state.s3.largestPage));
  const Versions: ObjectVersion[] = [];
  const DeleteMarkers: DeleteMarkerEntry[] = [];
  const CommonPrefixes: CommonPrefix[] = [];
  for (const line of page) {
    if (line.is === "prefix") CommonPrefixes.push({ Prefix: write(line.prefix) });
    else {
      const { version, isLatest: IsLatest } = line;
      const described = {
        Key: write(version.key),
        VersionId: version.versionId,
        IsLatest,
        Owner: ownerOf(bucket, version.owner),
      };
      if (version.is === "deleteMarker") {
        DeleteMarkers.push({ ...described, LastModified: new Date(version.lastModified) });
      } else {
        // The model knows but STANDARD here; S3 answers the object's class.
        Versions.push({ ...described, ...describedObject(version) } as ObjectVersion);
      }
    }
  }
  const last = more ? page.at(-1) : undefined;
  return {
    Name: bucket.name,
    Prefix: write(input.Prefix ?? ""),
    Delimiter: Delimiter === undefined ? undefined : write(Delimiter),
    EncodingType,
    KeyMarker: write(KeyMarker),
    VersionIdMarker,
    NextKeyMarker: last && write(last.is === "prefix" ? last.prefix : last.version.key),
    NextVersionIdMarker: last?.is === "version" ? last.version.versionId : undefined,
    MaxKeys,
    IsTruncated: more,
    Versions: Versions.length > 0 ? Versions : undefined,
    DeleteMarkers: DeleteMarkers.length > 0 ? DeleteMarkers : undefined,
    CommonPrefixes: CommonPrefixes.length > 0 ? CommonPrefixes : undefined,
  };
}

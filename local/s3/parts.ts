import type { GetObjectAttributesParts } from "@aws-sdk/client-s3";
import { checksumField } from "./object-checksums";
import type { StoredObject } from "./state";

/** A page of numbered parts after a marker, as ListParts and GetObjectAttributes both count it. */
export function pageOfParts<Part extends { readonly partNumber: number }>(
  parts: readonly Part[],
  marker: string | number | undefined,
  maxParts: number | undefined,
): { readonly page: readonly Part[]; readonly after: number; readonly most: number; readonly truncated: boolean } {
  const after = Number(marker ?? 0);
  const most = Math.min(maxParts || 1000, 1000);
  const rest = parts.filter((part) => part.partNumber > after);
  return { page: rest.slice(0, most), after, most, truncated: rest.length > most };
}

/** Parts are described one by one only where each has a checksum that counts; else there is but their number. */
export function shownParts(
  object: StoredObject,
  asked: { readonly PartNumberMarker?: string; readonly MaxParts?: number },
): GetObjectAttributesParts | undefined {
  const { parts, checksum } = object;
  if (!parts) return undefined;
  if (checksum?.type !== "COMPOSITE") return { TotalPartsCount: parts.length };
  const { page, after, most, truncated } = pageOfParts(parts, asked.PartNumberMarker, asked.MaxParts);
  return {
    TotalPartsCount: parts.length,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(page.at(-1)?.partNumber ?? 0),
    MaxParts: most,
    IsTruncated: truncated,
    Parts: page.map((part) => ({
      PartNumber: part.partNumber,
      Size: part.size,
      ...checksumField(checksum.algorithm, part.checksum),
    })),
  };
}

import { createHash } from "node:crypto";

/** Bytes, so many times over. Never changed once made, so that any number of bodies may share them. */
export interface Extent {
  readonly bytes: Uint8Array;
  readonly repeat: number;
}

/**
 * What an object holds. A copy shares its source's extents, so a copy costs no memory, and 6 GiB of a repeated pattern
 * cost as much as the pattern.
 */
export interface Body {
  readonly size: number;
  readonly extents: readonly Extent[];
}

/** Copies the bytes: the array is its sender's, who may write over it. Small ones share Node's pool. */
export const bodyOf = (bytes: Uint8Array): Body => repeated(Buffer.from(bytes), 1);

export const repeated = (bytes: Uint8Array, repeat: number): Body => ({
  size: bytes.length * repeat,
  extents: bytes.length * repeat === 0 ? [] : [{ bytes, repeat }],
});

const pattern = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7919 + (index >> 8)) & 255));

/** So many bytes of a pattern. */
export const patterned = (size: number): Body => sliced(repeated(pattern, Math.ceil(size / pattern.length)), 0, size);

export const joined = (bodies: readonly Body[]): Body => ({
  size: bodies.reduce((sum, body) => sum + body.size, 0),
  extents: bodies.flatMap((body) => body.extents),
});

/** The bytes from `first` up to but without `end`, sharing the extents. */
export function sliced(body: Body, first: number, end: number): Body {
  const extents: Extent[] = [];
  let start = 0;
  for (const extent of body.extents) {
    const length = extent.bytes.length * extent.repeat;
    const from = Math.max(first - start, 0);
    const to = Math.min(end - start, length);
    if (from < to) extents.push(...slicedExtent(extent, from, to));
    start += length;
  }
  return { size: Math.max(0, Math.min(end, body.size) - first), extents };
}

/** A cut through a repetition leaves the end of one, whole ones, and the beginning of another. */
function slicedExtent({ bytes, repeat }: Extent, from: number, to: number): Extent[] {
  if (from === 0 && to === bytes.length * repeat) return [{ bytes, repeat }];
  const firstWhole = Math.ceil(from / bytes.length);
  const endWhole = Math.floor(to / bytes.length);
  if (firstWhole > endWhole) {
    const offset = endWhole * bytes.length;
    return [{ bytes: bytes.subarray(from - offset, to - offset), repeat: 1 }];
  }
  return [
    { bytes: bytes.subarray(from - (firstWhole - 1) * bytes.length), repeat: from % bytes.length === 0 ? 0 : 1 },
    { bytes, repeat: endWhole - firstWhole },
    { bytes: bytes.subarray(0, to - endWhole * bytes.length), repeat: to % bytes.length === 0 ? 0 : 1 },
  ].filter((extent) => extent.repeat > 0);
}

/** All bytes in one piece. Without a copy where the body is one extent. */
export function bytesOf(body: Body): Uint8Array {
  const [only, ...others] = body.extents;
  if (!only) return new Uint8Array();
  if (others.length === 0 && only.repeat === 1) return only.bytes;
  const bytes = new Uint8Array(body.size);
  let offset = 0;
  for (const extent of body.extents) {
    for (let time = 0; time < extent.repeat; time += 1, offset += extent.bytes.length) bytes.set(extent.bytes, offset);
  }
  return bytes;
}

const largestHashed = 64 * 1024 * 1024;
/** Below this a digest is sooner computed than found again. */
const smallestRemembered = 64 * 1024;

/** Remembers with a body's extents what was computed of them, as long as there is a body that has them. */
export function rememberedBy<Name>(compute: (body: Body, name: Name) => string): (body: Body, name: Name) => string {
  const all = new WeakMap<readonly Extent[], Map<Name, string>>();
  return (body, name) => {
    if (body.size < smallestRemembered) return compute(body, name);
    const known = all.get(body.extents) ?? new Map<Name, string>();
    all.set(body.extents, known);
    const value = known.get(name) ?? compute(body, name);
    known.set(name, value);
    return value;
  };
}

/**
 * MD5, SHA-1, SHA-256 or another hash of the body, in base64.
 *
 * Of a body with repetitions beyond 64 MiB it is the hash of the body's description instead: equal for equal
 * descriptions, different for others, and not the hash of its bytes, which would take seconds.
 */
export const digestOf = rememberedBy((body, hash: string): string =>
  (isNominal(body) ? nominalDigest(body, hash) : realDigest(body, hash)).toString("base64"),
);

const isNominal = (body: Body): boolean =>
  body.size > largestHashed && body.extents.some((extent) => extent.repeat > 1);

function realDigest(body: Body, hash: string): Buffer {
  const hasher = createHash(hash);
  for (const extent of body.extents) {
    for (let time = 0; time < extent.repeat; time += 1) hasher.update(extent.bytes);
  }
  return hasher.digest();
}

function nominalDigest(body: Body, hash: string): Buffer {
  const hasher = createHash(hash);
  for (const extent of body.extents) hasher.update(`${extent.repeat}x${extent.bytes.length}:`).update(extent.bytes);
  return hasher.digest();
}

import { isDeepStrictEqual } from "node:util";
import type { Condition, GeneratedObjects } from "./generated-objects";
import { compareKeys, firstIndex, type Keys, OrderedKeys } from "./ordered-keys";
import type { KeyVersions, ObjectEncryption, StoredObject } from "./state";

type Kind = Pick<Condition, "encryption" | "etag">;

/** As many as a byte can tell apart. */
const mostKinds = 256;

/** Whether all that one object says the other says as well. Most of it is the very same value, and soon compared. */
const says = (one: StoredObject, other: StoredObject): boolean =>
  Object.entries(one).every(([name, value]) => {
    const there: unknown = Reflect.get(other, name);
    return value === there || isDeepStrictEqual(value, there);
  });

/** Encryptions that many objects can have alike: under a bucket key they may share a data key. */
function isShareable(encryption: ObjectEncryption): boolean {
  return (
    encryption.is === "none" || encryption.is === "AES256" || (encryption.is === "aws:kms" && encryption.bucketKey)
  );
}

const sameEncryption = (one: ObjectEncryption, other: ObjectEncryption): boolean =>
  one.is === other.is &&
  (one.is !== "aws:kms" ||
    other.is !== "aws:kms" ||
    (one.keyArn === other.keyArn && isDeepStrictEqual(one.context, other.context)));

/**
 * Keys of a bucket of which only what was changed is stored. An object that was converted and is otherwise as it was
 * takes five bytes, which are there from the beginning; any other change takes what it takes in any bucket.
 *
 * What is set is kept in five bytes only if it comes out of them as it went in, so nothing can get lost by it; only
 * wrapped data keys of one bucket key are made one.
 */
export class GeneratedKeys implements Keys<KeyVersions> {
  /** What is not as generated. `gone`: deleted, or never there. */
  private readonly overlay = new OrderedKeys<KeyVersions | "gone">();
  private readonly kinds: Kind[];
  private readonly kindAt: Uint8Array;
  private readonly sequenceAt: Uint32Array;
  /** The date of the writes from a sequence on. */
  private readonly dates: { readonly sequence: number; readonly lastModified: number }[];
  private count: number;

  constructor(
    private readonly objects: GeneratedObjects,
    encryption: ObjectEncryption,
    lastModified: number,
  ) {
    this.kinds = [{ encryption, etag: encryption.is === "aws:kms" ? "write" : "content" }];
    this.kindAt = new Uint8Array(objects.count);
    this.sequenceAt = new Uint32Array(objects.count);
    this.dates = [{ sequence: 0, lastModified }];
    this.count = objects.count;
  }

  get size(): number {
    return this.count;
  }

  /** How many keys take memory of their own. */
  get stored(): number {
    return this.overlay.size;
  }

  get(key: string): KeyVersions | undefined {
    const changed = this.overlay.get(key);
    if (changed !== undefined) return changed === "gone" ? undefined : changed;
    const index = this.objects.indexOf(key);
    return index === undefined ? undefined : this.at(index, key);
  }

  set(key: string, versions: KeyVersions): void {
    const index = this.objects.indexOf(key);
    if (!this.has(key, index)) this.count += 1;
    if (index !== undefined && this.keepsInBytes(index, versions)) this.overlay.delete(key);
    else this.overlay.set(key, versions);
  }

  delete(key: string): boolean {
    const index = this.objects.indexOf(key);
    if (!this.has(key, index)) return false;
    this.count -= 1;
    if (index === undefined) this.overlay.delete(key);
    else this.overlay.set(key, "gone");
    return true;
  }

  *scan(isAtOrAfter: (key: string) => boolean = () => true): Generator<readonly [string, KeyVersions]> {
    const { objects } = this;
    let index = firstIndex(objects.count, (at) => isAtOrAfter(objects.keyAt(at)));
    let key = index < objects.count ? objects.keyAt(index) : undefined;
    const next = (): void => {
      index += 1;
      key = index < objects.count ? objects.keyAt(index) : undefined;
    };
    for (const [changed, versions] of this.overlay.scan(isAtOrAfter)) {
      for (; key !== undefined && compareKeys(key, changed) < 0; next()) yield [key, this.at(index, key)];
      if (key === changed) next();
      if (versions !== "gone") yield [changed, versions];
    }
    for (; key !== undefined; next()) yield [key, this.at(index, key)];
  }

  private has(key: string, index: number | undefined): boolean {
    const changed = this.overlay.get(key);
    return changed === undefined ? index !== undefined : changed !== "gone";
  }

  private at(index: number, key: string): KeyVersions {
    const kind = this.kinds[this.kindAt[index] ?? 0];
    if (!kind) throw new Error(`Object ${index} is of no kind.`);
    return [this.objectOf(index, key, kind, this.sequenceAt[index] ?? 0)];
  }

  private objectOf(index: number, key: string, kind: Kind, sequence: number): StoredObject {
    const { encryption, etag } = kind;
    return this.objects.objectAt(index, key, { encryption, etag, sequence, lastModified: this.dateOf(sequence) });
  }

  private dateOf(sequence: number): number {
    const after = firstIndex(this.dates.length, (at) => (this.dates[at]?.sequence ?? 0) > sequence);
    return this.dates[after - 1]?.lastModified ?? 0;
  }

  private keepsInBytes(index: number, [object, ...older]: KeyVersions): boolean {
    if (object.is !== "object" || older.length > 0 || !isShareable(object.encryption)) return false;
    const etag = object.etag === this.objects.contentEtagAt(index) ? "content" : "write";
    const kind = this.kindOf({ encryption: object.encryption, etag });
    if (kind === undefined) return false;
    const { sequence, lastModified } = object;
    const latest = this.dates.at(-1);
    if (latest && sequence > latest.sequence && lastModified !== latest.lastModified) {
      this.dates.push({ sequence, lastModified });
    }
    const kept = this.objectOf(index, object.key, kind.kind, sequence);
    const asked = { ...object, encryption: kept.encryption };
    if (!says(asked, kept) || !says(kept, asked)) return false;
    this.kindAt[index] = kind.number;
    this.sequenceAt[index] = sequence;
    return true;
  }

  private kindOf(asked: Kind): { readonly kind: Kind; readonly number: number } | undefined {
    const known = this.kinds.findIndex(
      ({ encryption, etag }) => etag === asked.etag && sameEncryption(encryption, asked.encryption),
    );
    const kind = this.kinds[known];
    if (kind) return { kind, number: known };
    if (this.kinds.length === mostKinds) return undefined;
    return { kind: asked, number: this.kinds.push(asked) - 1 };
  }
}

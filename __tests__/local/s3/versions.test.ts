import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { createWorld, text } from "./world";

/** Two keys, so that one can be seen to leave the other alone. */
const key = fc.constantFrom("a", "b");
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("put" as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), key, nth: fc.nat({ max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("setVersioning" as const),
      status: fc.constantFrom("Enabled" as const, "Suspended" as const),
    }),
  },
);

interface Known {
  readonly id: string;
  /** `undefined`: a delete marker. */
  readonly content: string | undefined;
}

/** What versioning means, as the User Guide tells it in "Using versioning in S3 buckets": newest first. */
class Model {
  private versioning: "Enabled" | "Suspended" | undefined;
  readonly versions = new Map<string, Known[]>();

  setVersioning(status: "Enabled" | "Suspended"): void {
    this.versioning = status;
  }
  add(name: string, known: Known): void {
    const others = this.of(name).filter(({ id }) => id !== "null" || known.id !== "null");
    this.versions.set(name, [known, ...others]);
  }
  delete(name: string, id: string | undefined): void {
    if (this.versioning === undefined) this.versions.set(name, []);
    else this.add(name, { id: id ?? "?", content: undefined });
  }
  remove(name: string, id: string): void {
    this.versions.set(
      name,
      this.of(name).filter((known) => known.id !== id),
    );
  }
  of(name: string): Known[] {
    return this.versions.get(name) ?? [];
  }
}

test("after any history of puts, deletes and switches of versioning the versions are those of the model", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (history) => {
      const { s3, bucket } = createWorld();
      const Bucket = await bucket("data");
      const model = new Model();
      for (const [index, next] of history.entries()) {
        const content = `content ${index}`;
        switch (next.do) {
          case "setVersioning": {
            const VersioningConfiguration = { Status: next.status };
            await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
            model.setVersioning(next.status);
            break;
          }
          case "put": {
            const put = await s3.send(new PutObjectCommand({ Bucket, Key: next.key, Body: content }));
            model.add(next.key, { id: put.VersionId ?? "null", content });
            break;
          }
          case "delete": {
            const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key: next.key }));
            model.delete(next.key, deleted.VersionId);
            break;
          }
          case "remove": {
            const VersionId = model.of(next.key)[next.nth]?.id;
            if (VersionId === undefined) break;
            await s3.send(new DeleteObjectCommand({ Bucket, Key: next.key, VersionId }));
            model.remove(next.key, VersionId);
          }
        }
      }
      const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      for (const name of ["a", "b"]) {
        const expected = model.of(name);
        const ids = (of: { Key?: string; VersionId?: string }[] = []) =>
          of.filter(({ Key }) => Key === name).map(({ VersionId }) => VersionId);
        const isMarker = ({ content }: Known): boolean => content === undefined;
        expect(ids(listed.DeleteMarkers)).toEqual(expected.filter(isMarker).map(({ id }) => id));
        expect(ids(listed.Versions)).toEqual(expected.filter((known) => !isMarker(known)).map(({ id }) => id));
        const latest = [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])].filter(
          ({ Key, IsLatest }) => Key === name && IsLatest,
        );
        expect(latest.map(({ VersionId }) => VersionId)).toEqual(expected.slice(0, 1).map(({ id }) => id));
        for (const { id, content } of expected) {
          if (content === undefined) continue;
          const got = await s3.send(new GetObjectCommand({ Bucket, Key: name, VersionId: id }));
          expect(await text(got)).toBe(content);
        }
      }
    }),
    { numRuns: 40 },
  );
});

import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";

/** What the last acknowledged request of the application left under a key. */
type Expected =
  | { readonly is: "present"; readonly digest: string; readonly revision: string }
  | { readonly is: "deleted" };

export interface ApplicationReport {
  readonly writes: number;
  readonly reads: number;
  readonly deletes: number;
  /** Requests that S3 refused or that failed: for an application, downtime. */
  readonly errors: readonly string[];
  /** Reads that did not return what the application had last written. */
  readonly wrongReads: readonly string[];
}

const digestOf = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/**
 * A program that knows nothing of encryption and lives in the bucket while it is converted: it writes, overwrites,
 * reads and deletes, one request after the other, and remembers what S3 acknowledged.
 */
export class Application {
  private readonly expected = new Map<string, Expected>();
  private readonly errors: string[] = [];
  private readonly wrongReads: string[] = [];
  private counts = { writes: 0, reads: 0, deletes: 0 };
  private stopped = false;
  private loop: Promise<void> = Promise.resolve();
  /** What the application sends along with each put; empty until its own release for stage `enforce`. */
  private encryptionHeader: { ServerSideEncryption?: "aws:kms"; SSEKMSKeyId?: string } = {};

  private onNextTurn: () => void = () => undefined;

  /** @param ownedKeys - existing keys that the application overwrites, deletes and writes again. */
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly ownedKeys: readonly string[],
  ) {}

  start(): void {
    this.loop = this.live();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
  }

  /**
   * The release of the application that every team ships before its bucket moves to stage `enforce`.
   * Resolves when no request without the header is under way any more.
   */
  release(keyArn: string): Promise<void> {
    return new Promise((released) => {
      this.onNextTurn = () => {
        this.encryptionHeader = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn };
        released();
      };
    });
  }

  get touchedKeys(): ReadonlySet<string> {
    return new Set(this.expected.keys());
  }

  report(): ApplicationReport {
    return { ...this.counts, errors: this.errors, wrongReads: this.wrongReads };
  }

  /** Reads back every key that the application ever wrote or deleted: the keys whose last acknowledged state is gone. */
  async lostWrites(): Promise<string[]> {
    const lost: string[] = [];
    for (const key of this.expected.keys()) {
      const difference = await this.difference(key);
      if (difference) lost.push(`${key}: ${difference}`);
    }
    return lost;
  }

  private async live(): Promise<void> {
    for (let turn = 0; !this.stopped; turn += 1) {
      this.onNextTurn();
      const owned = this.ownedKeys[(turn * 7) % this.ownedKeys.length] ?? "application/counter";
      const own = `application/session ${turn % 40}.json`;
      await this.attempt(
        turn % 11 === 10 ? () => this.remove(owned) : () => this.write(turn % 3 === 0 ? own : owned, turn),
      );
      await this.attempt(() => this.readBack(turn % 2 === 0 ? own : owned));
      await pause(40);
    }
  }

  private async attempt(request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } catch (error) {
      this.errors.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
  }

  private async write(key: string, turn: number): Promise<void> {
    const revision = String(turn);
    const body = Buffer.from(JSON.stringify({ key, revision, padding: "x".repeat(turn % 997) }));
    await this.s3.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: body,
        Metadata: { revision },
        ...this.encryptionHeader,
      }),
    );
    this.expected.set(key, { is: "present", digest: digestOf(body), revision });
    this.counts.writes += 1;
  }

  private async remove(key: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
    this.expected.set(key, { is: "deleted" });
    this.counts.deletes += 1;
  }

  private async readBack(key: string): Promise<void> {
    const difference = await this.difference(key);
    this.counts.reads += 1;
    if (difference) this.wrongReads.push(`${key}: ${difference}`);
  }

  private async difference(key: string): Promise<string | undefined> {
    const expected = this.expected.get(key);
    if (!expected) return undefined;
    try {
      const got = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      if (expected.is === "deleted") return "deleted by the application, and there again";
      const digest = digestOf((await got.Body?.transformToByteArray()) ?? new Uint8Array());
      if (digest !== expected.digest) return "not the content that was written last";
      if (got.Metadata?.["revision"] !== expected.revision) return "not the metadata that was written last";
      return undefined;
    } catch (error) {
      if (!(error instanceof S3ServiceException) || error.name !== "NoSuchKey") throw error;
      return expected.is === "deleted" ? undefined : "written by the application, and gone";
    }
  }
}

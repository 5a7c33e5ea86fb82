import type { Documents } from "../../s3/documents";
import type { Answer } from "../../s3/object-store";
import type { Clock } from "../clock";
import { patiently } from "../manifest/transfer";
import { describe } from "../outcome";
import { backoff } from "../pacing";
import { RunsNotReached } from "../run-store";

const ATTEMPTS = 10;
/** More than any of them has: what gathers while another segment is on its way. */
const LONGEST = 1024 ** 3;

/** A small object of a run, as it is at this moment. */
export interface Found {
  readonly text: string;
  readonly etag: string;
}

/**
 * Objects of runs below a prefix, asked for with patience. Nobody's write ever takes the place of another one's unseen.
 *
 * Every text is written by one process alone, once: so who finds its own text there knows that its write was done, also
 * where the answer got lost.
 */
export class RunObjects {
  /** @param prefix ends with a slash */
  constructor(
    private readonly documents: Documents,
    private readonly clock: Clock,
    private readonly prefix: string,
  ) {}

  /** `s3://bucket/prefix/name` */
  placeOf(name: string): string {
    return `s3://${this.documents.bucket}/${this.prefix}${name}`;
  }

  /** Nothing where there is no such object. @throws RunsNotReached */
  async read(name: string): Promise<Found | undefined> {
    const key = `${this.prefix}${name}`;
    const got = await patiently(this.clock, () => this.documents.get({ key, first: 0, last: LONGEST }));
    if (got.is === "refused" && got.code === "NoSuchKey") return undefined;
    const { body, etag } = this.#reached("s3:GetObject", name, got);
    return { text: Buffer.from(body).toString(), etag };
  }

  /** All names that begin so, in order. @throws RunsNotReached */
  async *names(begin: string): AsyncGenerator<string> {
    let token: string | undefined;
    do {
      const page = await this.#list(begin, { token });
      yield* page.keys.map((key) => key.slice(this.prefix.length));
      token = page.token;
    } while (token !== undefined);
  }

  /** Whether there is a name that begins so and comes after another one. @throws RunsNotReached */
  async hasAfter(begin: string, name: string): Promise<boolean> {
    return (await this.#list(begin, { after: `${this.prefix}${name}`, limit: 1 })).keys.length > 0;
  }

  /** Names without a slash, and what comes before the first slash of all others. In order. @throws RunsNotReached */
  async top(): Promise<{ readonly names: readonly string[]; readonly folders: readonly string[] }> {
    const names: string[] = [];
    const folders: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#list("", { token, folders: true });
      names.push(...page.keys.map((key) => key.slice(this.prefix.length)));
      folders.push(...page.folders.map((folder) => folder.slice(this.prefix.length, -1)));
      token = page.token;
    } while (token !== undefined);
    return { names, folders };
  }

  /** The objects below a folder of these. @param folder ends with a slash */
  below(folder: string): RunObjects {
    return new RunObjects(this.documents, this.clock, `${this.prefix}${folder}`);
  }

  /** The new object's ETag; nothing where somebody else's is there. @throws RunsNotReached */
  create(name: string, text: string): Promise<string | undefined> {
    return this.#put(name, text, { isNew: true });
  }

  /** The new ETag; nothing where it is another one's by now than that with the old ETag. @throws RunsNotReached */
  replace(name: string, text: string, etag: string): Promise<string | undefined> {
    return this.#put(name, text, { etag });
  }

  /**
   * | S3 answers                       | what is done                                          |
   * |----------------------------------|-------------------------------------------------------|
   * | 412 PreconditionFailed           | read: our own text is there, or somebody was faster   |
   * | 404 NoSuchKey, for an ETag       | the same                                              |
   * | 409 ConditionalRequestConflict   | asked again: another write was on its way             |
   * | 503, timeout, reset, 500         | asked again: the condition tells whether it was done  |
   *
   * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  async #put(name: string, text: string, condition: Parameters<Documents["put"]>[0]["if"]) {
    const request = { key: `${this.prefix}${name}`, body: Buffer.from(text), contentType: "application/json" };
    for (let attempt = 1; ; attempt++) {
      const answer = await this.documents.put({ ...request, if: condition });
      if (answer.is === "refused" && (answer.status === 412 || answer.code === "NoSuchKey")) {
        const there = await this.read(name);
        return there?.text === text ? there.etag : undefined;
      }
      const mayPass = answer.is !== "done" && (answer.is !== "refused" || answer.code === "ConditionalRequestConflict");
      if (!mayPass || attempt === ATTEMPTS) return this.#reached("s3:PutObject", name, answer).etag;
      await this.clock.sleep(
        backoff(attempt, this.clock.random(), answer.is === "throttled" ? answer.retryAfterMs : 0),
      );
    }
  }

  async #list(begin: string, more: { after?: string; token?: string; limit?: number; folders?: boolean }) {
    const prefix = `${this.prefix}${begin}`;
    const page = await patiently(this.clock, () => this.documents.list({ prefix, ...more }));
    return this.#reached("s3:ListBucket", begin, page);
  }

  #reached<T>(action: "s3:GetObject" | "s3:ListBucket" | "s3:PutObject", name: string, answer: Answer<T>): T {
    if (answer.is === "done") return answer.value;
    const where = this.placeOf(name);
    if (answer.is === "refused" && answer.status === 403) {
      const { bucket } = this.documents;
      const resource = action === "s3:ListBucket" ? bucket : `${bucket}/${this.prefix}*`;
      throw new RunsNotReached(
        `${where}: ${action} on s3://${resource} is denied to this caller, or the bucket is not of this account: ${answer.message}`,
        "Whoever runs this needs s3:ListBucket on the bucket of the runs, and s3:GetObject and s3:PutObject below the prefix.",
      );
    }
    throw new RunsNotReached(`${where}: ${describe(answer)}`);
  }
}

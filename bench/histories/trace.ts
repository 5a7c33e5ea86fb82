import type { HttpRequest, HttpResponse } from "../../local/service";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import { type Act, changesInPlace, keepsETag, tagsGiven } from "./application";
import type { Aspect } from "./checker";
import type { Traits } from "./world";

/** One request of the conversion, by the steps of its history. */
interface Exchange {
  readonly kind: "look" | "copy" | "update" | "upload" | "other";
  readonly key: string;
  readonly versionId?: string;
  readonly uploadId?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether its process was killed before there was an answer. */
  readonly orphaned: boolean;
  /** When it came to the server, and when it had had its effect. */
  readonly begun: number;
  ended: number;
  response?: HttpResponse;
  /** When the conversion read the answer. */
  read?: number;
}

/** What the application did to an object. */
export interface Acted {
  readonly step: number;
  readonly key: string;
  readonly keepsETag: boolean;
  readonly writes: boolean;
  /** What of the current version it changes in place. */
  readonly changes: Aspect | undefined;
  readonly tags: string | undefined;
}

/** A copy, by steps. */
export interface Copy {
  readonly looked: number;
  readonly begun: number;
  /** When it had taken effect. Infinity if it never did. */
  readonly ended: number;
  /** Whether the conversion read the answer. */
  readonly heard: boolean;
  /** Those that were sent. Nothing where S3 copies the tags by itself. */
  readonly tags: string | undefined;
  /** Whether its process is gone, and no other one of the run has looked at the object since. */
  readonly unseen: boolean;
}

/** What happened in a history, in the order in which the server saw it. */
export class Trace {
  /** Put into words only where somebody reads them. */
  readonly #lines: (() => string)[] = [];
  readonly #exchanges: Exchange[] = [];
  /** Requests of a killed process that it was about to send. */
  readonly #unsent: Exchange[] = [];
  readonly #acts: Acted[] = [];
  #step = 0;
  #runEnded = Number.POSITIVE_INFINITY;
  #lastKill = 0;

  /** The step of it. 0 if no process was killed. */
  get lastKill(): number {
    return this.#lastKill;
  }

  /** The step of what happened last. */
  get step(): number {
    return this.#step;
  }

  get lines(): string[] {
    return this.#lines.map((line) => line());
  }

  killed(moment: string): void {
    const step = ++this.#step;
    this.#lastKill = step;
    this.#lines.push(() => `${step} the process is killed, its request ${moment}`);
  }

  /** The run has ended, and what follows is another one, which knows nothing of it. */
  runEnded(): void {
    this.#runEnded = ++this.#step;
  }

  /** @param orphaned whether its process is killed now, and S3 goes on with it */
  begun(request: HttpRequest, orphaned = false): Exchange {
    const exchange = exchangeOf(request, ++this.#step, orphaned);
    this.#exchanges.push(exchange);
    const { pathname, searchParams } = new URL(request.url);
    this.#lines.push(() => `${exchange.begun} conversion ${request.method} ${pathname}?${searchParams} begins`);
    return exchange;
  }

  /** The journal has its intent, so that a later process cannot know that it never came to the server. */
  unsent(request: HttpRequest, step: number): void {
    this.#unsent.push(exchangeOf(request, step, false));
  }

  answered(exchange: Exchange, response: HttpResponse): void {
    exchange.ended = ++this.#step;
    exchange.response = response;
    const { "x-amz-server-side-encryption": encryption, etag } = response.headers;
    const { "x-amz-version-id": versionId } = response.headers;
    this.#lines.push(
      () =>
        `${exchange.ended} conversion ${exchange.kind} ${exchange.key}: ${response.status} ${[encryption, versionId, etag].join(" ")}`,
    );
  }

  read(exchange: Exchange): void {
    exchange.read = ++this.#step;
  }

  acted(key: string, act: Act, status: number): void {
    const step = ++this.#step;
    this.#acts.push({
      ...{ step, key, keepsETag: keepsETag(act) && status < 300, writes: act.do === "put" },
      ...{ changes: changesInPlace(act), tags: tagsGiven(act) },
    });
    this.#lines.push(() => `${step} application ${JSON.stringify(act)} ${key}: ${status}`);
  }

  /** Whether the last HEAD that was read shows the target, and came after the last change. */
  wasSeenAs(key: string, versionId: string | undefined, target: EncryptionTarget): boolean {
    const ofKey = this.#exchanges.filter((one) => one.key === key);
    const look = ofKey.findLast((one) => one.kind === "look" && one.read !== undefined && one.versionId === versionId);
    const seen = versionId ?? look?.response?.headers["x-amz-version-id"];
    // Nothing but an update changes a noncurrent version.
    const change = ofKey.findLast(({ kind, versionId: changed }) =>
      kind === "update" ? changed === seen : versionId === undefined && (kind === "copy" || kind === "upload"),
    );
    const headers = look?.response?.headers;
    // A `null` version that is current and listed by its id as well is visited twice, and each visit may change it.
    const isVisitedTwice = seen === "null" && ofKey.some((one) => one.kind === "look" && one.versionId === seen);
    if (!look || !headers || (change && look.begun < change.begun && !isVisitedTwice)) return false;
    return (
      headers["x-amz-server-side-encryption"] === target.algorithm &&
      (target.algorithm === "AES256" || headers["x-amz-server-side-encryption-aws-kms-key-id"] === target.keyArn) &&
      (target.algorithm !== "aws:kms" ||
        (headers["x-amz-server-side-encryption-bucket-key-enabled"] === "true") === target.bucketKey)
    );
  }

  acts(key: string): readonly Acted[] {
    return this.#acts.filter((one) => one.key === key);
  }

  /** Changes that went further than what had been looked at. */
  violations({ versioning }: Traits): string[] {
    if (versioning !== "Enabled") return [];
    return this.#exchanges
      .filter(
        ({ kind, versionId, response }) => kind === "update" && versionId === undefined && response?.status === 200,
      )
      .map(({ key }) => `${key}: an update without a version id, in a bucket with versions`);
  }

  /** Those of an object, with the step of the last look before each. */
  copies(key: string): Copy[] {
    const ofKey = this.#exchanges.filter((one) => one.key === key);
    const unsent = this.#unsent.filter((one) => one.key === key);
    const changes = [...ofKey, ...unsent].filter(({ kind }) => kind === "copy" || kind === "upload");
    return changes.map((change) => {
      // An upload takes everything with it when it is created, and S3 reads the bytes in the steps after.
      const created = ofKey.find(({ kind, begun }) => kind === "upload" && begun <= change.begun) ?? change;
      const first = change.kind === "upload" ? created : change;
      const look = ofKey.findLast(
        ({ kind, versionId, begun }) => kind === "look" && versionId === undefined && begun < first.begun,
      );
      const looked = look?.begun ?? 0;
      const begun = change.kind === "upload" ? looked : change.begun;
      const sendsTags = change.kind === "upload" || change.headers["x-amz-tagging-directive"] === "REPLACE";
      const tags = sendsTags ? (first.headers["x-amz-tagging"] ?? "") : undefined;
      const isLookedAt = ofKey.some(
        (one) => one.kind === "look" && one.begun > change.ended && one.begun < this.#runEnded && !one.versionId,
      );
      const ended = change.response?.status === 200 ? change.ended : Number.POSITIVE_INFINITY;
      const heard = change.read !== undefined;
      return { looked, begun, ended, heard, tags, unseen: change.orphaned && !isLookedAt };
    });
  }
}

function exchangeOf({ method, url, headers }: HttpRequest, begun: number, orphaned: boolean): Exchange {
  const { pathname, searchParams: query } = new URL(url);
  return {
    kind: kindOf(method, query, headers),
    key: decodeURIComponent(pathname.split("/").slice(2).join("/")),
    versionId: query.get("versionId") ?? undefined,
    uploadId: query.get("uploadId") ?? undefined,
    headers,
    orphaned,
    begun,
    ended: Number.POSITIVE_INFINITY,
  };
}

function kindOf(method: string, query: URLSearchParams, headers: Readonly<Record<string, string>>): Exchange["kind"] {
  if (method === "HEAD") return "look";
  if (query.has("encryption")) return "update";
  if (query.has("uploads") || query.has("uploadId")) return "upload";
  return method === "PUT" && headers["x-amz-copy-source"] !== undefined ? "copy" : "other";
}

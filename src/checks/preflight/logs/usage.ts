import { dayOf } from "../../../fleet/days";
import type { EncryptionTarget, EnforcementRow } from "../../../fleet/fleet";
import { Busiest, type Rate } from "./busiest";
import { type LoggedPrincipal, type LoggedRequest, nameOf, type SaidEncryption } from "./request";

/** What somebody does, as far as encryption asks for it: also rows of the enforcement table that refuse it. */
export const habits = ["read", "write", "presigned-read", "presigned-write", "sigv2", "old-tls"] as const;
export type Habit = (typeof habits)[number] | EnforcementRow;

export interface Sightings {
  readonly requests: number;
  /** `YYYY-MM-DD`, in UTC. */
  readonly lastSeen: string;
}

export interface BucketUser {
  readonly principal: LoggedPrincipal;
  readonly seen: ReadonlyMap<Habit, Sightings>;
}

/** What logs show of one bucket. Requests that S3 refused count as refused, and as nothing else. */
export interface BucketUsage {
  readonly requests: number;
  readonly refused: number;
  /** First and last day of CloudTrail data events of the bucket. */
  readonly dataEvents?: Period;
  /** The same of its access log. */
  readonly accessLogs?: Period;
  readonly users: ReadonlyMap<string, BucketUser>;
  /** Seconds that the longest presigned URL lives. */
  readonly longestPresigned?: number;
  /** When the default encryption was last set, in milliseconds since 1970. */
  readonly defaultChanged?: number;
  /** Of everybody but the conversion role. */
  readonly busiest: Rate;
}

/** Days, as `YYYY-MM-DD`. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const wider = (period: Period | undefined, day: string): Period =>
  period === undefined
    ? { from: day, to: day }
    : { from: day < period.from ? day : period.from, to: day > period.to ? day : period.to };

/** The row of the enforcement table that refuses a put, were it in force. */
export function rowOf(said: SaidEncryption, target: EncryptionTarget): EnforcementRow | undefined {
  if (said.is === "unknown") return undefined;
  if (said.is === "nothing") return "missing-header";
  if (said.is === "customer") return "sse-c";
  if (target.algorithm === "AES256") return undefined;
  if (said.algorithm !== target.algorithm) return "wrong-algorithm";
  if (said.keyId === null) return "kms-without-key-id";
  // The policy compares ARNs, whatever S3 makes of a bare id or an alias.
  return said.keyId === undefined || said.keyId === target.keyArn ? undefined : "another-key";
}

function habitsOf(request: LoggedRequest, target: EncryptionTarget): Habit[] {
  const { does, said, transport, presigned, signature } = request;
  const reads = does === "read";
  const writes = does === "write" || does === "part";
  const row = does === "write" ? rowOf(said, target) : undefined;
  return [
    ...(reads ? (["read"] as const) : []),
    ...(writes ? (["write"] as const) : []),
    ...(row ? [row] : []),
    ...(transport === "plain" ? (["plain-http"] as const) : []),
    ...(transport === "old" ? (["old-tls"] as const) : []),
    ...(presigned && reads ? (["presigned-read"] as const) : []),
    ...(presigned && writes ? (["presigned-write"] as const) : []),
    ...(signature === "SigV2" ? (["sigv2"] as const) : []),
  ];
}

/** Principals of a bucket that are told apart: more are of logs that nobody could read as a list. */
const mostUsers = 10_000;
const others: LoggedPrincipal = { is: "foreign", id: "others, more than are told apart" };

/** Adds up the requests of one bucket, in memory that does not grow with them. */
export class UsageOf {
  #requests = 0;
  #refused = 0;
  #dataEvents: Period | undefined;
  #accessLogs: Period | undefined;
  #longestPresigned: number | undefined;
  #defaultChanged: number | undefined;
  readonly #users = new Map<string, { principal: LoggedPrincipal; seen: Map<Habit, Sightings> }>();
  readonly #busiest = new Busiest();

  /** @param ownRole ARN of the conversion role: its requests are no clients' */
  constructor(
    private readonly target: EncryptionTarget,
    private readonly ownRole?: string,
  ) {}

  add(request: LoggedRequest): void {
    const { at, does, principal, presigned, refused } = request;
    const day = dayOf(at);
    this.#requests += 1;
    if (request.from === "access-log") this.#accessLogs = wider(this.#accessLogs, day);
    else if (request.isData) this.#dataEvents = wider(this.#dataEvents, day);
    if (refused) {
      this.#refused += 1;
      return;
    }
    if (does === "change-default") {
      this.#defaultChanged = Math.max(this.#defaultChanged ?? 0, at);
      return;
    }
    if (presigned && presigned.lives !== undefined) {
      this.#longestPresigned = Math.max(this.#longestPresigned ?? 0, presigned.lives);
    }
    if (nameOf(principal) !== this.ownRole) this.#busiest.add(at, does);
    const seen = this.#seenOf(principal);
    for (const habit of habitsOf(request, this.target)) {
      const before = seen.get(habit);
      const lastSeen = before !== undefined && before.lastSeen > day ? before.lastSeen : day;
      seen.set(habit, { requests: (before?.requests ?? 0) + 1, lastSeen });
    }
  }

  #seenOf(principal: LoggedPrincipal): Map<Habit, Sightings> {
    const known = this.#users.get(nameOf(principal));
    if (known) return known.seen;
    const told = this.#users.size < mostUsers ? principal : others;
    const user = this.#users.get(nameOf(told)) ?? { principal: told, seen: new Map() };
    this.#users.set(nameOf(told), user);
    return user.seen;
  }

  result(): BucketUsage {
    return {
      requests: this.#requests,
      refused: this.#refused,
      dataEvents: this.#dataEvents,
      accessLogs: this.#accessLogs,
      users: this.#users,
      longestPresigned: this.#longestPresigned,
      defaultChanged: this.#defaultChanged,
      busiest: this.#busiest.result(),
    };
  }
}

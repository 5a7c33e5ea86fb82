import { AwsError } from "../service";

/** What clients can take up, so that a slow or hostile one takes nothing from the others. Sizes in bytes, times in milliseconds. */
export interface Limits {
  /** Of one request. */
  readonly largestBody: number;
  /** Bodies on their way in and out, of all connections together; beyond it requests are answered 503 SlowDown. */
  readonly heldBodies: number;
  /** Of each of the two servers; further ones are closed at once. */
  readonly connections: number;
  /** For all headers to arrive. */
  readonly headersTimeout: number;
  /** For all of a request to arrive. */
  readonly requestTimeout: number;
  /** Without a byte in either direction. */
  readonly idleTimeout: number;
}

export const usualLimits: Limits = {
  largestBody: 256 * 1024 * 1024,
  heldBodies: 1024 * 1024 * 1024,
  connections: 2_000,
  headersTimeout: 20_000,
  requestTimeout: 300_000,
  idleTimeout: 120_000,
};

/** Counts the bytes of bodies that are on their way, for all connections. */
export interface HeldBodies {
  readonly largestBody: number;
  /** Throws AwsError `SlowDown` if it would be too much. */
  add(bytes: number): void;
  release(bytes: number): void;
}

export function heldBodies({ largestBody, heldBodies }: Limits): HeldBodies {
  let held = 0;
  return {
    largestBody,
    add: (bytes) => {
      if (held + bytes > heldBodies) throw new AwsError("SlowDown", 503, "Please reduce your request rate.");
      held += bytes;
    },
    release: (bytes) => {
      held -= bytes;
    },
  };
}

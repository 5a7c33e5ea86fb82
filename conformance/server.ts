import type { Need } from "./case";
import type { Credentials } from "./sign";

/** An AWS to be asked. */
export interface Server {
  readonly name: string;
  /** Of S3, without a slash at the end. */
  readonly url: string;
  /** For cases that need TLS, where `url` is plain HTTP: most need none, and plain HTTP is quicker. */
  readonly tlsUrl?: string;
  /** For what a case sends over plain HTTP on purpose. */
  readonly plainUrl?: string;
  /** All four services answer at `url`; else each at its own address. */
  readonly oneAddress: boolean;
  /** In PEM, where the machine does not trust the server. */
  readonly ca?: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly otherCredentials?: Credentials;
  /** Why it cannot run cases that need these. */
  readonly lacks: Readonly<Partial<Record<Need, string>>>;
  /** Milliseconds until a new policy, role or key is certain to be in effect. */
  readonly settling: number;
  /** How many cases run at once. */
  readonly atOnce: number;
  stop(): Promise<void>;
}

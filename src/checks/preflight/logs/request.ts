/** Who sent a request that was logged. */
export type LoggedPrincipal =
  /** A role without its session, a user, or an account's root. */
  | { readonly is: "iam"; readonly arn: string }
  /** The root user of the bucket's account, of which an access log has the canonical user id alone. */
  | { readonly is: "owner" }
  /** Such as `delivery.logs.amazonaws.com`. */
  | { readonly is: "service"; readonly name: string }
  | { readonly is: "anonymous" }
  /** Somebody of another account, of whom the log has an id and no ARN: `AROA...`, or a canonical user's id. */
  | { readonly is: "foreign"; readonly id: string; readonly account?: string };

/** What a write said of its encryption. Access logs have no headers, so there it is not known. */
export type SaidEncryption =
  | { readonly is: "nothing" }
  | { readonly is: "customer" }
  /** `keyId` as it was sent; null: none was. Left out: not known. */
  | { readonly is: "algorithm"; readonly algorithm: string; readonly keyId?: string | null }
  | { readonly is: "unknown" };

/** One request of a log, as far as it matters for encryption. */
export interface LoggedRequest {
  readonly from: "cloudtrail" | "access-log";
  /** A request for an object or a listing: trails record those of a bucket only if they are told to. */
  readonly isData: boolean;
  readonly bucket: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly principal: LoggedPrincipal;
  /**
   * `write` begins an object, and decides its encryption; `part` goes on with it. `change-default` set the bucket's
   * default encryption.
   */
  readonly does: "read" | "write" | "part" | "change-default" | "other";
  /** S3 answered with an error. */
  readonly refused: boolean;
  readonly said: SaidEncryption;
  /** `old` is TLS before 1.2. AWS services show no transport when they come on their own or for somebody. */
  readonly transport: "plain" | "old" | "modern" | "unknown";
  /** Signed in the query string. Seconds that such a URL lives, where the log says so. */
  readonly presigned: false | { readonly lives?: number };
  readonly signature: "SigV2" | "SigV4" | "none";
}

/** Null: a record of something else. `unreadable`: it is none of the documented form. */
export type Parsed = LoggedRequest | null | "unreadable";

/** A role of an assumed-role session: policies and fleets name the role. The session's ARN leaves out the role's path. */
export const roleOfSession = (arn: string): string =>
  arn.replace(/^(arn:[^:]+):sts(::\d{12}:)assumed-role\/([^/]+)(\/.*)?$/, "$1:iam$2role/$3");

/** As shown to people, and as the key under which requests are counted. */
export function nameOf(principal: LoggedPrincipal): string {
  switch (principal.is) {
    case "iam":
      return principal.arn;
    case "owner":
      return "the root user of the bucket's account";
    case "service":
      return principal.name;
    case "anonymous":
      return "anonymous";
    case "foreign":
      return principal.account === undefined ? principal.id : `${principal.id} of account ${principal.account}`;
  }
}

/** TLS before 1.2, whether it is written `TLSv1.1` or `TLSV1.1`. */
export const isOldTls = (version: string): boolean => /^(tlsv1(\.[01])?|sslv.*)$/i.test(version);

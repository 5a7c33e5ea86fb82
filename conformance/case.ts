import type { World } from "./world";

/** What a case asks of a server besides S3, KMS, STS and IAM. Where it is not there, the case is "not supported". */
export type Need =
  /** Permissions are checked: policies deny, and requests that are not signed are refused. */
  | "permissions"
  /** TLS, without which S3 takes no KMS key and no customer key. */
  | "tls"
  /** S3 in us-east-1, which answers otherwise than other regions where buckets are made. */
  | "usEast1"
  /** One address for all regions: a request's region is that of its signature. */
  | "regions"
  /** Plain HTTP as well. */
  | "plainHttp"
  /** The credentials of a second account. */
  | "otherAccount"
  /** Everything is thrown away afterwards: the case leaves what nobody can delete before a day has passed. */
  | "throwAway";

/** One statement about AWS. */
export interface Case {
  /** A sentence about behaviour. */
  readonly name: string;
  readonly operations: readonly string[];
  /** The page that says so, or that AWS was seen to do so. */
  readonly source: string;
  readonly needs?: readonly Need[];
  /** Where moto differs: who is right, and why. */
  readonly moto?: string;
  /** Throws where the server does not behave so. */
  run(world: World): Promise<void>;
}

export interface Area {
  readonly name: string;
  /** What all of its cases need. */
  readonly needs?: readonly Need[];
  readonly cases: readonly Case[];
}

/** AWS's own answers, recorded by others' tests against the real one. */
export const recorded = (subject: string): string => `as AWS answered, recorded 2025-2026: ${subject}`;

/** AWS's own answers, recorded by these tests of localstack/localstack against the real one. */
export const recordedBy = (...tests: readonly string[]): string =>
  `as AWS answered, recorded by localstack's ${tests.join(", ")}`;

export const s3Api = (operation: string): string => `Amazon S3 API Reference, "${operation}"`;
export const s3Guide = (page: string): string => `Amazon S3 User Guide, "${page}"`;
export const kmsApi = (operation: string): string => `AWS KMS API Reference, "${operation}"`;
export const kmsGuide = (page: string): string => `AWS KMS Developer Guide, "${page}"`;
export const iamGuide = (page: string): string => `IAM User Guide, "${page}"`;
export const stsApi = (operation: string): string => `AWS STS API Reference, "${operation}"`;

/** A case in one line. `operations` are separated by spaces. */
export const behaviour = (
  name: string,
  operations: string,
  source: string,
  run: Case["run"],
  further: Pick<Case, "needs" | "moto"> = {},
): Case => ({ name, operations: operations.split(" "), source, run, ...further });

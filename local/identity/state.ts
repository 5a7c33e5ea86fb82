import type { Caller } from "../service";

export type Tags = Map<string, string>;

/** What users, groups and roles have in common: the policies that say what they may do. */
export interface Entity {
  readonly name: string;
  readonly arn: string;
  /** `AIDA...`, `AGPA...` or `AROA...`: never used again, so that a name created anew is somebody else. */
  readonly id: string;
  readonly path: string;
  readonly createdAt: number;
  /** Policy documents by name. */
  readonly inline: Map<string, string>;
  /** ARNs of managed policies. */
  readonly attached: Set<string>;
}

/** An entity that can sign. */
export interface Principal extends Entity {
  readonly tags: Tags;
  /** The ARN of the managed policy that is its permissions boundary. */
  boundary?: string;
}

export interface User extends Principal {
  readonly is: "user";
}

export interface Group extends Entity {
  readonly is: "group";
  /** Names of users. */
  readonly members: Set<string>;
}

export interface Role extends Principal {
  readonly is: "role";
  trustPolicy: string;
  description?: string;
  maxSessionSeconds: number;
}

export interface PolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly createdAt: number;
}

export interface ManagedPolicy {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly path: string;
  readonly description?: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly tags: Tags;
  readonly versions: Map<string, PolicyVersion>;
  defaultVersionId: string;
  /** Version ids are never used again. */
  nextVersion: number;
}

export interface Account {
  readonly id: string;
  readonly users: Map<string, User>;
  readonly groups: Map<string, Group>;
  readonly roles: Map<string, Role>;
  /** Customer managed policies by ARN. */
  readonly policies: Map<string, ManagedPolicy>;
  /** Identity providers of the account, by ARN. */
  readonly oidcProviders: Map<string, OidcProvider>;
}

export interface OidcProvider {
  /** Without its `https://`. */
  readonly url: string;
  readonly audiences: readonly string[];
  readonly thumbprints: readonly string[];
  readonly createdAt: number;
  readonly tags: Tags;
}

/** A long-term key of a user or of the account's root, or the key of a session, which has a token and an end. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly caller: Exclude<Caller, { is: "anonymous" | "service" }>;
  readonly createdAt: number;
  readonly session?: { readonly token: string; readonly expiresAt: number };
}

export interface IdentityState {
  readonly partition: string;
  readonly accounts: Map<string, Account>;
  readonly accessKeys: Map<string, AccessKey>;
}

export const createIdentityState = (partition = "aws"): IdentityState => ({
  partition,
  accounts: new Map(),
  accessKeys: new Map(),
});

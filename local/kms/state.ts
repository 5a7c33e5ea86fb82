import type { GrantConstraints, GrantOperation } from "@aws-sdk/client-kms";

/** One generation of a key: rotation adds one, and every earlier one still decrypts what it encrypted. */
export interface Material {
  /** 64 hexadecimal characters, as `KeyMaterialId` shows. */
  readonly id: string;
  /** 256 bits for AES. */
  readonly secret: Buffer;
  readonly since: number;
  readonly because: "created" | "AUTOMATIC" | "ON_DEMAND";
}

export type KeyStatus =
  | { readonly is: "enabled" | "disabled" }
  | { readonly is: "pendingDeletion"; readonly deletionAt: number };

/** What somebody may do with a key besides what policies say. */
export interface Grant {
  /** 64 hexadecimal characters. */
  readonly id: string;
  readonly name?: string;
  readonly createdAt: number;
  /** The account of whoever made the grant. */
  readonly issuingAccount: string;
  /** An ARN, or the name of a service. */
  readonly grantee: string;
  readonly retiring?: string;
  readonly operations: readonly GrantOperation[];
  readonly constraints: GrantConstraints;
}

export interface Key {
  readonly id: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: number;
  readonly manager: "AWS" | "CUSTOMER";
  description: string;
  policy: string;
  status: KeyStatus;
  /** `next` is when the clock reaches the next automatic rotation. */
  rotation?: { readonly periodInDays: number; readonly next: number };
  /** Oldest first; the last one encrypts. */
  readonly materials: Material[];
  readonly tags: Map<string, string>;
  /** By id. */
  readonly grants: Map<string, Grant>;
}

export interface Alias {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  updatedAt: number;
  keyArn: string;
}

export interface KmsState {
  /** By ARN. */
  readonly keys: Map<string, Key>;
  /** By ARN. */
  readonly aliases: Map<string, Alias>;
}

export const createKmsState = (): KmsState => ({ keys: new Map(), aliases: new Map() });

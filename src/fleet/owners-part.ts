import type { EnforcementRow } from "./fleet";
import type { Statement } from "./policy";

/**
 * What the owner of a bucket's policy or default encryption has to put, where the fleet leaves it to somebody else
 * (`external`). Nothing of it where Terraform puts it itself, and at stages prepare and released.
 */
export interface OwnersPart {
  /** For the bucket's policy, next to what is there; one of an equal Sid takes the place of the other. */
  readonly statements: readonly { readonly row: EnforcementRow; readonly statement: Statement }[];
  /** As PutBucketEncryption takes it. Null: the default encryption is not left to anybody. */
  readonly defaultEncryption: ServerSideEncryptionConfiguration | null;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionConfiguration.html */
export interface ServerSideEncryptionConfiguration {
  readonly Rules: readonly {
    readonly ApplyServerSideEncryptionByDefault: { readonly SSEAlgorithm: string; readonly KMSMasterKeyID?: string };
    readonly BucketKeyEnabled?: boolean;
  }[];
}

export const isEmptyPart = ({ statements, defaultEncryption }: OwnersPart): boolean =>
  statements.length === 0 && defaultEncryption === null;

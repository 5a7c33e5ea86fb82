import { type GrantListEntry, type KMSClient, ListGrantsCommand, paginateListAliases } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import { listBuckets } from "../list-buckets";
import type { KeyFacts } from "../preflight/facts";
import { describeKey } from "../preflight/gather-key";
import { type Looked, look } from "../preflight/looked";

/** Somebody who may use a key by a grant. AWS services make them for volumes, databases and the like. */
export interface KeyGrant {
  readonly name: string;
  readonly grantee: string;
  readonly operations: readonly string[];
}

export interface KeyUse {
  readonly key: Pick<KeyFacts, "arn" | "description">;
  readonly grants: Looked<readonly KeyGrant[]>;
  /** Names such as `alias/at-rest`. */
  readonly aliases: Looked<readonly string[]>;
}

const grantOf = ({
  Name,
  GrantId,
  GranteePrincipal,
  GranteeServicePrincipal,
  Operations,
}: GrantListEntry): KeyGrant => ({
  name: Name || GrantId || "?",
  grantee: GranteePrincipal ?? GranteeServicePrincipal ?? "?",
  operations: [...(Operations ?? [])].sort(),
});

// The SDK's own paginator takes no Marker of this operation's answer.
async function listGrants(client: KMSClient, KeyId: string): Promise<KeyGrant[]> {
  const grants: KeyGrant[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListGrantsCommand({ KeyId, Marker }));
    grants.push(...(page.Grants ?? []).map(grantOf));
    Marker = page.Truncated ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return grants;
}

async function listAliases(client: KMSClient, KeyId: string): Promise<string[]> {
  const names: string[] = [];
  for await (const page of paginateListAliases({ client }, { KeyId })) {
    names.push(...(page.Aliases ?? []).flatMap(({ AliasName }) => (AliasName === undefined ? [] : [AliasName])));
  }
  return names.sort();
}

const notThere = ["NotFoundException"];

/** A key, and who uses it besides S3 as far as KMS tells. Changes nothing. */
export async function gatherKeyUse(client: KMSClient, arn: string): Promise<KeyUse> {
  const [description, grants, aliases] = await Promise.all([
    describeKey(client, arn),
    look("kms:ListGrants", () => listGrants(client, arn), { codes: notThere, means: [] }),
    look("kms:ListAliases", () => listAliases(client, arn), { codes: notThere, means: [] }),
  ]);
  return { key: { arn, description }, grants, aliases };
}

/** The buckets of the caller's account in the client's Region. */
export const bucketsIn = (client: S3Client, region: string): Promise<Looked<readonly string[]>> =>
  look("s3:ListAllMyBuckets", async () => {
    const found = await listBuckets(client, region);
    return found.flatMap(({ Name }) => (Name === undefined ? [] : [Name])).sort();
  });

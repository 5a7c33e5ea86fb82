import { ListAccountsCommand, type OrganizationsClient } from "@aws-sdk/client-organizations";

export interface NamedAccount {
  /** 12 digits. */
  readonly id: string;
  /** As its owner wrote it. Empty: unknown. */
  readonly name: string;
}

/**
 * The active accounts of the caller's organisation, by id.
 *
 * Answers to the management account and to delegated administrators only.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
 *
 * @returns also what closed and suspended accounts there are, which have no buckets that anybody could read
 */
export async function organizationAccounts(
  client: OrganizationsClient,
): Promise<{ active: NamedAccount[]; inactive: NamedAccount[] }> {
  const active: NamedAccount[] = [];
  const inactive: NamedAccount[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListAccountsCommand({ NextToken }));
    for (const { Id = "", Name = "", State, Status } of page.Accounts ?? []) {
      // State took the place of Status in September 2025; where it is missing the older one holds.
      ((State ?? Status) === "ACTIVE" ? active : inactive).push({ id: Id, name: Name });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const byId = (one: NamedAccount, other: NamedAccount) => (one.id < other.id ? -1 : 1);
  return { active: active.sort(byId), inactive: inactive.sort(byId) };
}

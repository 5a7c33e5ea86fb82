import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { atOnce } from "../../../src/checks/at-once";
import { type DiscoveredAccount, problemsOf } from "../../../src/checks/discover/found";
import { type NamedAccount, organizationAccounts } from "../../../src/checks/discover/organization";
import { readAccount } from "../../../src/checks/discover/read-account";
import { toldBySdk } from "../../../src/checks/settings";
import { forSettings } from "../../../src/checks/settings-client";
import type { Fleet } from "../../../src/fleet/fleet";
import { roleArn } from "../../../src/fleet/github";
import { counted } from "../../../src/reencrypt/report/words";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import { openSession } from "./connect";
import { Stop } from "./stop";
import { say } from "./terminal";

export interface DiscoverWhere {
  readonly organization?: boolean;
  readonly account?: readonly NamedAccount[];
  readonly roleName?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly sizes: boolean;
}

type Session = Awaited<ReturnType<typeof openSession>>;

const accountsAtOnce = 4;

/** The Region that is asked first: buckets are listed and organisations answer alike from each of a partition. */
const homeRegion = (region: string | undefined): string =>
  region ?? (process.env["AWS_REGION"] || process.env["AWS_DEFAULT_REGION"] || "us-east-1");

async function ofOrganization({ credentials }: Session, region: string): Promise<NamedAccount[]> {
  const client = new OrganizationsClient(forSettings({ region, credentials }));
  try {
    const { active, inactive } = await organizationAccounts(client);
    if (inactive.length > 0) {
      say(`Left out, since they are not active: ${inactive.map(({ id, name }) => `${id} (${name})`).join(", ")}.`);
    }
    return active;
  } catch (error) {
    // The SDK adds lines of its own for whoever debugs it.
    const [why] = toldBySdk(error).split("\n");
    throw new Stop(
      `The accounts of the organisation could not be listed: ${why}`,
      "It needs organizations:ListAccounts, in the management account or a delegated administrator's. Or name them with --account.",
    );
  } finally {
    client.destroy();
  }
}

/** Named, the organisation's, the fleet's, or the caller's own: the first that is said. */
async function whichAccounts(
  where: DiscoverWhere,
  fleet: Fleet | undefined,
  session: Session,
  region: string,
): Promise<NamedAccount[]> {
  if (where.organization) return ofOrganization(session, region);
  if (where.account) return [...where.account];
  if (!fleet) return [{ id: session.caller.account, name: "" }];
  const known = new Map(fleet.targets.map(({ account: { id, name } }) => [id, { id, name }]));
  return [...known.values()];
}

/** The role that is assumed in an account. Undefined: the caller's own permissions, in the caller's own account. */
function roleFor(
  { id }: NamedAccount,
  { roleName }: DiscoverWhere,
  fleet: Fleet | undefined,
  { caller }: Session,
): string | undefined {
  if (id === caller.account) return undefined;
  if (roleName !== undefined) return roleArn(caller.arn.split(":")[1] ?? "aws", id, roleName);
  const planRole = fleet?.targets.find(({ account }) => account.id === id)?.account.planRole;
  if (planRole !== undefined) return planRole;
  throw new Stop(
    `no role of it is known, and the credentials are of account ${caller.account}: name one with --role-name`,
  );
}

async function oneAccount(
  account: NamedAccount,
  where: DiscoverWhere,
  fleet: Fleet | undefined,
  session: Session,
  region: string,
): Promise<DiscoveredAccount> {
  const partition = session.caller.arn.split(":")[1] ?? "aws";
  try {
    const role = roleFor(account, where, fleet, session);
    const { credentials } = await openSession({ region, roleArn: role, account: account.id });
    const { endpointUrl } = where;
    const s3 = remembered((at) =>
      s3Client({ region: at, endpointUrl, credentials, concurrency: 16, attempts: ATTEMPTS_OF_SETTINGS }),
    );
    const cloudWatch = (at: string) => new CloudWatchClient(forSettings({ region: at, credentials }));
    return await readAccount({
      account,
      partition,
      region,
      s3,
      cloudWatch: where.sizes ? cloudWatch : undefined,
      now: new Date(),
    });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { ...account, partition, listed: false, buckets: [], unread: [], problems: [error.message] };
  }
}

/** One client a Region, which has its sockets. */
function remembered<Value>(make: (name: string) => Value): (name: string) => Value {
  const made = new Map<string, Value>();
  return (name) => {
    const before = made.get(name);
    if (before !== undefined) return before;
    const value = make(name);
    made.set(name, value);
    return value;
  };
}

/**
 * Reads every bucket of the accounts that are named. One that cannot be entered or read hides no other.
 *
 * @throws Stop if the caller, or the list of accounts, cannot be found out
 */
export async function discoverAccounts(where: DiscoverWhere, fleet: Fleet | undefined): Promise<DiscoveredAccount[]> {
  const region = homeRegion(where.region);
  const session = await openSession({ region });
  const accounts = await whichAccounts(where, fleet, session, region);
  return atOnce(accountsAtOnce, accounts, async (account) => {
    const found = await oneAccount(account, where, fleet, session, region);
    const called = account.name === "" ? account.id : `${account.name} (${account.id})`;
    say(`${called}: ${found.listed ? counted(found.buckets.length, "bucket") : "not read"}`);
    for (const problem of problemsOf(found)) say(`  not read: ${problem}`);
    return found;
  });
}

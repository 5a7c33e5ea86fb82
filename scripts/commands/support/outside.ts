import type { OutsideFleet } from "../../../src/checks/audit/result";
import { bucketsIn } from "../../../src/checks/key-usage/gather";
import { unseen } from "../../../src/checks/preflight/looked";
import type { Fleet } from "../../../src/fleet/fleet";
import { bucketsOutside, type FoundBucket } from "../../../src/fleet/outside";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import { openSession } from "./connect";
import { Stop } from "./stop";
import type { Work } from "./work";

/** One bucket of each account and Region, whose role the others there have as well. */
const oneOfEach = (found: readonly Work[]): Work[] => [
  ...new Map(found.map((work) => [`${work.account} ${work.region}`, work])).values(),
];

/** Buckets in the accounts and Regions of an audit that nobody has decided about. */
export async function lookOutside(fleet: Fleet, found: readonly Work[]): Promise<OutsideFleet> {
  const there: FoundBucket[] = [];
  const notLooked: string[] = [];
  for (const work of oneOfEach(found)) {
    const { region, endpointUrl } = work;
    const where = `account ${work.account}, ${region}`;
    try {
      const { credentials, caller } = await openSession(work);
      const client = s3Client({ region, endpointUrl, credentials, concurrency: 1, attempts: ATTEMPTS_OF_SETTINGS });
      const listed = await bucketsIn(client, region);
      client.destroy();
      if (listed.is === "unseen") notLooked.push(`${where}: ${unseen(listed)}`);
      else there.push(...listed.value.map((name) => ({ account: caller.account, region, name })));
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      notLooked.push(`${where}: ${error.message}`);
    }
  }
  return { buckets: bucketsOutside(fleet, there), notLooked };
}

import type { EngineEstimate, Estimate } from "../../../src/reencrypt/cost/estimate";
import { virginia } from "../../../src/reencrypt/cost/prices";
import { grouped } from "../../../src/reencrypt/report";
import { bytesInWords, counted, dollarsInWords, duration, percent } from "../../../src/reencrypt/report/words";
import type { Facts, InventoryBasis } from "./estimate-facts";
import { ageInWords } from "./inventory-source";
import { say } from "./terminal";
import type { Work } from "./work";

export function tellEstimate(
  { bucket, region }: Work,
  facts: Facts,
  { engines, recommended, because }: Estimate,
): void {
  const { groups, from, objects, bytes } = facts;
  const all = groups.reduce((sum, group) => sum + group.objects, 0);
  const of = (...outcomes: readonly string[]): string =>
    percent(
      groups.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, group) => sum + group.objects, 0),
      all,
    );
  const exact = from.is === "listing" || from.is === "inventory";
  const byCloudWatch =
    from.is === "CloudWatch"
      ? ` (CloudWatch, ${from.day}, with noncurrent versions, delete markers and unfinished parts)`
      : "";
  say(`s3://${bucket} (${region})`);
  if (from.is === "inventory") for (const line of linesOfInventory(facts, from)) say(line);
  say(`  holds   ${exact ? "" : "about "}${grouped(objects)} objects, ${bytesInWords(bytes)}${byCloudWatch}`);
  say(
    `  of ${grouped(Math.round(all))} ${from.is === "inventory" ? "listed" : "looked at"}: ${of("updated")} to update, ${of("copied", "copiedInParts")} to copy, ${of("alreadyRight")} right already, ${of("cannot")} cannot be done`,
  );
  for (const engine of engines) for (const line of linesOfEngine(engine)) say(line);
  say(`  better  ${recommended}: ${because}`);
  say(
    `  list prices of ${virginia.region}, ${virginia.asOf}; they differ by region. A best case: nothing is throttled.`,
  );
}

function linesOfInventory({ looked }: Facts, basis: InventoryBasis): string[] {
  const { createdAt, noncurrent, deleteMarkers, unsure, rightShare } = basis;
  const age = ageInWords({ createdAt: Date.parse(createdAt) });
  const lines = [`  from    an inventory of ${createdAt}, ${age} old: what came since is not in it`];
  if (noncurrent + deleteMarkers > 0) {
    lines.push(
      `          left out: ${counted(noncurrent, "noncurrent version")}, ${counted(deleteMarkers, "delete marker")}`,
    );
  }
  if (unsure > 0) {
    const said =
      rightShare === null
        ? "none could be looked at, and all are taken to need it"
        : `of ${grouped(looked)} looked at ${percent(rightShare, 1)} are, and the others are taken to be like them`;
    lines.push(
      `          ${counted(unsure, "object")} may be right already, since no inventory names the key: ${said}`,
    );
  }
  return lines;
}

function linesOfEngine({
  engine,
  requests,
  dollars,
  dollarsAtMost,
  seconds,
  limitedBy,
  kmsRequests,
  kmsQuotaShare,
}: EngineEstimate): string[] {
  const { expected, withoutBucketKey } = kmsRequests;
  const time = seconds === null ? "AWS publishes no rate" : `${duration(seconds)}, limited by ${limitedBy}`;
  const quota = kmsQuotaShare === null ? "" : `; without, ${percent(kmsQuotaShare, 1)} of the quota a second`;
  return [
    `  by      ${engine}`,
    `          ${grouped(Math.round(requests))} requests, ${dollarsInWords(dollars)}, at most ${dollarsInWords(dollarsAtMost)}`,
    `          ${time}`,
    `          KMS: ${grouped(Math.round(expected))} requests as it is asked for, ${grouped(Math.round(withoutBucketKey))} without a bucket key${quota}`,
  ];
}

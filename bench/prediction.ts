import { parseArgs } from "node:util";
import {
  batchOperationsDollars,
  byCopy,
  byUpdate,
  cheaperByBatchOperationsFrom,
  objectsWithin,
  type Place,
  predict,
  pricesOfVirginia,
} from "../src/reencrypt/cost/model";
import { numberAboveZero, wholeNumber } from "./flags";
import type { Report } from "./report";

const sizes = [1e6, 1e8, 1e10];
const longestHours = 24;

const durationOf = (seconds: number): string => {
  if (seconds < 5_400) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 48 * 3600 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
};
const dollarsOf = (dollars: number): string => {
  const digits = dollars < 100 ? 2 : 0;
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
};

/** Runs that nobody has made, by the model of `model.ts`. */
export async function prediction(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      concurrency: { type: "string", default: "1000" },
      latency: { type: "string", default: "100" },
      partitions: { type: "string", default: "1" },
      share: { type: "string", default: "0.8" },
      cpu: { type: "string", default: "200" },
    },
  });
  const place: Place = {
    concurrency: wholeNumber("--concurrency", values.concurrency),
    latencyMs: numberAboveZero("--latency", values.latency),
    partitions: wholeNumber("--partitions", values.partitions),
    share: numberAboveZero("--share", values.share),
    kmsQuota: 10_000,
    cpuMicroseconds: numberAboveZero("--cpu", values.cpu),
    dollarsAnHour: 0.1,
  };
  const prices = pricesOfVirginia;
  const rows = sizes.flatMap((objects) =>
    [["update", byUpdate] as const, ["copy", byCopy] as const].map(([by, work]) => {
      const { objectsPerSecond, limitedBy, seconds, dollars, dollarsOfMachine } = predict(objects, work, place, prices);
      return {
        objects: objects.toExponential(0),
        by,
        "objects/s": Math.round(objectsPerSecond),
        "limited by": limitedBy,
        time: durationOf(seconds),
        requests: dollarsOf(dollars),
        machine: dollarsOf(dollarsOfMachine),
        "by S3 Batch Operations": dollarsOf(batchOperationsDollars(objects, work, prices)),
      };
    }),
  );
  const within = [["update", byUpdate] as const, ["copy", byCopy] as const].map(([by, work]) => ({
    by,
    [`objects in ${longestHours} h`]: objectsWithin(longestHours, work, place, prices).toExponential(1),
    "a job costs less from": cheaperByBatchOperationsFrom(work, prices)?.toExponential(1) ?? "never",
  }));
  const where = `${place.concurrency} objects at a time, ${place.latencyMs} ms an answer, ${place.partitions} partition(s), ${place.share * 100} % of their rate`;
  return [
    { title: `By the model: ${where}; prices of us-east-1, ${prices.asOf}`, rows },
    {
      title: `What one process does within ${longestHours} hours; beyond it, think of S3 Batch Operations`,
      rows: within,
    },
  ];
}

import { compareKeys } from "../../reencrypt/intervals";
import type { Counts } from "../../reencrypt/outcome";
import type { Reservoir } from "../../reencrypt/reservoir";
import { type SampleFinding, sampleFinding } from "../../reencrypt/sample-finding";
import type { Visit } from "../../reencrypt/sweep";
import type { ObjectStore } from "../../s3/object-store";

/** Looks at nothing: only remembers what there is. */
export const choosing =
  (reservoir: Reservoir<string>): Visit =>
  async (id) => {
    reservoir.add(id.key);
    return { ...id, outcome: "alreadyRight" };
  };

/** The same bucket, as if it held the chosen keys only. */
export function onlyThese(store: ObjectStore, keys: readonly string[]): ObjectStore {
  const sorted = [...keys].sort(compareKeys);
  return {
    ...store,
    list: async ({ after, prefix = "", limit }) => {
      const rest = sorted.filter(
        (key) => key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0),
      );
      // A size says nothing to a sweep.
      const objects = rest.slice(0, limit).map((key) => ({ key, size: 0 }));
      return { is: "done", value: { objects, more: rest.length > limit } };
    },
  };
}

/**
 * What an audit's sample says of all objects. Those that were deleted meanwhile were not looked at.
 *
 * @param counts of the objects of the sample
 */
export function auditedSample(population: number, counts: Counts): SampleFinding {
  const wrong = (counts.notCompliant ?? 0) + (counts.cannot ?? 0) + (counts.failed ?? 0);
  return sampleFinding({ population, looked: wrong + (counts.alreadyRight ?? 0), wrong });
}

import fc from "fast-check";
import { checkOptions } from "../../scripts/commands/support/reencrypt-options";
import { Stop } from "../../scripts/commands/support/stop";

const flags = ["--engine batch", "--sample", "--shard", "--source", "--run-directory s3://<bucket>/<prefix>"] as const;
type Flag = (typeof flags)[number];
type Given = ReadonlySet<Flag>;

function refusal(given: Given): Stop | undefined {
  try {
    checkOptions({
      engine: given.has("--engine batch") ? "batch" : "auto",
      runDirectory: given.has("--run-directory s3://<bucket>/<prefix>") ? "s3://acme-runs/conversions" : ".at-rest",
      ...(given.has("--sample") && { sample: 3_000 }),
      ...(given.has("--shard") && { shard: { number: 1, of: 3 } }),
      ...(given.has("--source") && { source: { in: "directory", path: "manifest.json" } }),
    });
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error;
    throw error;
  }
}

/** A sample is of jobs; a job, an inventory and a shard are each a way of their own through a bucket. */
const goTogether = (given: Given): boolean =>
  given.has("--engine batch")
    ? !given.has("--shard") && !given.has("--source")
    : !given.has("--sample") &&
      !(given.has("--shard") && given.has("--source")) &&
      (!given.has("--shard") || given.has("--run-directory s3://<bucket>/<prefix>"));

/** What somebody gives the next time who does what is said: one of the ways out, where there are two. */
function asSaid(given: Given, remedy: string, second: boolean): Given {
  const [one = "", other = one] = remedy.split(", or ");
  const way = second ? other : one;
  const named = flags.filter((flag) => way.includes(flag));
  expect(named).not.toEqual([]);
  return way.includes("Add")
    ? new Set([...given, ...named])
    : new Set([...given].filter((flag) => !named.includes(flag)));
}

test("what does not go together is refused, and whoever does what is said comes to what does", () => {
  fc.assert(
    fc.property(fc.subarray([...flags]), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (chosen, ways) => {
      let given: Given = new Set(chosen);
      expect({ chosen, refused: refusal(given) !== undefined }).toEqual({ chosen, refused: !goTogether(given) });
      for (const second of ways) {
        const why = refusal(given);
        if (why) given = asSaid(given, why.remedy ?? "", second);
        if (why) expect(why).toMatchObject({ exitCode: 2, message: expect.stringContaining("Nothing was changed.") });
      }
      expect(refusal(given)).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
});

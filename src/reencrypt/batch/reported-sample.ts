import type { Counts } from "../outcome";
import { type SampleFinding, sampleFinding } from "../sample-finding";

/** What the sample says of all objects that rest on a job's report. Nothing where none does. */
export function reportedSample({ reported = 0, readBack = 0, notAsReported = 0 }: Counts): SampleFinding | undefined {
  const looked = readBack + notAsReported;
  const population = looked + reported;
  if (population === 0) return undefined;
  return sampleFinding({ population, looked, wrong: notAsReported }, "objects that jobs report as updated");
}

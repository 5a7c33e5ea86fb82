import { type RunStore, RunsNotReached } from "../run-store";
import { Lease, type LeaseProps } from "./lease";
import { exitCodeIn, openSegments, segmentLines } from "./segments";

/** Runs below a prefix of a bucket, for processes that share nothing else. Nothing of it is ever deleted. */
export function s3Runs(props: LeaseProps): RunStore {
  const { objects } = props;
  return {
    place: objects.placeOf("").slice(0, -1),
    names: async () => (await objects.top()).folders,
    runFile: async (id) => (await objects.read(`${id}/run.json`))?.text,
    exitCode: (id) => exitCodeIn(objects, id),
    lines: (id) => segmentLines(objects, id),
    lock: async () => {
      // Without s3:ListBucket S3 denies access to what is not there: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
      await objects.top();
      const lease = await Lease.take(props);
      return {
        lost: lease.lost,
        create: async (id, runFile) => {
          const name = `${id}/run.json`;
          if ((await objects.create(name, runFile)) !== undefined) return;
          throw new RunsNotReached(`${objects.placeOf(name)} is there already`, "Give the same command again.");
        },
        openJournal: (id) => openSegments(objects, id, { ...props, lease }),
        release: () => lease.release(),
      };
    },
  };
}

import type { Answered } from "./probe";

const notAsked = (question: string, because: string): Answered => ({
  question,
  sends: "nothing",
  answer: { is: "not asked", because },
});

/** Open points that this program does not ask, and how to do it by hand. */
export const leftOpen: readonly Answered[] = [
  notAsked(
    "Does UpdateObjectEncryption add a row to the S3 Metadata journal?",
    "journal tables take hours to appear, and Athena to be read: turn on the bucket's metadata configuration, update an object, and look for UPDATE_METADATA a day later",
  ),
  notAsked(
    "Does an S3 Batch Operations copy with NewObjectMetadata of SSEAlgorithm alone drop the other metadata?",
    "this project creates no copy jobs, and a job takes minutes to hours: create a job by hand over one object with user metadata, and compare its HEAD",
  ),
  notAsked(
    "Do generated manifests of S3 Batch Operations list noncurrent versions?",
    "as above: create a job with a ManifestGenerator over a bucket with versions, and read the manifest that it writes",
  ),
];

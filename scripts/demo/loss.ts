import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { observe } from "./observer";
import { type ObservedBuckets, observedIn } from "./proof";
import { uploads } from "./seed";
import { atRest, type Story } from "./story";

export interface Lost {
  readonly key: string;
  /** What the witness saw before anything was converted. */
  readonly before: ObservedBuckets;
}

/** Somebody deletes an object by mistake, and the backup of weeks ago brings it back, under the key of today. */
export const loseAndRestore = async (story: Story, { key, before }: Lost): Promise<void> => {
  const { narrator, operator } = story;
  narrator.step(
    "An object is lost",
    "Somebody deletes by mistake what had metadata, tags, a class and a reader of its own. The backup still has it.",
  );
  narrator.command(`aws s3 rm s3://${uploads}/${key}`);
  await operator.send(new DeleteObjectCommand({ Bucket: uploads, Key: key }));
  await atRest(story, `restore --fleet fleet.yaml --bucket ${uploads} --prefix ${key} --only-missing --yes`);
  const found = (await observe(operator, uploads, new Map(), key)).current.get(key);
  const was = observedIn(before, uploads).current.get(key);
  narrator.check(
    "it is back as it was: content, metadata, tags, ACL and class",
    was !== undefined && found?.kept === was.kept,
    found?.encryption.replace(/arn:\S+:key\//, "") ?? "it is not there",
  );
};

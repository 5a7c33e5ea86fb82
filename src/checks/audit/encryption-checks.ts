import { isDefaultOf, targetOfRecord } from "../../fleet/record-target";
import type { BucketSnapshot } from "../../fleet/snapshot";
import { unseen } from "../preflight/looked";
import { type Check, check } from "./check";
import type { Configuration, Question } from "./facts";

type DefaultEncryption = Pick<BucketSnapshot["defaultEncryption"], "algorithm" | "keyArn" | "bucketKey">;

const inWords = ({ algorithm, keyArn, bucketKey }: DefaultEncryption): string =>
  [
    algorithm,
    ...(keyArn === null ? [] : [keyArn]),
    ...(algorithm === "aws:kms" ? [`bucket key ${bucketKey ? "on" : "off"}`] : []),
  ].join(", ");

/** What S3 does with puts that say nothing of their encryption. */
export function encryptionChecks({
  question,
  configuration: { encryption },
}: {
  readonly question: Question;
  readonly configuration: Pick<Configuration, "encryption">;
}): Check[] {
  const blocks = question.fleet?.blockSseC === true;
  if (encryption.is === "unseen") {
    const why = unseen(encryption);
    return [
      check(question, "default-encryption", "could-not-look", why),
      ...(blocks ? [check(question, "sse-c-blocked", "could-not-look", why)] : []),
    ];
  }
  const { algorithm, blockedEncryptionTypes } = encryption.value;
  const same = isDefaultOf(encryption.value, question.target);
  const found = inWords(encryption.value);
  const blocked = blockedEncryptionTypes.join(", ") || "nothing";
  const answered = check(
    question,
    "default-encryption",
    same ? "pass" : "fail",
    same ? found : `${found}; not ${inWords(targetOfRecord(question.target))}`,
  );
  return [
    // The control wants KMS: a default that is AES256 as asked is no answer to it.
    algorithm === "AES256" && same ? { ...answered, controls: [] } : answered,
    ...(blocks
      ? [
          check(
            question,
            "sse-c-blocked",
            blockedEncryptionTypes.includes("SSE-C") ? "pass" : "fail",
            `blocks ${blocked}`,
          ),
        ]
      : []),
  ];
}

import type { Difference } from "./compare";

/** A difference as a person reads it. Names, tags and ARNs in it are strangers' text. */
export function differenceLines(difference: Difference): string[] {
  switch (difference.is) {
    case "new": {
      const { bucket, account, region, entry } = difference;
      return [`new: s3://${bucket} in account ${account}, ${region}`, ...entry.map((line) => `    ${line}`)];
    }
    case "gone": {
      const { bucket, account, region } = difference;
      return [`gone: s3://${bucket} is no longer in account ${account}, ${region}: take it to stage released, or out`];
    }
    case "elsewhere":
      return [
        `elsewhere: s3://${difference.bucket}: the fleet has it in ${difference.fleet}, it is in ${difference.found}`,
      ];
    case "differs": {
      const { bucket, field, fleet, found, because } = difference;
      return [
        `differs: s3://${bucket}: ${field}: the fleet says ${fleet}, it looks like ${found}`,
        ...because.map((why) => `    ${why}`),
      ];
    }
  }
}

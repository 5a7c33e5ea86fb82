import { bytesOf } from "../local/s3/bodies";
import type { Bucket } from "../local/s3/state";
import type { RunsSeen } from "./journal";

/** Runs below a prefix: each has segments of its journal, numbered from 1, whose first line says who wrote them. */
export function runsInS3(bucket: Bucket, prefix: string): RunsSeen {
  const segments = new Map<string, number>();
  const textOf = (key: string): Buffer | undefined => {
    const [current] = bucket.keys.get(key) ?? [];
    return current?.is === "object" ? Buffer.from(bytesOf(current.body)) : undefined;
  };
  return {
    runs: () => {
      const names = [...bucket.keys.scan()].map(([key]) => key.slice(prefix.length).split("/")[0] ?? "");
      return [...new Set(names)].filter((name) => /^\d{8}T/.test(name));
    },
    hasBegun: (run) => textOf(`${prefix}${run}/run.json`) !== undefined,
    more: (run) => {
      const read: Buffer[] = [];
      for (let number = (segments.get(run) ?? 0) + 1; ; number++) {
        const text = textOf(`${prefix}${run}/journal/${String(number).padStart(10, "0")}`);
        if (!text) return Buffer.concat(read);
        read.push(text.subarray(text.indexOf(10) + 1));
        segments.set(run, number);
      }
    },
  };
}

import { InvalidArgumentError } from "commander";
import { MOST_SHARDS, type Shard } from "../../../src/reencrypt/shards";

/** Where runs are journaled, unless somebody says otherwise. Reports are here in any case. */
export const OWN_DIRECTORY = ".at-rest";

export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** Nothing for a directory of this machine. */
export const s3Place = (place: string): S3Place | undefined => {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/*$/s.exec(place) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix: prefix === "" ? "" : `${prefix}/` };
};

/** @throws InvalidArgumentError */
export function runPlace(value: string): string {
  if (/^s3:/i.test(value) && !s3Place(value)) throw new InvalidArgumentError("Write s3://<bucket>/<prefix>.");
  return value;
}

/** `2/4`. @throws InvalidArgumentError */
export function shardOf(value: string): Shard {
  const [, number, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(value) ?? [];
  const shard = { number: Number(number), of: Number(of) };
  if (!(shard.number <= shard.of && shard.of <= MOST_SHARDS)) {
    throw new InvalidArgumentError(`Write which one of how many, from 1/1 to ${MOST_SHARDS}/${MOST_SHARDS}.`);
  }
  return shard;
}

/**
 * Of the commands that journal on this machine alone.
 *
 * @param instead what there is for whoever wanted another machine to go on with it
 * @returns a parser that throws InvalidArgumentError
 */
export const localDirectory =
  (instead: string) =>
  (value: string): string => {
    if (/^s3:/i.test(value)) throw new InvalidArgumentError(`Only at-rest reencrypt journals in S3. ${instead}`);
    return value;
  };

/** The directory of this machine that reports are written to. */
export const reportsIn = (place: string): string => (s3Place(place) ? OWN_DIRECTORY : place);

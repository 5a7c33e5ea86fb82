import type { EncryptionTarget } from "../../fleet/fleet";
import type { Cost } from "../cost/cost";
import type { RunRequest } from "../open-run";

/** A duration as a person says it. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const wholeMinutes = Math.round(seconds / 60);
  return `${Math.floor(wholeMinutes / 60)} h ${wholeMinutes % 60} min`;
}

/** Bytes in units of 1,024, by the names that AWS's bill has for them. */
export function bytesInWords(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${units[unit]}`;
}

/** US dollars, never rounded down to nothing. */
export function dollarsInWords(dollars: number): string {
  if (dollars === 0) return "$0.00";
  if (dollars < 0.01) return "less than $0.01";
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** A share in percent, told apart from nothing and from all where it is neither. */
export function percent(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "0 %";
  const share = (100 * part) / whole;
  if (share < 0.1) return "less than 0.1 %";
  if (part < whole && share > 99.9) return "more than 99.9 %";
  return `${share.toFixed(1).replace(/\.0$/, "")} %`;
}

/** Now and then: what a sentence says of a number of things. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;

/** A cost in one line, with what it rests on. */
export function costLine({ dollars, dollarsAtMost, basis }: Cost): string {
  const most = dollarsAtMost > dollars && dollarsAtMost >= 0.01 ? `, at most ${dollarsInWords(dollarsAtMost)}` : "";
  return `${dollars < 0.01 ? "" : "about "}${dollarsInWords(dollars)}${most} (list prices of ${basis.region}, ${basis.asOf}; they differ by region)`;
}

/** What objects are to be encrypted with. */
export function targetInWords(target: EncryptionTarget): string {
  if (target.algorithm === "AES256") return "SSE-S3 (AES256)";
  if (target.algorithm === "aws:kms:dsse") return `DSSE-KMS ${target.keyArn}`;
  return `SSE-KMS ${target.keyArn}, bucket key ${target.bucketKey ? "on" : "off"}`;
}

/** Which part of a bucket a run is about; empty where it is all of it. To be read after the bucket's name. */
export const shardInWords = ({ shard }: RunRequest): string => (typeof shard === "string" ? `(shard ${shard}) ` : "");

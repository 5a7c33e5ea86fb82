import { forkBundled } from "./bundled";
import { messageOf } from "./message";
import type { Report } from "./report";

/** The local AWS in a process of its own: requests in process and over plain HTTP, and memory. */
export async function localAwsBenchmark(): Promise<readonly Report[]> {
  const child = await forkBundled("local-aws.ts", "load.ts");
  return messageOf<readonly Report[]>(child).finally(() => child.kill());
}

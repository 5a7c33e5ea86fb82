import type { OutputOptions, SweepOptions, WhereOptions } from "./options";

export interface AuditOptions extends WhereOptions, SweepOptions, OutputOptions {
  readonly versions?: "current" | "all";
  readonly sample?: number;
  readonly runDirectory: string;
}

import { dayOf } from "../../../src/fleet/days";
import { realClock } from "./clock";
import type { OutputOptions, SweepOptions, WhereOptions } from "./options";

export interface AuditOptions extends WhereOptions, SweepOptions, OutputOptions {
  readonly versions?: "current" | "all";
  readonly sample?: number;
  readonly runDirectory: string;
}

export const today = (): string => dayOf(realClock.now());

import type { Fleet } from "../../../src/fleet/fleet";
import type { StageRecords } from "../../../src/review/guards/stages";
export const stageRecords = (_: Fleet): StageRecords => ({ preflight: () => ["not yet"], audit: () => ["not yet"] });

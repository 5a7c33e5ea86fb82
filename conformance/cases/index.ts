import type { Area } from "../case";
import { conditionalWrites } from "./conditional-writes";
import { copyInPlace } from "./copy-in-place";

export const areas: readonly Area[] = [conditionalWrites, copyInPlace];

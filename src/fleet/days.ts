const MS_A_DAY = 86_400_000;

/** The day of a moment, in UTC, as `YYYY-MM-DD`. @param moment milliseconds since 1970 */
export const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);

/** Whole days from one `YYYY-MM-DD` to another; negative where the other is earlier. */
export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / MS_A_DAY;

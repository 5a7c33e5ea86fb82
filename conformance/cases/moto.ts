import type { Case } from "../case";

/** Where moto differs, by the cases' names, and who is right. */
export type MotoDifferences = readonly (readonly [names: RegExp, whoIsRight: string])[];

/** Cases with what is known of moto's answers to them. */
export const withMoto = (differences: MotoDifferences, cases: readonly Case[]): Case[] =>
  cases.map((one) => {
    const moto = differences.find(([names]) => names.test(one.name))?.[1];
    return moto === undefined ? one : { ...one, moto };
  });

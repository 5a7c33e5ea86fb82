/** A value of the command line that is a whole number. @throws Error that names the flag */
export function wholeNumber(flag: string, value: string, least = 1): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isSafeInteger(number) || number < least) {
    throw new Error(`${flag} must be a whole number from ${least.toLocaleString("en-US")} on, not "${value}".`);
  }
  return number;
}

/** A value of the command line that is a number above 0. @throws Error that names the flag */
export function numberAboveZero(flag: string, value: string): number {
  const number = Number(value);
  if (!(number > 0) || !Number.isFinite(number)) throw new Error(`${flag} must be a number above 0, not "${value}".`);
  return number;
}

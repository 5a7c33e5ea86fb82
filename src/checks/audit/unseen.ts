import type { Looked } from "../preflight/looked";

/** Why nothing is known, with the permission that is missing. */
export const unseen = ({ permission, why }: Extract<Looked<unknown>, { is: "unseen" }>): string =>
  `${permission}: ${why}`;

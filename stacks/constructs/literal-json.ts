import type { PolicyDocument } from "../../src/fleet/policy";

/** Keeps Terraform from reading `${aws:username}`, which policies use too, as an interpolation of its own. */
export const escapeTemplate = (text: string): string =>
  text.replace(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`);

/** Keeps cdktf from reading what a stranger wrote as a token of its own, which it resolves or throws for. The same JSON. */
const escapeTokens = (json: string): string => json.replaceAll("TfToken[", "TfToken\\u005b");

/**
 * A policy as the text of a Terraform attribute: literal, so that a plan shows every statement and not
 * `(known after apply)`.
 *
 * @param references what takes the place of a string in it, such as a key's ARN that only Terraform knows
 */
export const literalJson = (policy: PolicyDocument, references: Readonly<Record<string, string>> = {}): string =>
  Object.entries(references).reduce(
    (text, [placeholder, reference]) => text.replaceAll(placeholder, () => reference),
    escapeTemplate(escapeTokens(JSON.stringify(policy))),
  );

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import type { Policy } from "./document";

/** Names in `${aws:username}` and `${aws:username, 'nobody'}`; `${*}`, `${?}` and `${$}` are plain characters. */
const variablesIn = (text: string): string[] =>
  [...text.matchAll(/\$\{([^},]{2,}?)\s*(?:,[^}]*)?\}/g)].map(([, name = ""]) => name.trim());

/** The condition keys that a policy names, in conditions and as variables, as they are written there. */
export const keysOfPolicy = ({ version, statements }: Policy): string[] =>
  statements.flatMap(({ conditions, resources }) => {
    const texts = [...(resources?.values ?? []), ...conditions.flatMap(({ values }) => values)];
    return [...conditions.map(({ key }) => key), ...(version === "2012-10-17" ? texts.flatMap(variablesIn) : [])];
  });

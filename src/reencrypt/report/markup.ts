import { visible } from "../report";

/** Markup that may go into a page as it is. Only `html` makes it, so that nothing gets in unescaped by forgetting to. */
export class Markup {
  constructor(readonly text: string) {}
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For content and for quoted attributes. Control characters become visible. */
export const escapeHtml = (text: string): string =>
  visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? "");

type Value = string | number | Markup | readonly Markup[];

const markupOf = (value: Value): string => {
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return value.toLocaleString("en-US");
  return value instanceof Markup ? value.text : value.map(({ text }) => text).join("\n");
};

/** Whatever is put in is escaped, unless it is markup already. Numbers are grouped. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(strings.reduce((all, string, index) => `${all}${markupOf(values[index - 1] ?? "")}${string}`));

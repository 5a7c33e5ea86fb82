// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import type { Question } from "./independent";
import {
  actualOf,
  always,
  inConditions,
  inStatements,
  inTexts,
  inTheWordsOf,
  isList,
  isText,
  never,
  nothing,
  variable,
} from "./restate";
import { alsoWithoutSessionPolicy, exceptOnlyWhoIsListedWhole, nameRolesByPath } from "./restate-principals";

/**
 * Where the two evaluators differ and AWS's documentation says who is right.
 *
 * Nothing is excused: a question that a difference concerns is put in other words, which mean to the independent
 * evaluator what AWS says of the original. What differs after that is unexplained.
 */
export interface Difference {
  /** What AWS documents, or what is assumed where it documents nothing. */
  readonly rule: string;
  readonly right: "ours" | "undocumented";
  /** What the independent evaluator does instead. */
  readonly instead: string;
  readonly source: string;
  /** The question in other words; of several, allowed is what any of them allows, unless one denies. */
  readonly restate: (question: Question) => readonly Question[];
}

const guide = (page: string): string => `https://docs.aws.amazon.com/IAM/latest/UserGuide/${page}.html`;
const operators = guide("reference_policies_elements_condition_operators");
const variablesPage = guide("reference_policies_variables");
const severalValues = guide("reference_policies_condition-single-vs-multi-valued-context-keys");

export const differences = {
  version: {
    rule: "Only policies of version 2012-10-17 have variables; before, and without a version, they are plain text",
    right: "ours",
    instead: "fills in variables whatever the version is",
    source: guide("reference_policies_elements_version"),
    restate: (question) =>
      inTexts(question, (text, _place, { version }) =>
        version !== "2012-10-17" && text.includes("${") ? nothing : text,
      ),
  },
  unresolvedVariable: {
    rule: "A variable that the request has no value for is equal and like to nothing, so negated operators match",
    right: "ours",
    instead: "lets neither operator match, nor NotResource",
    source: `${variablesPage}#policy-vars-no-value`,
    restate: (question) =>
      inTexts(question, (text, _place, _policy, condition) => {
        const missing = [...text.matchAll(variable)].some(
          ([, key = "", fallback]) => typeof actualOf(question, key) !== "string" && fallback === undefined,
        );
        return missing && isText(condition) ? nothing : text;
      }),
  },
  variableInArn: {
    rule: "A variable may stand in any part of an ARN",
    right: "ours",
    instead: "takes the colon in the variable's name for one of the ARN",
    source: `${variablesPage}#policy-vars-wheretouse`,
    restate: (question) =>
      inTexts(question, (text) => {
        const [head = ""] = text.split("/");
        if (!text.startsWith("arn:") || head.search(variable) < 0) return text;
        return text.replace(variable, (whole, key) => {
          const value = actualOf(question, key);
          return typeof value === "string" ? value : whole;
        });
      }),
  },
  specialCharacters: {
    rule: "${*}, ${?} and ${$} are these characters wherever variables are allowed",
    right: "ours",
    instead: "takes them literally in StringEquals and its kin, which know no wildcards",
    source: `${variablesPage}#policy-vars-specialchars`,
    restate: (question) =>
      inTexts(question, (text, place, _policy, condition) =>
        place === "condition" && /String(Not)?Equals/.test(condition?.operator ?? "")
          ? text.replace(/\$\{([*?$])\}/g, "$1")
          : text,
      ),
  },
  lineBreak: {
    rule: "A wildcard is any character, a line break included",
    right: "ours",
    instead: "uses a regular expression whose dot is no line break",
    source: `${guide("reference_policies_elements_resource")}, Using wildcards in resource ARNs`,
    restate: (question) => {
      const flat = (text: string) => text.replaceAll("\n", "\u0001");
      const keys = Object.entries(question.keys).map(([key, value]) => [
        key,
        typeof value === "string" ? flat(value) : value?.map(flat),
      ]);
      return [{ ...question, resource: flat(question.resource), keys: Object.fromEntries(keys) }];
    },
  },
  wildcardBeyondColon: {
    rule: "A wildcard that ends a part of a resource's ARN also matches beyond the colon",
    right: "ours",
    instead: "matches part by part",
    source: `${guide("reference_policies_elements_resource")}, Using wildcards in resource ARNs`,
    restate: (question) =>
      inTexts(question, (text, place) => {
        const parts = text.split(":").length;
        const [head = "", tail] = text.split("*:");
        if (place !== "resource" || parts >= 6 || tail === undefined) return text;
        return `${head}*${":*".repeat(6 - parts)}:${tail}`;
      }),
  },
  ifExistsInSets: {
    rule: "...IfExists holds where the key is missing; assumed is that it does so with ForAnyValue, which alone does not",
    right: "undocumented",
    instead: "ForAnyValue does not hold, with IfExists or without",
    source: `${operators}#Conditions_IfExists`,
    restate: (question) =>
      inConditions(question, (condition) =>
        /^ForAnyValue:.*IfExists$/.test(condition.operator) && actualOf(question, condition.key) === undefined
          ? always
          : condition,
      ),
  },
  emptySet: {
    rule: "Values that are empty are an empty set: ForAllValues holds, ForAnyValue does not",
    right: "ours",
    instead: "compares the empty value",
    source: severalValues,
    restate: (question) =>
      inConditions(question, (condition) => {
        const value = actualOf(question, condition.key);
        const empty = value !== undefined && [value].flat().every((text) => text === "");
        if (!empty || !condition.operator.startsWith("For")) return condition;
        return condition.operator.startsWith("ForAllValues") ? always : never;
      }),
  },
  multivaluedWithoutSet: {
    rule: "A multivalued key needs a set operator; assumed is that without one any value counts, and none may where it is negated",
    right: "undocumented",
    instead: "no operator holds, negated or not",
    source: severalValues,
    restate: (question) =>
      inConditions(question, (condition) => {
        if (!isList(question, condition.key) || /^(For|Null$)/.test(condition.operator)) return condition;
        const quantifier = condition.operator.includes("Not") ? "ForAllValues" : "ForAnyValue";
        // In capitals, which are the same key, beside one that had the set operator from the start.
        return { ...condition, operator: `${quantifier}:${condition.operator}`, key: condition.key.toUpperCase() };
      }),
  },
  dates: {
    rule: "Dates are ISO 8601 or seconds since 1970, and either may be compared with the other",
    right: "ours",
    instead: "compares the seconds with milliseconds",
    source: `${operators}#Conditions_Date`,
    restate: (question) =>
      inConditions(question, (condition) => {
        const actual = actualOf(question, condition.key);
        if (!condition.operator.includes("Date") || typeof actual !== "string") return condition;
        return { ...condition, values: condition.values.map((expected) => inTheWordsOf(actual, expected)) };
      }),
  },
  addresses: {
    rule: "An address without a prefix is that one address; 0.0.0.0/0 is all; an address of the other family is outside",
    right: "ours",
    instead: "compares the spelling, lets NotIpAddress fail across families, and takes 0.0.0.0/0 for 0.0.0.0",
    source: `${operators}#Conditions_IPAddress`,
    restate: (question) =>
      inConditions(question, (condition) => {
        if (!condition.operator.includes("IpAddress")) return condition;
        const values = condition.values.flatMap((value) => {
          if (value === "0.0.0.0/0") return ["0.0.0.0/1", "128.0.0.0/1"];
          return value.includes("/") ? [value] : [`${value}/${value.includes(":") ? 128 : 32}`];
        });
        return { ...condition, values };
      }),
  },
  notPrincipal: {
    // AWS says that it "might" be so, depending on the service.
    rule: "NotPrincipal with Deny spares only who is listed with all that he belongs to: account, role and session",
    right: "ours",
    instead: "spares whoever is listed in any way, and everybody of a listed account",
    source: guide("reference_policies_elements_notprincipal"),
    restate: (question) => [inStatements(question, (statement) => exceptOnlyWhoIsListedWhole(question, statement))],
  },
  rolePath: {
    rule: "A role's ARN has its path, and is another one without",
    right: "ours",
    instead: "compares the role's name with the session's, which shows no path",
    source: guide("reference_identifiers"),
    restate: (question) => [inStatements(question, (statement) => nameRolesByPath(question, statement))],
  },
  sessionPolicy: {
    rule: "In one account, what a resource policy gives to a session by name or to everyone is not narrowed by the session's policy",
    right: "ours",
    instead: "narrows it",
    source: guide("reference_policies_evaluation-logic_policy-eval-denyallow"),
    restate: alsoWithoutSessionPolicy,
  },
} satisfies Record<string, Difference>;

/** What a question is to the independent evaluator after all differences. */
export const restated = (question: Question): readonly Question[] =>
  Object.values<Difference>(differences).reduce<readonly Question[]>(
    (questions, { restate }) => questions.flatMap(restate),
    [question],
  );

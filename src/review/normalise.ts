import { createHash } from "node:crypto";
import { isObject, type Json } from "../fleet/policy";
import { attribute, knownText } from "./attributes";
import { canonical, childOf, compareText, documentOf, namesOf } from "./json";
import type { Action, Change, ProviderScope, ResourceChange, TerraformPlan } from "./terraform-plan";

/** A value as far as it may be known. Terraform's null is a value that is not set, so it is absent. */
export type Value =
  | { readonly is: "absent" }
  | { readonly is: "known"; readonly value: Json }
  | { readonly is: "unknown" }
  | { readonly is: "sensitive" };

/** One attribute that does not stay what it is; names and places in lists lead to it. */
export interface AttributeChange {
  readonly path: readonly (string | number)[];
  readonly before: Value;
  readonly after: Value;
}

export interface NormalisedChange {
  readonly address: string;
  /** Guards go by it. Outputs have none. */
  readonly type?: string;
  /** The bucket that a setting is and stays of: waivers go by it. */
  readonly bucket?: string;
  readonly previousAddress?: string;
  readonly deposed: boolean;
  readonly actions: readonly Action[];
  readonly importing?: Json;
  readonly attributes: readonly AttributeChange[];
}

/** What a plan does, in a form that two plans of the same changes share. `docs/decisions/what-an-approval-covers.md`. */
export interface NormalisedPlan {
  readonly stack: string;
  readonly providers: readonly ProviderScope[];
  readonly resources: readonly NormalisedChange[];
  readonly outputs: readonly NormalisedChange[];
}

const absent: Value = { is: "absent" };

/** A policy is the document that its text holds: spaces and the order of fields mean nothing in it. */
function scalar(value: Json): Value {
  if (value === null) return absent;
  const document = typeof value === "string" ? documentOf(value) : undefined;
  return { is: "known", value: document === undefined ? value : canonical(document) };
}

/** A block without anything in it is a block, as for Terraform. */
const emptyElement: Value = { is: "known", value: null };

type Leaves = Map<string, { readonly path: readonly (string | number)[]; readonly value: Value }>;

/** @returns whether anything below the path is there: an element of a list always is, also where nothing in it is set */
function collect(
  into: Leaves,
  path: readonly (string | number)[],
  value: Json | undefined,
  unknown: Json | undefined,
  sensitive: Json | undefined,
): boolean {
  const names = [...new Set([...namesOf(value), ...namesOf(unknown)])];
  const hidden = sensitive === true ? "sensitive" : unknown === true ? "unknown" : undefined;
  if (hidden !== undefined || names.length === 0) {
    const leaf = hidden ? ({ is: hidden } as const) : scalar(value ?? null);
    into.set(JSON.stringify(path), { path, value: leaf });
    return leaf.is !== "absent";
  }
  let isThere = false;
  for (const name of names) {
    const inner = [...path, name];
    const found = collect(into, inner, childOf(value, name), childOf(unknown, name), childOf(sensitive, name));
    if (!found && Array.isArray(value)) into.set(JSON.stringify(inner), { path: inner, value: emptyElement });
    isThere ||= found || Array.isArray(value);
  }
  return isThere;
}

const leavesOf = (path: readonly string[], value: Json | undefined, unknown?: Json, sensitive?: Json): Leaves => {
  const leaves: Leaves = new Map();
  if (value !== undefined || unknown !== undefined) collect(leaves, path, value, unknown, sensitive);
  return leaves;
};

const sameValue = (a: Value, b: Value): boolean => {
  if (a.is === "known" && b.is === "known") return canonical(a.value) === canonical(b.value);
  return a.is === "absent" && b.is === "absent";
};

const isMarked = (marks: Json | undefined): boolean =>
  marks === true || (typeof marks === "object" && namesOf(marks).some((name) => isMarked(childOf(marks, name))));

/** What becomes of one attribute of a resource, or of an output, whose name is none. */
function changesAt(change: Change, path: readonly string[]): AttributeChange[] {
  const at = (value: Json): Json | undefined =>
    path.reduce<Json | undefined>((inner, name) => childOf(inner, name), value);
  const [was, is] = [at(change.before), at(change.after)];
  const [unknown, hidden, toHide] = [at(change.unknown), at(change.sensitiveBefore), at(change.sensitiveAfter)];
  const marked = isMarked(unknown) || isMarked(hidden) || isMarked(toHide);
  // Most attributes stay what they are, and need not be taken apart.
  if (!marked && JSON.stringify(was) === JSON.stringify(is)) return [];
  const before = leavesOf(path, was, undefined, hidden);
  const after = leavesOf(path, is, unknown, toHide);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)];
    const attribute = { path: (to ?? from)?.path ?? [], before: from?.value ?? absent, after: to?.value ?? absent };
    return sameValue(attribute.before, attribute.after) ? [] : [attribute];
  });
}

/** Whether a value is one that has attributes, and no mark is about the whole of it. */
const hasAttributes = ({ before, after, unknown, sensitiveBefore, sensitiveAfter }: Change): boolean =>
  ![unknown, sensitiveBefore, sensitiveAfter].includes(true) &&
  [before, after].every((value) => value === null || isObject(value));

/** Every attribute that changes, or may. Two sensitive values may differ: nobody can see whether they do. */
export function attributeChanges(change: Change): AttributeChange[] {
  if (!hasAttributes(change)) return changesAt(change, []);
  const { before, after, unknown } = change;
  const names = new Set([...namesOf(before), ...namesOf(after), ...namesOf(unknown)].map(String));
  const changes = [...names].flatMap((name) => changesAt(change, [name]));
  const order = new Map(changes.map((one) => [one, JSON.stringify(one.path)]));
  return changes.sort((a, b) => compareText(order.get(a) ?? "", order.get(b) ?? ""));
}

export const isNoOp = ({ actions }: Change): boolean => actions.length === 1 && actions[0] === "no-op";

/** Whether Terraform would do anything about it; reading data is nothing. */
export const isChange = (change: ResourceChange): boolean =>
  change.importing !== undefined ||
  change.previousAddress !== undefined ||
  !(isNoOp(change) || (change.actions.length === 1 && change.actions[0] === "read"));

const normalised = (
  change: Change,
  rest: Omit<NormalisedChange, "actions" | "importing" | "attributes">,
): NormalisedChange => ({
  ...rest,
  actions: change.actions,
  ...(change.importing === undefined ? {} : { importing: change.importing }),
  attributes: isNoOp(change) ? [] : attributeChanges(change),
});

/** Where it changes it is one of the attributes. */
function bucketKept(change: ResourceChange): string | undefined {
  const [was, is] = (["before", "after"] as const).map((side) => knownText(attribute(change, side, "bucket")));
  return was === is ? is : undefined;
}

/**
 * What changes, from what, to what: without the plan's time, without what is known only after the apply, without what
 * stays as it is, and in an order of its own.
 */
export function normalise(stack: string, plan: TerraformPlan): NormalisedPlan {
  const resources = plan.resources.filter(isChange).map((resource) => {
    const { address, type, deposed, previousAddress } = resource;
    const bucket = bucketKept(resource);
    return normalised(resource, {
      ...{ address, type, deposed },
      ...(bucket === undefined ? {} : { bucket }),
      ...(previousAddress === undefined ? {} : { previousAddress }),
    });
  });
  const outputs = Object.entries(plan.outputs)
    .filter(([, change]) => !isNoOp(change))
    .map(([address, change]) => normalised(change, { address, deposed: false }));
  return {
    stack,
    providers: [...plan.providers].sort((a, b) => compareText(a.name, b.name)),
    resources: resources.sort((a, b) => compareText(a.address, b.address) || Number(a.deposed) - Number(b.deposed)),
    outputs: outputs.sort((a, b) => compareText(a.address, b.address)),
  };
}

/** Whether applying it would change anything, a stack's outputs included. */
export const isEmpty = ({ resources, outputs }: NormalisedPlan): boolean =>
  resources.length === 0 && outputs.length === 0;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** 64 hexadecimal digits. The plan is made of nothing but JSON. */
export const planHash = (plan: NormalisedPlan): string =>
  sha256(`at-rest plan 2\n${canonical(JSON.parse(JSON.stringify(plan)))}`);

/** A stack's hash, and whether it has changes at all. */
export interface HashedStack {
  readonly stack: string;
  readonly hash: string;
  readonly empty: boolean;
}

/** One hash for several stacks, in whatever order. Those without changes are not in it. */
export const combinedHash = (stacks: readonly HashedStack[]): string =>
  sha256(
    `at-rest plans 1\n${stacks
      .filter(({ empty }) => !empty)
      .map(({ stack, hash }) => `${JSON.stringify(stack)} ${hash}\n`)
      .sort(compareText)
      .join("")}`,
  );

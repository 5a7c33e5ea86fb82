import type { NormalisedChange, NormalisedPlan, Value } from "./normalise";

function shownValue(value: Value): string {
  switch (value.is) {
    case "known":
      return JSON.stringify(value.value);
    case "absent":
      return "not set";
    case "unknown":
      return "(known after the apply)";
    case "sensitive":
      return "(sensitive)";
  }
}

function linesOf(change: NormalisedChange): string[] {
  const imported = change.importing === undefined ? "" : ", imported";
  const head = `${change.address}: ${change.actions.join(" and ")}${imported}`;
  return [
    head,
    ...change.attributes.map(
      ({ path, before, after }) =>
        `${change.address}: ${path.join(".")}: ${shownValue(before)} -> ${shownValue(after)}`,
    ),
  ];
}

const allLines = (plan: NormalisedPlan | undefined): string[] =>
  plan === undefined
    ? []
    : [
        ...plan.providers.map(
          ({ name, region, allowedAccountIds }) => `provider ${name}: ${allowedAccountIds?.join(", ")} in ${region}`,
        ),
        ...plan.resources.flatMap(linesOf),
        ...plan.outputs.flatMap((output) => linesOf({ ...output, address: `output ${output.address}` })),
      ];

/** What one plan does and the other does not, a line each: `-` of the first, `+` of the second. */
export function planDifference(before: NormalisedPlan | undefined, after: NormalisedPlan): string[] {
  const [old, now] = [allLines(before), allLines(after)];
  const [wasThere, isThere] = [new Set(old), new Set(now)];
  return [
    ...old.filter((line) => !isThere.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !wasThere.has(line)).map((line) => `+ ${line}`),
  ];
}

import { parseArgs } from "node:util";

export const help = `Runs this project's stacks, a small conversion, the conformance suite and the open points against an AWS account.

  npm run smoke:aws -- --account 123456789012 --region eu-west-1 --accept-cost

  --account ID        the account; it must be the one that the credentials are of
  --region R          where everything is made
  --accept-cost       without it nothing is touched. Expected is less than one US dollar: about 10,000 requests to S3 and
                      KMS, small objects, and some tens of KMS keys that live for less than an hour
  --provider V        a version constraint of hashicorp/aws for the stacks; may be repeated
                      (default: 6.25.0, and then ~> 6.25, which is the newest 6.x)
  --conformance P     only cases of the conformance suite that match this regular expression
  --clean-up RUN      only remove what the run of this id has left, if it was killed
  --help

Use an account that has nothing else in it, with credentials of an administrator in AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. \`aws configure export-credentials --format env\` prints them.
It refuses to start where this project's stack is already applied.

Buckets, roles, policies and keys that it makes carry the run's id, and are removed at the end, after a failure and after
Ctrl-C too. Its KMS keys, and no others, are scheduled for deletion after seven days. What AWS makes by itself, the key
aws/s3, stays. The report is printed, and kept in .at-rest/smoke/<run>/ as report.md and report.json, without the
account's id: attach it to an issue.

Exit codes: 0 all as expected; 1 something was not; 2 refused, nothing touched; 130 stopped, and cleaned up.
`;

export type Request =
  | { readonly do: "help" }
  | ({ readonly do: "run"; readonly providers: readonly string[]; readonly conformance: RegExp } & Where)
  | ({ readonly do: "clean up"; readonly id: string } & Where);

interface Where {
  readonly account: string;
  readonly region: string;
}

/** Said before anything was touched. */
export class Refused extends Error {}

/** @throws Refused if what was typed does not say that somebody means it */
export function parseRequest(words: readonly string[]): Request {
  const values = parsed(words);
  if (values.help) return { do: "help" };
  const { account, region } = values;
  if (!account || !/^\d{12}$/.test(account)) {
    throw new Refused("--account is missing, or has not 12 digits: say which account this may be run in.");
  }
  if (!region || !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) {
    throw new Refused("--region is missing, or is none, such as eu-west-1.");
  }
  const id = values["clean-up"];
  if (id !== undefined) {
    if (!/^[0-9a-f]{8}$/.test(id)) throw new Refused(`--clean-up ${id} is no run: eight hexadecimal digits.`);
    return { do: "clean up", account, region, id };
  }
  if (!values["accept-cost"]) {
    throw new Refused("This costs money, less than one US dollar is expected: say --accept-cost.");
  }
  return { do: "run", account, region, providers: values.provider, conformance: new RegExp(values.conformance, "i") };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        account: { type: "string" },
        region: { type: "string" },
        "accept-cost": { type: "boolean", default: false },
        provider: { type: "string", multiple: true, default: ["6.25.0", "~> 6.25"] },
        conformance: { type: "string", default: "" },
        "clean-up": { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new Refused(error instanceof Error ? error.message : String(error));
  }
}

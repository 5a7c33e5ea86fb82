import { type ChangeDocument, type PlanDocument, resource } from "./arrange";

/** A change by hand to a plan that Terraform has made. */
export type Mutation = (plan: PlanDocument) => void;

export type Statement = Record<string, unknown>;

export const everybody: Statement = {
  Sid: "Open",
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: "*",
};

export const destroy =
  (address: string): Mutation =>
  (plan) => {
    Object.assign(resource(plan, address).change, { actions: ["delete"], after: null, after_unknown: false });
  };

export const replace =
  (address: string): Mutation =>
  (plan) => {
    Object.assign(resource(plan, address).change, { actions: ["delete", "create"] });
  };

export const forget =
  (address: string): Mutation =>
  (plan) => {
    Object.assign(resource(plan, address).change, { actions: ["forget"], after: null });
  };

/** Updates attributes, as a plan of a changed construct would. */
export const update =
  (address: string, after: Record<string, unknown>, rest: Partial<ChangeDocument> = {}): Mutation =>
  (plan) => {
    const { change } = resource(plan, address);
    Object.assign(change, { actions: ["update"], after: { ...change.after, ...after }, ...rest });
  };

/** Changes the statements of the policy in an update, and with `rest` what is around them. */
export const editPolicy =
  (address: string, edit: (statements: Statement[]) => Statement[], rest: Statement = {}): Mutation =>
  (plan) => {
    const policy = JSON.parse(resource(plan, address).change.after?.policy ?? "");
    update(address, { policy: JSON.stringify({ ...policy, ...rest, Statement: edit(policy.Statement) }) })(plan);
  };

export const without = (sid: string) => (statements: Statement[]) => statements.filter(({ Sid }) => Sid !== sid);

export const withOne = (statement: Statement) => (statements: Statement[]) => [...statements, statement];

export const provider =
  (name: string, value: unknown): Mutation =>
  (plan) => {
    const aws = plan.configuration.provider_config["aws"];
    if (aws) aws.expressions[name] = { constant_value: value };
  };

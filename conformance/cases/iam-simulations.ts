import { type Area, behaviour, type Case, iamGuide } from "../case";
import { expectThat } from "../expect";
import type { World } from "../world";
import { withRole } from "./iam-entities";
import { iamApi, refuses } from "./iam-sources";

type Decision = "allowed" | "explicitDeny" | "implicitDeny";
type Statement = Readonly<Record<string, unknown>>;

const documentOf = (...Statement: Statement[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string, more: Statement = {}): Statement => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...more,
});
const deny = (Action: string, more: Statement = {}): Statement => ({ ...allow(Action, more), Effect: "Deny" });

const settle = ({ server }: World): Promise<void> => new Promise((resolve) => setTimeout(resolve, server.settling));
const arn = "arn:aws:s3:::conformance-nobody/key";
const get = "s3:GetObject";
const overTls = (value: string) => ({
  ...{ ContextKeyName: "aws:SecureTransport", ContextKeyType: "boolean" as const, ContextKeyValues: [value] },
});

type Asked = Omit<Parameters<World["iam"]["simulatePrincipalPolicy"]>[0], "PolicySourceArn" | "ActionNames">;

/** What IAM says of reading one object, to a role with these statements. */
async function simulated(world: World, RoleName: string, PolicySourceArn: string, own: Statement[], more: Asked = {}) {
  const { iam } = world;
  if (own.length > 0) {
    await iam.putRolePolicy({ RoleName, PolicyName: "own", PolicyDocument: documentOf(...own) });
    await settle(world);
  }
  const input = { PolicySourceArn, ActionNames: [get], ResourceArns: [arn], ...more };
  const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy(input);
  return EvaluationResults[0];
}

const onlyPlain = { Condition: { Bool: { "aws:SecureTransport": "false" } } };
const onlyTls = { Condition: { Bool: { "aws:SecureTransport": "true" } } };

const decisions: readonly [string, Statement[], Asked, Decision][] = [
  ["nothing is attached", [], {}, "implicitDeny"],
  ["a statement allows it", [allow(get)], {}, "allowed"],
  ["a statement allows another resource", [allow(get, { Resource: `${arn}2` })], {}, "implicitDeny"],
  ["one statement allows it and another denies it", [allow("s3:*"), deny(get)], {}, "explicitDeny"],
  ["a condition holds", [allow(get, onlyTls)], { ContextEntries: [overTls("true")] }, "allowed"],
  ["a condition does not hold", [allow(get, onlyTls)], { ContextEntries: [overTls("false")] }, "implicitDeny"],
  [
    "a deny's condition holds",
    [allow(get), deny(get, onlyPlain)],
    { ContextEntries: [overTls("false")] },
    "explicitDeny",
  ],
  ["a further policy allows it", [], { PolicyInputList: [documentOf(allow(get))] }, "allowed"],
  ["a further policy denies it", [allow(get)], { PolicyInputList: [documentOf(deny(get))] }, "explicitDeny"],
  [
    "a permissions boundary that is tried says nothing",
    [allow(get)],
    { PermissionsBoundaryPolicyInputList: [documentOf(allow("s3:PutObject"))] },
    "implicitDeny",
  ],
  [
    "a permissions boundary that is tried allows it",
    [allow(get)],
    { PermissionsBoundaryPolicyInputList: [documentOf(allow("s3:*"))] },
    "allowed",
  ],
];

const cases: Case[] = [
  ...decisions.map(([what, own, more, EvalDecision]) =>
    behaviour(
      `where ${what}, a simulation says ${EvalDecision}`,
      "SimulatePrincipalPolicy PutRolePolicy",
      iamApi("EvaluationResult"),
      withRole(async (world, RoleName, role) =>
        expectThat(await simulated(world, RoleName, role, own, more), { EvalActionName: get, EvalDecision }),
      ),
    ),
  ),
  behaviour(
    "a condition key that nobody gave is named",
    "SimulatePrincipalPolicy PutRolePolicy",
    iamApi("EvaluationResult"),
    withRole(async (world, RoleName, role) => {
      const Condition = { StringEquals: { "aws:SourceVpce": "vpce-1" } };
      const result = await simulated(world, RoleName, role, [allow(get, { Condition })]);
      expectThat(result, { EvalDecision: "implicitDeny", MissingContextValues: ["aws:SourceVpce"] });
    }),
  ),
  behaviour(
    "of several resources each is answered for, below one result for the action",
    "SimulatePrincipalPolicy PutRolePolicy",
    iamApi("ResourceSpecificResult"),
    withRole(async (world, RoleName, role) => {
      const ResourceArns = [arn, `${arn}2`, `${arn}3`];
      const own = [allow(get), deny(get, { Resource: `${arn}2` })];
      const { ResourceSpecificResults = [], ...result } =
        (await simulated(world, RoleName, role, own, { ResourceArns })) ?? {};
      expectThat(result, { EvalActionName: get });
      const decided = ResourceSpecificResults.map((one) => [one.EvalResourceName, one.EvalResourceDecision] as const);
      expectThat(Object.fromEntries(decided), {
        [arn]: "allowed",
        [`${arn}2`]: "explicitDeny",
        [`${arn}3`]: "allowed",
      });
    }),
  ),
  behaviour(
    "a permissions boundary narrows, and is said to",
    "SimulatePrincipalPolicy PutRolePermissionsBoundary DeleteRolePermissionsBoundary",
    iamGuide("Permissions boundaries for IAM entities"),
    withRole(async (world, RoleName, role) => {
      const PermissionsBoundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
      await world.iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary });
      expectThat(await simulated(world, RoleName, role, [allow(get)]), {
        EvalDecision: "implicitDeny",
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      });
      await world.iam.deleteRolePermissionsBoundary({ RoleName });
      await settle(world);
      expectThat(await simulated(world, RoleName, role, []), { EvalDecision: "allowed" });
    }),
  ),
  behaviour(
    "a simulation of a role that is not there is NoSuchEntity",
    "SimulatePrincipalPolicy",
    iamApi("SimulatePrincipalPolicy"),
    async ({ iam, account }) => {
      const PolicySourceArn = `arn:aws:iam::${account}:role/conformance-nobody`;
      await refuses(iam.simulatePrincipalPolicy({ PolicySourceArn, ActionNames: [get] }), 404, "NoSuchEntity");
    },
  ),
];

export const iamSimulations: Area = { name: "IAM: simulations", cases };

import fc from "fast-check";
import { account, otherAccount } from "../world";
import type { Case, Element, Named, Policy, Statement } from "./cases";
import { addresses, condition, conditions, lists, someOf, tags } from "./conditions";
import { enforced, keyPolicies } from "./emitted";
import { callers } from "./ours";
import { kms, type Service, s3, sts } from "./services";

const { user, session, sessionWithPath, foreignUser, foreignSession, service } = callers;

const elementOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Element<T>> =>
  fc.record({ not: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)), value });

const principals = [
  ...[account, `arn:aws:iam::${account}:root`, otherAccount, `arn:aws:iam::${otherAccount}:root`],
  ...[user.arn, session.arn, session.sessionArn, sessionWithPath.arn, sessionWithPath.sessionArn],
  ...[foreignUser.arn, foreignSession.arn, foreignSession.sessionArn, `arn:aws:iam::${account}:role/elsewhere/worker`],
];

const named: fc.Arbitrary<Named> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Named>({ everyone: true }, { AWS: ["*"] }) },
  { weight: 5, arbitrary: fc.record({ AWS: someOf(principals, 1, 4) }) },
  { weight: 1, arbitrary: fc.record({ Service: someOf([service.service, "delivery.logs.amazonaws.com"]) }) },
  { weight: 1, arbitrary: fc.record({ AWS: someOf(principals), Service: fc.constant([service.service]) }) },
);

const statementOf = ({ actions, resources }: Service): fc.Arbitrary<Statement> =>
  fc.record({
    effect: fc.oneof(
      { weight: 3, arbitrary: fc.constant("Allow" as const) },
      { weight: 1, arbitrary: fc.constant("Deny" as const) },
    ),
    action: elementOf(someOf(actions)),
    resource: elementOf(someOf(resources)),
    conditions,
  });

const versions = fc.oneof(
  { weight: 9, arbitrary: fc.constant("2012-10-17" as const) },
  { weight: 1, arbitrary: fc.constantFrom("2008-10-17" as const, undefined) },
);

const policyFrom = (statement: fc.Arbitrary<Statement>): fc.Arbitrary<Policy> =>
  fc.record({ version: versions, statements: fc.array(statement, { minLength: 1, maxLength: 3 }) });

const resourcePolicyOf = (of: Service): fc.Arbitrary<Policy> =>
  policyFrom(
    fc.tuple(statementOf(of), elementOf(named)).map(([statement, principal]) => ({ ...statement, principal })),
  );

const trustPolicies: fc.Arbitrary<Policy> = resourcePolicyOf(sts).map((policy) => ({
  ...policy,
  statements: policy.statements.map(({ resource: _, ...statement }) => statement),
}));

const rootDelegation: Statement = {
  effect: "Allow",
  principal: { not: false, value: { AWS: [`arn:aws:iam::${account}:root`] } },
  action: { not: false, value: ["kms:*"] },
  resource: { not: false, value: ["*"] },
  conditions: [],
};

const withOthers = (emitted: readonly Policy[], of: Service): fc.Arbitrary<Policy> =>
  fc
    .tuple(fc.constantFrom(...emitted), fc.option(resourcePolicyOf(of), { nil: undefined }))
    .map(([policy, others]) => ({ ...policy, statements: [...(others?.statements ?? []), ...policy.statements] }));

const caseOf = (of: Service, resourcePolicy: fc.Arbitrary<Policy | undefined>): fc.Arbitrary<Case> =>
  fc
    .tuple(
      of.requests,
      fc.constantFrom(...Object.values(callers)),
      fc.record({
        identity: fc.array(policyFrom(statementOf(of)), { maxLength: 2 }),
        session: fc.option(policyFrom(statementOf(of)), { nil: undefined }),
        resourcePolicy,
      }),
      fc.tuple(tags, lists, addresses, fc.boolean()),
    )
    .map(([request, caller, policies, [ownTags, several, sourceIp, secure]]) => {
      const own = caller.is === "user" || caller.is === "role";
      return {
        ...request,
        caller,
        resourceAccount: account,
        resourcePolicy: policies.resourcePolicy,
        identity: own ? policies.identity : [],
        ...(caller.is === "role" && policies.session ? { session: policies.session } : {}),
        keys: { ...ownTags, ...several, ...request.keys },
        sourceIp,
        secure,
      };
    });

const unconditional: Statement = {
  effect: "Allow",
  action: { not: false, value: ["*"] },
  resource: { not: false, value: ["*"] },
  conditions: [],
};

/** All hangs on one condition, which allows or denies: among many statements few of them decide. */
const oneCondition: fc.Arbitrary<Case> = fc
  .tuple(
    caseOf(s3, fc.constant(undefined)),
    fc.constantFrom(user, session),
    fc.constantFrom("Allow" as const, "Deny" as const),
    condition,
    versions,
  )
  .map(([asked, caller, effect, only, version]) => {
    const decisive = { ...unconditional, effect, conditions: [only] };
    const statements = effect === "Deny" ? [unconditional, decisive] : [decisive];
    return { ...asked, caller, session: undefined, identity: [{ version, statements }] };
  });

/** Requests and policies of S3, KMS and roles: anything goes, or as the stacks of this project emit them. */
export const cases: fc.Arbitrary<Case> = fc.oneof(
  { weight: 5, arbitrary: caseOf(s3, fc.option(resourcePolicyOf(s3), { nil: undefined })) },
  {
    weight: 3,
    arbitrary: caseOf(
      kms,
      fc
        .tuple(resourcePolicyOf(kms), fc.boolean())
        .map(([policy, root]) => (root ? { ...policy, statements: [rootDelegation, ...policy.statements] } : policy)),
    ),
  },
  { weight: 3, arbitrary: caseOf(sts, trustPolicies) },
  { weight: 5, arbitrary: oneCondition },
  { weight: 2, arbitrary: caseOf(s3, withOthers(enforced, s3)) },
  { weight: 1, arbitrary: caseOf(kms, withOthers(keyPolicies, kms)) },
);

import { orphansOf, withoutPrincipals } from "../../src/checks/orphans";
import type { Statement } from "../../src/fleet/policy";

const role = "AROAEXAMPLEID23456789";
const user = "AIDAEXAMPLEID23456789";
const alive = "arn:aws:iam::111111111111:role/reader";

const statement = (principal: Statement): Statement => ({
  Sid: "Theirs",
  Effect: "Allow",
  ...principal,
  Action: "s3:GetObject",
});
const policy = (...Statement: Statement[]) => ({ Version: "2008-10-17", Id: "old", Statement });

test("principals that were deleted are found wherever a statement names principals, and roles that are there are not", () => {
  expect(
    orphansOf({
      Statement: [
        { Effect: "Allow", Principal: { AWS: [role, "arn:aws:iam::111111111111:role/AROA"] } },
        { Effect: "Deny", NotPrincipal: { AWS: user } },
        { Effect: "Allow", Principal: "*", Condition: { StringLike: { "aws:userId": "AROAOTHEREXAMPLE12345:*" } } },
      ],
    }),
  ).toEqual([user, role]);
  expect(orphansOf(null)).toEqual([]);
});

test.each<[string, Statement, Statement | null]>([
  ["among others", { Principal: { AWS: [role, alive, user] } }, { Principal: { AWS: [alive, user] } }],
  ["beside one other", { Principal: { AWS: [alive, role] } }, { Principal: { AWS: alive } }],
  ["alone", { Principal: { AWS: role } }, null],
  ["alone in a list", { Principal: { AWS: [role] } }, null],
  [
    "beside a service",
    { Principal: { AWS: role, Service: "logging.s3.amazonaws.com" } },
    { Principal: { Service: "logging.s3.amazonaws.com" } },
  ],
  ["nowhere", { Principal: { AWS: [alive, user] } }, { Principal: { AWS: [alive, user] } }],
  ["in NotPrincipal", { NotPrincipal: { AWS: role } }, { NotPrincipal: { AWS: role } }],
  ["where everybody is meant", { Principal: "*" }, { Principal: "*" }],
])("a deleted role that stands %s is dropped if the fleet says so", (_, before, after) => {
  const other = statement({ Principal: { AWS: alive } });
  expect(withoutPrincipals(policy(statement(before), other), [role])).toEqual(
    policy(...(after ? [statement(after)] : []), other),
  );
});

test("without consent, and of a living principal, nothing is dropped", () => {
  const whole = policy(statement({ Principal: { AWS: [role, alive] } }));
  expect(withoutPrincipals(whole, [])).toBe(whole);
  expect(withoutPrincipals(whole, [user, alive])).toBe(whole);
  expect(withoutPrincipals(null, [role])).toBeNull();
  expect(withoutPrincipals({ Statement: statement({ Principal: { AWS: role } }) }, [role])).toBeNull();
});

/** The policies of AWS itself that can be attached here, by name. Source: AWS Managed Policy Reference Guide. */
const statements: Readonly<Record<string, readonly object[]>> = {
  AdministratorAccess: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  AmazonS3FullAccess: [{ Effect: "Allow", Action: ["s3:*", "s3-object-lambda:*"], Resource: "*" }],
  AmazonS3ReadOnlyAccess: [
    {
      Effect: "Allow",
      Action: ["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
      Resource: "*",
    },
  ],
  IAMReadOnlyAccess: [
    {
      Effect: "Allow",
      Action: [
        ...["iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:Get*", "iam:List*"],
        ...["iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"],
      ],
      Resource: "*",
    },
  ],
  // Of the services that are here. AWS's own also reads a few hundred others.
  ReadOnlyAccess: [
    {
      Sid: "ReadOnlyActionsGroup1",
      Effect: "Allow",
      Action: ["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"],
      Resource: "*",
    },
    {
      Sid: "ReadOnlyActionsGroup2",
      Effect: "Allow",
      Action: [
        ...["kms:Describe*", "kms:Get*", "kms:List*", "s3:DescribeJob", "s3:Get*", "s3:List*"],
        ...["sts:GetAccessKeyInfo", "sts:GetCallerIdentity", "sts:GetSessionToken"],
      ],
      Resource: "*",
    },
  ],
};

const documents = new Map(
  Object.entries(statements).map(([name, Statement]) => [name, JSON.stringify({ Version: "2012-10-17", Statement })]),
);

export const awsManagedArns = (partition: string): readonly string[] =>
  Object.keys(statements).map((name) => `arn:${partition}:iam::aws:policy/${name}`);

/** @returns `undefined` for the ARN of anything else */
export function managedByAws(arn: string): { readonly name: string; readonly document: string } | undefined {
  const name = /^arn:[\w-]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? "";
  const document = documents.get(name);
  return document === undefined ? undefined : { name, document };
}

/** The policies of AWS itself that can be attached here, by name. */
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
};

const documents = new Map(
  Object.entries(statements).map(([name, Statement]) => [name, JSON.stringify({ Version: "2012-10-17", Statement })]),
);

/** @returns `undefined` for the ARN of anything else */
export function managedByAws(arn: string): { readonly name: string; readonly document: string } | undefined {
  const name = /^arn:[\w-]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? "";
  const document = documents.get(name);
  return document === undefined ? undefined : { name, document };
}

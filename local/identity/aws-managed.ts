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

/** @returns `undefined` for the ARN of anything else */
export function managedByAws(arn: string): { readonly name: string; readonly document: string } | undefined {
  const name = /^arn:[\w-]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  const statement = name === undefined ? undefined : statements[name];
  if (name === undefined || !statement) return undefined;
  return { name, document: JSON.stringify({ Version: "2012-10-17", Statement: statement }) };
}

import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateJobCommand, S3ControlClient } from "@aws-sdk/client-s3-control";
import { createLocalAws } from "../../../local/aws";
import { requestHandler } from "../../support/request-handler";

const AccountId = "111122223333";
const RoleArn = `arn:aws:iam::${AccountId}:role/batch`;

/** What a user is answered who may pass the role to one service, and asks for a job that is not complete. */
async function answerWherePassedTo(service: string): Promise<string> {
  const aws = createLocalAws();
  const place = { region: "eu-west-1", endpoint: "https://localhost", maxAttempts: 1 };
  const as = { ...place, requestHandler: requestHandler(aws.handle) };
  const iam = new IAMClient({ ...as, credentials: aws.addAccount(AccountId) });
  await iam.send(new CreateUserCommand({ UserName: "operator" }));
  const Condition = { StringEquals: { "iam:PassedToService": service } };
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:CreateJob", Resource: "*" },
      { Effect: "Allow", Action: "iam:PassRole", Resource: RoleArn, Condition },
    ],
  });
  await iam.send(new PutUserPolicyCommand({ UserName: "operator", PolicyName: "p", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "operator" }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const control = new S3ControlClient({ ...as, credentials });
  const job = { AccountId, RoleArn, Priority: 10, ClientRequestToken: "t", Operation: {}, Report: { Enabled: false } };
  return control.send(new CreateJobCommand(job)).then(
    () => "created",
    (error: Error) => error.name,
  );
}

test("a job's role is passed to S3 Batch Operations, and a policy that allows another service alone does not do", async () => {
  expect(await answerWherePassedTo("batchoperations.s3.amazonaws.com")).toBe("NotImplemented"); // the job without an operation
  expect(await answerWherePassedTo("ec2.amazonaws.com")).toBe("AccessDenied");
});

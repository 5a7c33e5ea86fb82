import {
  CreateJobCommand,
  DescribeJobCommand,
  type S3ControlClient,
  UpdateJobStatusCommand,
} from "@aws-sdk/client-s3-control";
import type { JobService } from "./follow";

/**
 * S3 Batch Operations of an account, in the client's Region.
 *
 * @param account 12 digits
 */
export function jobService(client: S3ControlClient, account: string): JobService {
  const change = async (JobId: string, RequestedJobStatus: "Ready" | "Cancelled") => {
    await client.send(new UpdateJobStatusCommand({ AccountId: account, JobId, RequestedJobStatus }));
  };
  return {
    create: async (request) => {
      const { JobId } = await client.send(new CreateJobCommand(request));
      if (JobId === undefined) throw new Error("S3 Batch Operations gave no id for the job");
      return JobId;
    },
    describe: async (JobId) => {
      const { Job } = await client.send(new DescribeJobCommand({ AccountId: account, JobId }));
      if (!Job) throw new Error(`S3 Batch Operations said nothing of job ${JobId}`);
      return Job;
    },
    confirm: (id) => change(id, "Ready"),
    cancel: (id) => change(id, "Cancelled"),
  };
}

import type { CreateJobRequest, JobFailure, JobStatus } from "@aws-sdk/client-s3-control";

/** One object that a job is to change. */
export interface Task {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

export interface TaskEnd extends Task {
  readonly succeeded: boolean;
  readonly errorCode: string;
  readonly httpStatus: number;
  readonly message: string;
}

export interface Job {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly request: CreateJobRequest;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  status: JobStatus;
  /** What is still to be done; nothing before the manifest is there. */
  tasks: Task[];
  /** Of the manifest. */
  total: number;
  readonly ended: TaskEnd[];
  /** Why it failed, in AWS's code and words. */
  failures: JobFailure[];
  statusUpdateReason?: string;
  suspendedAt?: number;
  terminatedAt?: number;
  priority: number;
  /** Where S3 wrote the manifest that it made. */
  generatedManifest?: { readonly bucket: string; readonly key: string; readonly etag: string };
}

export interface JobsState {
  readonly jobs: Map<string, Job>;
  /** Tasks that an active job does each time that somebody looks at it. */
  tasksALook: number;
  /** Ends a task as failed without trying it. @default none */
  failTask?: (
    task: Task,
  ) => { readonly errorCode: string; readonly httpStatus: number; readonly message: string } | undefined;
  /** Which tasks end as succeeded without having changed anything. @default none */
  pretendTask?: (task: Task) => boolean;
}

export const createJobsState = (): JobsState => ({ jobs: new Map(), tasksALook: 1_000 });

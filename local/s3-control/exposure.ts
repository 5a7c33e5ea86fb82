import type {
  GetAccessPointPolicyStatusRequest,
  GetAccessPointRequest,
  GetPublicAccessBlockRequest,
  ListAccessPointsRequest,
  PublicAccessBlockConfiguration,
} from "@aws-sdk/client-s3-control";
import { authorize } from "../identity/authorize";
import { AwsError, type Context, type Operations } from "../service";

export interface AccessPoint {
  readonly name: string;
  /** 12 digits; of its bucket as well. */
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  /** Left out: it is open to the internet. */
  readonly vpcId?: string;
  /** Left out: it has no policy. */
  readonly policyIsPublic?: boolean;
  readonly block?: PublicAccessBlockConfiguration;
}

/** What an account says of public access. Tests put it here: no operation does, and no request for an object asks it. */
export interface ExposureState {
  /** By account. */
  readonly blocks: Map<string, PublicAccessBlockConfiguration>;
  readonly accessPoints: AccessPoint[];
}

export const createExposureState = (): ExposureState => ({ blocks: new Map(), accessPoints: [] });

function allow(context: Context, action: string, account: string | undefined, resource: string): string {
  if (!account || !/^\d{12}$/.test(account)) throw new AwsError("InvalidRequest", 400, "The account id is missing.");
  authorize(context, { action, resource, resourceAccount: account });
  return account;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html */
function getPublicAccessBlock(context: Context, { AccountId }: GetPublicAccessBlockRequest) {
  const account = allow(context, "s3:GetAccountPublicAccessBlock", AccountId, "*");
  const block = context.state.exposure.blocks.get(account);
  if (block) return { PublicAccessBlockConfiguration: block };
  const message = "The public access block configuration was not found";
  throw new AwsError("NoSuchPublicAccessBlockConfiguration", 404, message);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html */
function listAccessPoints(context: Context, { AccountId, Bucket }: ListAccessPointsRequest) {
  const account = allow(context, "s3:ListAccessPoints", AccountId, "*");
  const found = context.state.exposure.accessPoints.filter(
    (one) =>
      one.account === account && one.region === context.region && (Bucket === undefined || one.bucket === Bucket),
  );
  return {
    AccessPointList: found.map(({ name, bucket, vpcId }) => ({
      ...{ Name: name, Bucket: bucket, NetworkOrigin: vpcId === undefined ? "Internet" : "VPC" },
      ...(vpcId === undefined ? {} : { VpcConfiguration: { VpcId: vpcId } }),
    })),
  };
}

function accessPointFor(context: Context, action: string, { AccountId, Name }: GetAccessPointRequest): AccessPoint {
  const resource = `arn:${context.partition}:s3:${context.region}:${AccountId}:accesspoint/${Name}`;
  const account = allow(context, action, AccountId, resource);
  const found = context.state.exposure.accessPoints.find((one) => one.account === account && one.name === Name);
  if (!found) throw new AwsError("NoSuchAccessPoint", 404, "The specified accesspoint does not exist");
  return found;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html */
function getAccessPoint(context: Context, input: GetAccessPointRequest) {
  const { name, bucket, vpcId, block } = accessPointFor(context, "s3:GetAccessPoint", input);
  const NetworkOrigin = vpcId === undefined ? "Internet" : "VPC";
  return { Name: name, Bucket: bucket, NetworkOrigin, PublicAccessBlockConfiguration: block };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyStatus.html */
function getAccessPointPolicyStatus(context: Context, input: GetAccessPointPolicyStatusRequest) {
  const { policyIsPublic } = accessPointFor(context, "s3:GetAccessPointPolicyStatus", input);
  if (policyIsPublic !== undefined) return { PolicyStatus: { IsPublic: policyIsPublic } };
  throw new AwsError("NoSuchAccessPointPolicy", 404, "The specified accesspoint policy does not exist");
}

export const exposureOperations: Operations = {
  GetPublicAccessBlock: getPublicAccessBlock,
  ListAccessPoints: listAccessPoints,
  GetAccessPoint: getAccessPoint,
  GetAccessPointPolicyStatus: getAccessPointPolicyStatus,
};

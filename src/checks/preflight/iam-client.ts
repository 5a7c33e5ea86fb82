import { IAMClient, type IAMClientConfig } from "@aws-sdk/client-iam";
import { promptAnswers, sdkRequestHandler } from "../../s3/sdk-request-handler";

/** Simulations under way at the same time. IAM grants an account few a second, and more at once get no more of them. */
export const SIMULATIONS_AT_ONCE = 4;

/**
 * A client that finds out how much IAM takes, which no page of AWS says, and keeps below it: the SDK's `adaptive` mode
 * limits the rate of all requests of one client by what is throttled.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
 *
 * @throws Error where AWS_CA_BUNDLE cannot be read
 */
export const iamClient = (configuration: Pick<IAMClientConfig, "region" | "credentials">): IAMClient =>
  new IAMClient({
    ...configuration,
    retryMode: "adaptive",
    maxAttempts: 10,
    requestHandler: sdkRequestHandler({ connections: SIMULATIONS_AT_ONCE, timeouts: promptAnswers }),
  });

import { S3ControlClient } from "@aws-sdk/client-s3-control";
import { ATTEMPTS_OF_SETTINGS, foreignEndpoint, type S3ClientProps } from "./clients";
import { sdkRequestHandler } from "./sdk-request-handler";

/**
 * A client of S3 Control, which has a host of its own for each account: `111122223333.s3-control.eu-west-1.amazonaws.com`.
 *
 * At an endpoint that is not AWS's the account is in the header alone, since an address cannot have one before it.
 */
export function s3ControlClient(
  props: Pick<S3ClientProps, "region" | "endpointUrl" | "credentials" | "requestHandler">,
): S3ControlClient {
  const { region, endpointUrl, credentials, requestHandler = sdkRequestHandler({ connections: 4 }) } = props;
  const foreign = foreignEndpoint(endpointUrl);
  return new S3ControlClient({
    region,
    credentials,
    maxAttempts: ATTEMPTS_OF_SETTINGS,
    requestHandler,
    ...(foreign !== undefined && { endpointProvider: () => ({ url: new URL(foreign) }) }),
  });
}

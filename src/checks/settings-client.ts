import { ATTEMPTS_OF_SETTINGS } from "../s3/clients";
import { promptAnswers, sdkRequestHandler } from "../s3/sdk-request-handler";

/**
 * The configuration of an SDK client, of any service but S3, that asks for settings: with patience, and on the same
 * network as all else here (proxies, AWS_CA_BUNDLE, time limits).
 *
 * @throws Error where AWS_CA_BUNDLE cannot be read
 */
export const forSettings = <Configuration extends object>(configuration: Configuration) => ({
  ...configuration,
  maxAttempts: ATTEMPTS_OF_SETTINGS,
  requestHandler: sdkRequestHandler({ connections: 1, timeouts: promptAnswers }),
});

import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import type { RunningLocalAws } from "./tools";

interface Configuration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly forcePathStyle: true;
  readonly requestHandler: { readonly httpsAgent: Agent };
}

/** An SDK client of a local AWS that runs in another process: to arrange what a client meets, and to see what it did. */
export const sdkOf = <Client>(
  Service: new (configuration: Configuration) => Client,
  local: RunningLocalAws,
): Client => {
  const variable = (name: string): string => local.environment[name] ?? "";
  return new Service({
    endpoint: variable("AWS_ENDPOINT_URL"),
    region: variable("AWS_REGION"),
    credentials: { accessKeyId: variable("AWS_ACCESS_KEY_ID"), secretAccessKey: variable("AWS_SECRET_ACCESS_KEY") },
    forcePathStyle: true,
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(variable("AWS_CA_BUNDLE")) }) },
  });
};

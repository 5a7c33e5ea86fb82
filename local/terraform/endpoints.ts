import { isIP } from "node:net";

export const SERVICES = ["s3", "kms", "iam", "sts"] as const;
export type Service = (typeof SERVICES)[number];

/**
 * Where each service is: the provider block's `endpoints`, then AWS_ENDPOINT_URL_<SERVICE>, then AWS_ENDPOINT_URL,
 * in the order in which hashicorp/aws takes them.
 *
 * @throws unless every one of them is a loopback address: what answers to hashicorp/aws here must never reach an account
 */
export function localEndpoints(
  configured: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<Service, string> {
  const find = (service: Service): string => {
    const variable = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
    const endpoint = configured[service] || environment[variable] || environment["AWS_ENDPOINT_URL"];
    if (endpoint && isLoopback(endpoint)) return endpoint;
    const found = endpoint
      ? `The endpoint ${JSON.stringify(endpoint)} of ${service} is not on this machine.`
      : `${service} has no endpoint: neither ${variable} nor AWS_ENDPOINT_URL is set.`;
    throw new Error(
      `${found} This is the local stand-in for hashicorp/aws, which writes to loopback addresses only. ` +
        "Run `npm run local` and set the variables that it prints, or use the real provider by unsetting TF_CLI_CONFIG_FILE.",
    );
  };
  return { s3: find("s3"), kms: find("kms"), iam: find("iam"), sts: find("sts") };
}

/** 127.0.0.0/8, ::1 and localhost, over HTTP or HTTPS; names that only resolve to them are not taken at their word. */
export function isLoopback(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { hostname, protocol } = new URL(endpoint);
  if (protocol !== "http:" && protocol !== "https:") return false;
  return hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."));
}

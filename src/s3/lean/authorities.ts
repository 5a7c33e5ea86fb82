import { readFileSync } from "node:fs";

/**
 * The certificate authorities to trust in place of Node's own, where AWS_CA_BUNDLE names a file: as for the AWS CLI.
 * Since a list takes the place of all that Node trusts, what NODE_EXTRA_CA_CERTS adds is added here as well.
 *
 * @throws Error where the bundle cannot be read
 */
export function trustedAuthorities(environment: Readonly<Record<string, string | undefined>>): string[] | undefined {
  const { AWS_CA_BUNDLE: bundle, NODE_EXTRA_CA_CERTS: extra } = environment;
  if (!bundle) return undefined;
  return [bundle, ...(extra ? [extra] : [])].map((file) => readFileSync(file, "utf8"));
}

import type { SigningCredentials } from "./sigv4";

export interface Credentials extends SigningCredentials {
  readonly expiration?: Date;
}

/** As `client.config.credentials` of an SDK client is: it remembers, and can be made to ask again. */
export type CredentialProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<Credentials>;

export interface Identity {
  /** A value where nothing has to be waited for, since every request passes here. */
  current(): Credentials | Promise<Credentials>;
  /** For credentials that S3 has called expired: other ones, or the same where there are no others. */
  renewed(refused: Credentials): Promise<Credentials>;
}

/** What S3 says of a session that is over. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const expiredTokens: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "TokenRefreshRequired",
]);

/** Requests on their way must not outlive what signed them. */
const RENEW_BEFORE_EXPIRY = 5 * 60_000;

/** Holds the credentials in between, and lets all requests that need others wait for the same answer. */
export function identity(provider: CredentialProvider, now: () => number): Identity {
  let held: Credentials | undefined;
  let asking: Promise<Credentials> | undefined;

  const ask = (forceRefresh: boolean): Promise<Credentials> => {
    asking ??= provider(forceRefresh ? { forceRefresh } : undefined)
      .then((given) => {
        held = given;
        return given;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };

  return {
    current: () => {
      const expiration = held?.expiration;
      return held && (!expiration || expiration.getTime() - now() > RENEW_BEFORE_EXPIRY) ? held : ask(false);
    },
    renewed: async (refused) => (held && held !== refused ? held : ask(true)),
  };
}

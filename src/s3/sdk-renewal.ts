import type { S3Client } from "@aws-sdk/client-s3";
import { expiredTokens } from "./lean/identity";

/**
 * Makes a client ask for other credentials once S3 calls the ones that it has expired, and send the request once more.
 *
 * The SDK by itself goes by the date that credentials say of themselves. What S3 did not let in had no effect.
 */
export function renewExpiredSessions({ config, middlewareStack }: S3Client): void {
  let renewing: Promise<unknown> | undefined;
  const renew = async (refused: string | undefined): Promise<boolean> => {
    if ((await config.credentials()).sessionToken !== refused) return true; // somebody else was quicker
    renewing ??= config.credentials({ forceRefresh: true }).finally(() => {
      renewing = undefined;
    });
    await renewing;
    return (await config.credentials()).sessionToken !== refused;
  };
  middlewareStack.add(
    (next) => async (request) => {
      const { sessionToken } = await config.credentials();
      try {
        return await next(request);
      } catch (error) {
        const isExpired = error instanceof Error && expiredTokens.has(error.name);
        if (!isExpired || !(await renew(sessionToken))) throw error;
        return next(request);
      }
    },
    { step: "initialize", name: "renewExpiredSessions" },
  );
}

import type { Context } from "../service";
import { authorizeKey } from "./access";
import { invalidKeyUsage, unsupported } from "./errors";
import { findKey } from "./find-key";
import type { Key } from "./state";

/** What KMS does with keys of other kinds only: all keys here are symmetric, for encryption, with AWS's material. */
const refusing =
  (operation: string, refusal: (key: Key) => Error) =>
  (context: Context, { KeyId }: { readonly KeyId?: string }): never => {
    const key = findKey(context, KeyId);
    authorizeKey(context, key, operation);
    throw refusal(key);
  };

const wrongUsage = (operation: string) =>
  refusing(operation, ({ arn }) =>
    invalidKeyUsage(`${arn} key usage is ENCRYPT_DECRYPT which is not valid for ${operation}.`),
  );

export const otherKindsOperations = {
  GenerateMac: wrongUsage("GenerateMac"),
  VerifyMac: wrongUsage("VerifyMac"),
  Sign: wrongUsage("Sign"),
  Verify: wrongUsage("Verify"),
  GetParametersForImport: refusing("GetParametersForImport", ({ arn }) =>
    unsupported(`${arn} origin is AWS_KMS which is not valid for this operation.`),
  ),
};

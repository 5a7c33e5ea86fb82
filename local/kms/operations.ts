import type { Operations } from "../service";
import { aliasOperations } from "./aliases";
import { cryptographicOperations } from "./cryptography";
import { grantOperations } from "./grants";
import { keyPolicyOperations } from "./key-policy";
import { keyOperations } from "./keys";
import { otherKindsOperations } from "./other-kinds";
import { rotationOperations } from "./rotation";
import { tagOperations } from "./tags";

/** All that the local KMS does, by the operation's name. */
export const kmsOperations: Operations = {
  ...keyOperations,
  ...keyPolicyOperations,
  ...grantOperations,
  ...aliasOperations,
  ...rotationOperations,
  ...tagOperations,
  ...cryptographicOperations,
  ...otherKindsOperations,
};

import type { Operations } from "../service";
import { boundaryOperations } from "./boundaries";
import { groupOperations } from "./groups";
import { managedPolicyOperations } from "./managed-policies";
import { oidcProviderOperations } from "./oidc-providers";
import { principalPolicyOperations } from "./principal-policies";
import { roleOperations } from "./roles";
import { simulationOperations } from "./simulate";
import { stsOperations as sts } from "./sts";
import { userOperations } from "./users";

/** All that the local IAM does, by the operation's name. */
export const iamOperations: Operations = {
  ...roleOperations,
  ...userOperations,
  ...groupOperations,
  ...boundaryOperations,
  ...simulationOperations,
  ...principalPolicyOperations,
  ...managedPolicyOperations,
  ...oidcProviderOperations,
};

/** All that the local STS does. */
export const stsOperations: Operations = sts;

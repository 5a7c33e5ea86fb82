import { refuses as refusesWith } from "../expect";

export const iamApi = (operation: string): string => `IAM API Reference, "${operation}"`;

/** The SDK gives errors of the model the names of their classes, not the codes in the answer. */
const modelled = ["NoSuchEntity", "EntityAlreadyExists", "DeleteConflict", "LimitExceeded", "MalformedPolicyDocument"];

/** As everywhere, with IAM's and STS's codes as they are in the answer. */
export const refuses = (call: Promise<unknown>, status: number, code?: string, message?: string | RegExp) =>
  refusesWith(call, status, code && modelled.includes(code) ? `${code}Exception` : code, message);

import { accountGuard } from "./account";
import { backupGuard, encryptionGuard, retentionGuard } from "./bucket";
import { destructionGuard, foreignTypeGuard, forgetGuard } from "./destruction";
import { driftGuard } from "./drift";
import type { Guard } from "./guard";
import { keyGuard } from "./key";
import { importGuard, publicGuard, statementGuard } from "./policy";

/** Everything that is looked at in one stack's plan. */
export const guards: readonly Guard[] = [
  destructionGuard,
  forgetGuard,
  foreignTypeGuard,
  accountGuard,
  importGuard,
  statementGuard,
  publicGuard,
  encryptionGuard,
  keyGuard,
  backupGuard,
  retentionGuard,
  driftGuard,
];

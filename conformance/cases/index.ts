import type { Area } from "../case";
import { conditionalWrites } from "./conditional-writes";
import { copyInPlace } from "./copy-in-place";
import { customerKeys } from "./customer-keys";
import { encryption } from "./encryption";
import { multipart, objectChecksums } from "./multipart";
import { keyPermissions, policies } from "./permissions";
import { updateEncryption } from "./update-encryption";

export const areas: readonly Area[] = [
  conditionalWrites,
  copyInPlace,
  encryption,
  customerKeys,
  updateEncryption,
  multipart,
  objectChecksums,
  policies,
  keyPermissions,
];

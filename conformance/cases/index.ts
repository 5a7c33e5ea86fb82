import type { Area } from "../case";
import { conditionalWrites } from "./conditional-writes";
import { copyInPlace } from "./copy-in-place";
import { customerKeys } from "./customer-keys";
import { encryption } from "./encryption";
import { multipart, objectChecksums } from "./multipart";
import { keyPermissions, policies } from "./permissions";
import { answersAndErrors, listing, presignedUrls, signing } from "./requests";
import { updateEncryption } from "./update-encryption";
import { objectLock, versions } from "./versions";

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
  versions,
  objectLock,
  presignedUrls,
  signing,
  answersAndErrors,
  listing,
];

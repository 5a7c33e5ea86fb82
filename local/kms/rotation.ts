import type * as kms from "@aws-sdk/client-kms";
import type { Context } from "../service";
import { authorizeKey } from "./access";
import { assertEnabled, inRange, limitExceeded } from "./errors";
import { findKey } from "./find-key";
import { millisecondsPerDay, newMaterial } from "./lifecycle";
import { listPage } from "./pages";
import type { Key } from "./state";

const mostOnDemand = 25;

function allowedKey(context: Context, keyId: string | undefined, operation: string): Key {
  const key = findKey(context, keyId);
  authorizeKey(context, key, operation);
  return key;
}

/** Counts from now, also when it is on already and only the period changes. */
function enableKeyRotation(context: Context, input: kms.EnableKeyRotationCommandInput): object {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "EnableKeyRotation", {
    conditions: { "kms:RotationPeriodInDays": input.RotationPeriodInDays?.toString() },
  });
  assertEnabled(key);
  const periodInDays = inRange(
    input.RotationPeriodInDays ?? key.rotation?.periodInDays ?? 365,
    "rotationPeriodInDays",
    90,
    2560,
  );
  if (key.rotation?.periodInDays !== periodInDays)
    key.rotation = { periodInDays, next: context.now + periodInDays * millisecondsPerDay };
  return {};
}

function disableKeyRotation(context: Context, input: kms.DisableKeyRotationCommandInput): object {
  const key = allowedKey(context, input.KeyId, "DisableKeyRotation");
  assertEnabled(key);
  key.rotation = undefined;
  return {};
}

/** A key about to be deleted does not rotate. */
function getKeyRotationStatus(context: Context, input: kms.GetKeyRotationStatusCommandInput) {
  const key = allowedKey(context, input.KeyId, "GetKeyRotationStatus");
  const rotation = key.status.is === "pendingDeletion" ? undefined : key.rotation;
  return {
    KeyId: key.arn,
    KeyRotationEnabled: rotation !== undefined,
    RotationPeriodInDays: rotation?.periodInDays,
    NextRotationDate: rotation && new Date(rotation.next),
  };
}

function rotateKeyOnDemand(context: Context, input: kms.RotateKeyOnDemandCommandInput) {
  const key = allowedKey(context, input.KeyId, "RotateKeyOnDemand");
  assertEnabled(key);
  if (key.materials.filter(({ because }) => because === "ON_DEMAND").length >= mostOnDemand)
    throw limitExceeded(
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`,
    );
  key.materials.push(newMaterial(context.now, "ON_DEMAND"));
  return { KeyId: key.arn };
}

/** The first material comes from no rotation: it is listPage only on request. */
function listKeyRotations(context: Context, input: kms.ListKeyRotationsCommandInput) {
  const key = allowedKey(context, input.KeyId, "ListKeyRotations");
  const all = key.materials.map(
    ({ id, since, because }, index): kms.RotationsListEntry => ({
      KeyId: key.arn,
      KeyMaterialId: id,
      KeyMaterialState: index === key.materials.length - 1 ? "CURRENT" : "NON_CURRENT",
      ...(because === "created" ? {} : { RotationDate: new Date(since), RotationType: because }),
    }),
  );
  const rotations = input.IncludeKeyMaterial === "ALL_KEY_MATERIAL" ? all : all.filter((entry) => entry.RotationDate);
  const { items, ...page } = listPage(rotations, input, 100, 1_000);
  return { Rotations: items, ...page };
}

export const rotationOperations = {
  EnableKeyRotation: enableKeyRotation,
  DisableKeyRotation: disableKeyRotation,
  GetKeyRotationStatus: getKeyRotationStatus,
  RotateKeyOnDemand: rotateKeyOnDemand,
  ListKeyRotations: listKeyRotations,
};

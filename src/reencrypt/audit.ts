import type { Encryption } from "../s3/object-store";
import type { Engine } from "./decide";
import type { Outcome } from "./outcome";
import { type Plan, type PlanContext, plan } from "./plan";
import type { Visit } from "./sweep";

/** How an object is encrypted, in a reader's words. */
export function describeEncryption(encryption: Encryption): string {
  switch (encryption.is) {
    case "none":
      return "not encrypted";
    case "AES256":
      return "SSE-S3";
    case "customer":
      return "SSE-C";
    case "aws:kms":
      return `SSE-KMS ${encryption.keyArn}, bucket key ${encryption.bucketKey ? "on" : "off"}`;
    case "aws:kms:dsse":
      return `DSSE-KMS ${encryption.keyArn}`;
  }
}

type Change = Extract<Plan["do"], "update" | "copy" | "multipartCopy">;

const visitor =
  (context: PlanContext, engine: Engine, outcomeOf: (change: Change) => Outcome): Visit =>
  async (id) => {
    const planned = await plan(context, id, engine);
    switch (planned.do) {
      case "nothing":
        return { ...id, outcome: "alreadyRight" };
      case "gone":
        return { ...id, outcome: "gone" };
      case "refuse":
        return { ...id, outcome: "cannot", because: planned.because };
      case "fail":
        return { ...id, outcome: "failed", message: planned.message };
      default: {
        const { encryption } = "state" in planned ? planned.state : planned.appearance.state;
        return { ...id, outcome: outcomeOf(planned.do), message: describeEncryption(encryption) };
      }
    }
  };

/** Says of each object whether it is as the target says, and if not, whether it could be converted. Changes nothing. */
export const auditor = (context: PlanContext): Visit => visitor(context, "auto", () => "notCompliant");

const becomes = { update: "updated", copy: "copied", multipartCopy: "copiedInParts" } as const;

/** The conversion up to the first change: the same looks, the same decisions. */
export const dryRun = (context: PlanContext, engine: Engine): Visit =>
  visitor(context, engine, (change) => becomes[change]);

import { finding } from "../finding";
import { phrase } from "../phrase";
import { type Guard, whereOf } from "./guard";

/** What the next apply would put back, or what is gone. */
export const driftGuard: Guard = (reviewed) =>
  reviewed.drift.map(({ change, attributes }) => {
    const names = [...new Set(attributes.map(({ path }) => String(path[0] ?? "")))];
    const what = change.actions.includes("delete") ? phrase`it is gone` : phrase`${names.join(", ")}`;
    return finding("changed-behind-terraform", whereOf(reviewed, change), phrase`${change.address}: ${what}`);
  });

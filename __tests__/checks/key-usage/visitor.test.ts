import { keyUsage } from "../../../src/checks/key-usage/visitor";
import { type Answer, CUSTOMER_KEY_NEEDED, type ObjectState } from "../../../src/s3/object-store";
import { storeOf } from "../../s3/stores";
import { legacyBucket } from "../../support/legacy-bucket";

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001";
const refused = (status: number, code = "NotFound"): Answer<ObjectState> => ({
  is: "refused",
  status,
  code,
  message: "",
});

test.each<[string, Answer<ObjectState>, string]>([
  ["deleted since", refused(404), "gone"],
  ["a delete marker by now", refused(405, "MethodNotAllowed"), "gone"],
  ["under a customer's key", refused(400, CUSTOMER_KEY_NEEDED), "notUnderKey"],
  ["nothing that may be looked at", refused(403, "AccessDenied"), "failed"],
  ["not answered for", { is: "unknown", cause: "timeout" }, "failed"],
])("an object that is %s", async (_, answer, outcome) => {
  const store = { ...(await storeOf("lean", await legacyBucket())), head: async () => answer };
  expect(await keyUsage(store, keyArn)({ key: "a" })).toMatchObject({ key: "a", outcome });
});

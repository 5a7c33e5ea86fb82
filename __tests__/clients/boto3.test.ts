import { join } from "node:path";
import { findPythonWithBoto3, type RunningLocalAws, run, startLocalAws } from "./tools";

const python = findPythonWithBoto3();
const testWithBoto3 = python ? test : test.skip;
if (!python) console.warn("Skipped: no Python with boto3 in .venv or on the PATH (pip install boto3).");

testWithBoto3("boto3 lists, transfers in parts, copies under a condition and decrypts as on AWS", async () => {
  const local: RunningLocalAws = await startLocalAws();
  try {
    const finished = await run(python ?? "python3", [join(__dirname, "boto3_client.py")], local.environment);
    expect(finished.stderr).toBe("");
    expect(JSON.parse(finished.stdout)).toEqual({
      "listed in UTF-8 order": true,
      "read back": true,
      "large upload": ["aws:kms", true, true, '-3"'],
      "large download": true,
      copied: ["ž/🐎", { of: "boto3" }],
      "copy onto a newer object": "PreconditionFailed",
      "versions and markers": [2, 1],
      decrypted: "secret",
      "decrypted in another context": "InvalidCiphertextException",
    });
  } finally {
    await local.stop();
  }
});

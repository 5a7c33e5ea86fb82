import { join } from "node:path";
import { describeWith, findPythonWithBoto3, type RunningLocalAws, run, startLocalAws } from "./tools";

// Each call starts a program, and other tests may want the same cores.
jest.setTimeout(180_000);

describeWith(findPythonWithBoto3(), "boto3, over TLS with the generated CA", "pip install boto3", (python) => {
  test("it lists, transfers in parts both ways, copies under a condition and in parts, and decrypts as on AWS", async () => {
    const local: RunningLocalAws = await startLocalAws();
    try {
      const finished = await run(python, [join(__dirname, "boto3_client.py")], local.environment);
      expect(finished.stderr).toBe("");
      expect(JSON.parse(finished.stdout)).toEqual({
        "listed in UTF-8 order": true,
        "read back": true,
        "large upload": ["aws:kms", true, true, '-3"'],
        "large download": [true, 3],
        "copied in parts": ["AES256", '-2"', { of: "boto3" }, true],
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
});

// JavaScript, since Jest reads a TypeScript configuration on Node 20 only with another package.
// Of Node 20, which this project supports; once a test file otherwise.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/node_modules/s3-at-rest"],
  // Types are checked by `npm run check`; here speed counts.
  transform: {
    "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }],
    "/node_modules/hyparquet/.+\\.js$": ["@swc/jest", { module: { type: "commonjs" } }],
  },
  // It is made of ES modules only, which Jest does not load as they are.
  transformIgnorePatterns: ["/node_modules/(?!hyparquet/)"],
  testTimeout: 60_000,
  // Half of the tests wait for a process of their own, so one worker a core leaves no core idle.
  maxWorkers: "100%",
  // What test files leave behind makes collecting garbage slow: what takes 4 seconds alone took 128 in the last worker.
  workerIdleMemoryLimit: "1GB",
};

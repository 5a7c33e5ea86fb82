// JavaScript, since Jest reads a TypeScript configuration on Node 20 only with another package.
/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/node_modules/s3-at-rest"],
  // Types are checked by `npm run check`; here speed counts.
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  testTimeout: 60_000,
};

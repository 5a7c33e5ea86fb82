#!/usr/bin/env node
// The command line is TypeScript, run as it is written: nothing to build, nothing to get stale.
const { ".js": load } = require.extensions;
require("tsx/cjs");
const { ".js": transpile } = require.extensions;

// Packages are JavaScript already, and tsx reads each one to its end to see whether it is an ES module.
require.extensions[".js"] = (module, file) => {
  try {
    load(module, file);
  } catch (error) {
    if (error.code !== "ERR_REQUIRE_ESM") throw error; // Node before 20.19 cannot load those by itself
    transpile(module, file);
  }
};
// Line numbers as they were written are for whoever debugs: the maps of all files cost more than the files.
process.setSourceMapsEnabled(process.argv.includes("--debug"));

require("./at-rest.ts");

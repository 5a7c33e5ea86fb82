#!/usr/bin/env node
// The command line is TypeScript, run as it is written: nothing to build, nothing to get stale.
require("tsx/cjs");
require("./at-rest.ts");

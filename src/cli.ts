#!/usr/bin/env node
// The command line.

import { main } from "./cli/commands.ts";

process.exitCode = await main(process.argv.slice(2));

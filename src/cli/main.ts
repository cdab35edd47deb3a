#!/usr/bin/env node
/** The command `ts-cyclegan`. */
import { watchPipes } from './closed-pipe.js';
import { run } from './run.js';
import { showWarnings } from './warnings.js';

watchPipes();
showWarnings();
process.exitCode = await run(process.argv.slice(2));

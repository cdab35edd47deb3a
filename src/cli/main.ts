#!/usr/bin/env node
/** The command `ts-cyclegan`. */
import { watchPipes } from './closed-pipe.js';
import { run } from './run.js';

watchPipes();
process.exitCode = await run(process.argv.slice(2));

#!/usr/bin/env -S node --expose-gc --no-flush-bytecode --no-maglev --no-parallel-scavenge --heap-growing-percent=150 --max-semi-space-size=4
/**
 * Runs the command line in this process.
 *
 * @module
 */

// Imported first, because it ends the process on a Node.js version on which other imports would fail.
import './cli/node-version.ts'
import { runCommandLine } from './cli/command-line.ts'
import { PROCESS_CONTEXT } from './cli/context.ts'

process.exitCode = await runCommandLine(process.argv.slice(2), PROCESS_CONTEXT)

/**
 * Tries the mutants of a range of numbers; a thread of its own.
 *
 * @module
 */

import { parentPort, workerData } from 'node:worker_threads'
import { type CanaryRange, tryCanaries } from './canary-trial.ts'

parentPort?.postMessage(await tryCanaries(workerData as CanaryRange))

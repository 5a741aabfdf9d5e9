/**
 * Counts the steps in which scans of the request bodies in `workerData` run, each in one chunk and in small
 * ones. V8 counts branches only in code that is loaded after it began to count, so this is a thread.
 *
 * @module
 */

import { parentPort, workerData } from 'node:worker_threads'
import { countSteps } from '../kit/work.ts'

const SMALL_BYTES = 7

async function scan(bytes: Uint8Array, chunkBytes: number): Promise<void> {
  const { DEFAULT_LIMITS, EnvelopeReader } = await import('../../src/ews/reader.ts')
  const reader = new EnvelopeReader(DEFAULT_LIMITS)
  for (let i = 0; i < bytes.length; i += chunkBytes) reader.write(bytes.subarray(i, i + chunkBytes))
  reader.end()
}

const bodies: readonly Uint8Array[] = workerData
const [, ...steps] = await countSteps('/src/xml/', [
  () => import('../../src/ews/reader.ts'),
  ...bodies.flatMap(body => [() => scan(body, body.length), () => scan(body, SMALL_BYTES)]),
])
parentPort?.postMessage(steps)

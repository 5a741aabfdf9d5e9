/**
 * Runs a sandbox in a thread of its own, and counts the objects there: in a process of many tests, each count
 * takes a second, because V8 collects and visits all objects.
 *
 * @module
 */

import { queryObjects } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import { startSandbox } from './client.ts'

const sandbox = await startSandbox({ keepSeen: 10 })
parentPort?.on('message', () => parentPort?.postMessage(queryObjects(Object, { format: 'count' })))
parentPort?.postMessage(sandbox.url)

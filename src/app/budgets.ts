/**
 * Creates a byte budget for each listener, so that requests of one listener cannot use the memory of another.
 *
 * @module
 */

import { totalmem } from 'node:os'
import { ByteBudget } from '../http/byte-budget.ts'
import type { Health } from '../telemetry/health.ts'
import { checkOpenFiles } from './open-files.ts'

const MAX_DEFAULT_BYTES = 268_435_456
/** Share of the process's memory that requests can use if the configuration doesn't set a limit. */
const DEFAULT_PART = 1 / 4
/** Share of the budget that is reserved for the control listener. */
const CONTROL_PART = 1 / 4
/**
 * Share of the budget that is reserved for the ops listener, so that probes and scrapes work even if other requests
 * use up the rest.
 */
const OPS_PART = 1 / 16

/** Byte budget of each listener. */
export type Budgets = Readonly<{
  data: ByteBudget
  control: ByteBudget
  ops: ByteBudget
}>

/** @param memoryBytes - `limits.memoryBytes`, if it is configured */
export function makeBudgets(memoryBytes = defaultBytes(usableMemory())): Budgets {
  const control = Math.floor(memoryBytes * CONTROL_PART)
  const ops = Math.floor(memoryBytes * OPS_PART)
  return {
    data: new ByteBudget(memoryBytes - control - ops),
    control: new ByteBudget(control),
    ops: new ByteBudget(ops),
  }
}

/** Default of `limits.memoryBytes`. @param usable - bytes of memory that the process can use */
export const defaultBytes = (usable: number): number =>
  Math.min(MAX_DEFAULT_BYTES, Math.floor(usable * DEFAULT_PART))

/** Returns the memory limit of the control group, or the memory of the machine. */
function usableMemory(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** Adds the readiness check `capacity`. A gateway that lacks memory or open files for requests is not ready. */
export function checkCapacity(
  health: Health,
  budget: Pick<ByteBudget, 'isExhausted'>,
  checkFiles: () => void = checkOpenFiles,
): void {
  health.add('memory', {
    kinds: ['ready'],
    check: () => {
      checkFiles()
      if (budget.isExhausted)
        throw new Error('Requests hold all memory of the byte budget. Raise limits.memoryBytes')
    },
  })
}

/**
 * The three listeners, which start together.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import { controlListener } from '../control/server.ts'
import type { GatewayPorts } from '../gateway/ports.ts'
import { gatewayListener } from '../gateway/server.ts'
import { type OpsPorts, opsListener } from '../telemetry/ops.ts'
import { CONSOLE_FOLDER } from './console-folder.ts'

export type Administration = Parameters<typeof controlListener>[2]

/** Starts all three listeners. If one fails, closes those that have started. */
export async function startListeners(
  { listen, tls, controlUrl }: Config,
  ports: GatewayPorts,
  administration: Administration,
  operations: OpsPorts,
) {
  const { settings } = ports
  const begun = new AsyncDisposableStack()
  try {
    const ops = await opsListener(operations).listen(listen.ops)
    begun.defer(() => ops.close(0))
    const control = await controlListener(
      tls,
      {
        ...settings,
        consoleFolder: CONSOLE_FOLDER,
        ...(controlUrl !== undefined && { controlUrl }),
      },
      administration,
    ).listen(listen.control)
    begun.defer(() => control.close(0))
    const data = await gatewayListener(tls, ports).listen({
      ...listen.data,
      shared: listen.shareData,
    })
    return { ops, control, data }
  } catch (error) {
    await begun.disposeAsync()
    throw error
  }
}

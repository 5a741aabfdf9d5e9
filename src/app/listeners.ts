/**
 * The three listeners, which start together.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import { controlListener } from '../control/server.ts'
import type { GatewayPorts } from '../gateway/ports.ts'
import { gatewayListener } from '../gateway/server.ts'
import type { Listener } from '../http/listener.ts'
import { CONSOLE_FOLDER } from './console-folder.ts'
import { opening } from './opening.ts'

export type Administration = Parameters<typeof controlListener>[2]

/**
 * Starts all three listeners. Closing closes the data and the control listener together, and leaves the ops listener to
 * the caller.
 *
 * @param ops - the ops listener
 */
export const startListeners = (
  { listen, tls, controlUrl, timeouts }: Config,
  ports: GatewayPorts,
  administration: Administration,
  ops: Listener,
) =>
  opening(async opened => {
    const { settings } = ports
    const drainMs = timeouts.drainSeconds * 1_000
    const control = controlListener(
      tls,
      {
        ...settings,
        consoleFolder: CONSOLE_FOLDER,
        ...(controlUrl !== undefined && { controlUrl }),
      },
      administration,
    )
    const data = gatewayListener(tls, ports)
    opened.defer(
      async () => void (await Promise.all([data.close(drainMs), control.close(drainMs)])),
    )
    await ops.listen(listen.ops)
    await control.listen(listen.control)
    await data.listen({ ...listen.data, shared: listen.shareData })
    return { control, data }
  })

/**
 * `ews-gateway serve`: runs until SIGTERM or SIGINT, and reloads on SIGHUP.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import { openSecretFiles } from '../config/secret-files.ts'
import { writeListenAddress } from '../model/listen-address.ts'
import { createLog, type Log, type LogDestination } from '../telemetry/log.ts'
import { MIGRATED } from './auditing.ts'
import { type Gateway, openStore, startGateway } from './compose.ts'
import { CONSOLE_NOT_BUILT, hasConsole } from './console-folder.ts'
import { collectAll } from './garbage.ts'
import { lockStore } from './policy.ts'
import { type SignalSource, stopSignalsOf } from './stop-signals.ts'
import { VERSION } from './version.ts'

type ServeOptions = Readonly<{
  /** Reads the configuration again, for a reload. */
  reread: () => Promise<Config>
  signals: SignalSource
  /** Destination of the log. By default, standard error. */
  log: LogDestination | undefined
}>

/** Runs the gateway until a signal stops it. @returns the exit code */
export async function runServe(config: Config, options: ServeOptions): Promise<number> {
  const { signals } = options
  const stopping = stopSignalsOf(signals)
  if (await stopping.haveArrived()) return 0
  const log = createLog(config.log.level, options.log)
  const opened = new AsyncDisposableStack()
  try {
    const onHangUp = () => void reload(gateway, options.reread, log)
    // Remains until everything is closed, because without a listener the signal would end the process.
    opened.defer(() => void signals.off('SIGHUP', onHangUp))
    opened.defer(await lockStore(config))
    const stored = await openStore(
      config,
      message => log.warn({}, message),
      migrated => log.info(migrated, MIGRATED),
    )
    const gateway = opened.adopt(await startGateway(config, stored, log), it => it.close())
    signals.on('SIGHUP', onHangUp)
    collectAll()
    if (!hasConsole()) log.warn({}, CONSOLE_NOT_BUILT)
    for (const warning of openSecretFiles(config)) log.warn({}, warning)
    log.info({ ...addressesOf(gateway, config), version: VERSION }, 'The gateway is ready')

    await stopping.first
    log.info({}, 'Shutting down; finishing requests in flight')
    stopping.hold(config.timeouts.drainSeconds * 1_000)
  } finally {
    await opened.disposeAsync()
  }
  return 0
}

/** Starts a new audit segment, and uses the certificate and the grants of the configuration, which it reads again. */
async function reload(gateway: Gateway, reread: ServeOptions['reread'], log: Log): Promise<void> {
  try {
    gateway.rotateAudit()
    log.info({}, 'A new audit segment begins because of SIGHUP')
  } catch (error) {
    log.error({ err: error }, 'Cannot begin a new audit segment; keeping the current one')
  }
  const next = await reread().catch((error: unknown) => {
    log.error({ err: error }, 'Cannot read the configuration again; keeping the current one')
  })
  if (!next) return
  try {
    if (next.tls) gateway.reloadTls(next.tls)
    if (next.tls) log.info({}, 'Certificate reloaded because of SIGHUP')
  } catch (error) {
    log.error({ err: error }, 'Cannot reload the certificate; keeping the current one')
  }
  try {
    if (gateway.reloadGrants(next)) log.info({}, 'Grants of people reloaded because of SIGHUP')
  } catch (error) {
    log.error({ err: error }, 'Cannot reload the grants of people; keeping the current ones')
  }
}

/** Returns the addresses of the listeners, with the actual ports if the configuration has port 0. */
function addressesOf({ dataPort, controlPort, opsPort }: Gateway, { listen }: Config) {
  const at = ({ host }: Readonly<{ host: string }>, port: number) =>
    writeListenAddress({ host, port })
  return {
    data: at(listen.data, dataPort),
    control: at(listen.control, controlPort),
    ops: at(listen.ops, opsPort),
  }
}

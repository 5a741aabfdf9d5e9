/**
 * A master, its replica, and three Sentinels that make the replica master when a test says so.
 *
 * They know each other from the start, because it would take them seconds to find out. Of their own accord they
 * do nothing: on a busy machine a master that answers late would be replaced.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { until } from '../until.ts'
import { freePort, remove, ServerProcess, temporaryFolder } from './process.ts'
import { RedisServer } from './redis.ts'

const NAME = 'ews'
const SENTINELS = 3

type Place = Readonly<{ port: number; id: string }>

const WATCHING = /\+monitor master/

const isOk = (answer: unknown) => answer === 'OK'

export class SentinelSetup {
  readonly name = NAME
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly #folder = temporaryFolder('sentinel')
  readonly #sentinels: ServerProcess[] = []
  #ports: readonly number[] = []

  private constructor(master: RedisServer, replica: RedisServer) {
    this.master = master
    this.replica = replica
  }

  static async start(): Promise<SentinelSetup> {
    const master = await RedisServer.start(['--repl-diskless-sync-delay', '0'])
    const replica = await RedisServer.start(['--replicaof', `127.0.0.1 ${master.port}`]).catch(
      async error => {
        await master.stop()
        throw error
      },
    )
    const setup = new SentinelSetup(master, replica)
    try {
      await replica.printed(/sync: Finished with success/)
      await setup.#watch()
    } catch (error) {
      await setup.stop()
      throw error
    }
    return setup
  }

  /** Ports of the Sentinels. */
  get ports(): readonly number[] {
    return this.#ports
  }

  /** Makes the replica master, as Sentinels do when they agree that the master is down. */
  async failOver(): Promise<void> {
    const redis = new Redis(this.#ports[0] ?? 0)
    try {
      await until('the failover begins', () => redis.call('SENTINEL', 'FAILOVER', NAME).then(isOk))
    } finally {
      redis.disconnect()
    }
    await this.replica.printed(/MASTER MODE enabled/)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sentinels.map(sentinel => sentinel.kill()))
    await Promise.all([this.master.stop(), this.replica.stop()])
    remove(this.#folder)
  }

  async #watch(): Promise<void> {
    const places: Place[] = []
    while (places.length < SENTINELS)
      places.push({ port: await freePort(), id: randomBytes(20).toString('hex') })
    this.#ports = places.map(({ port }) => port)
    for (const place of places) {
      const file = `${place.port}.conf`
      writeFileSync(join(this.#folder, file), this.#configuration(place, places))
      const command = ['redis-server', file, '--sentinel']
      this.#sentinels.push(await ServerProcess.start(command, this.#folder, WATCHING))
    }
  }

  #configuration({ port, id }: Place, places: readonly Place[]): string {
    const others = places.filter(other => other.port !== port)
    return [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel myid ${id}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${this.master.port} 2`,
      `sentinel down-after-milliseconds ${NAME} 3600000`,
      `sentinel failover-timeout ${NAME} 5000`,
      `sentinel known-replica ${NAME} 127.0.0.1 ${this.replica.port}`,
      ...others.map(other => `sentinel known-sentinel ${NAME} 127.0.0.1 ${other.port} ${other.id}`),
      '',
    ].join('\n')
  }
}

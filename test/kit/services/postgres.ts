/**
 * Runs a PostgreSQL server for tests, on a free port, in a folder that is removed at the end.
 *
 * The programs are those of the machine (Debian's package `postgresql`). As root, the server runs as the
 * user `postgres`, because PostgreSQL does not run as root. It sorts text by the English collation, not by
 * bytes.
 *
 * @module
 */

import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import {
  accessSync,
  chownSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import {
  freePort,
  remove,
  runKept,
  ServerProcess,
  stateOf,
  temporaryFolder,
  waitUntilStill,
} from './process.ts'

const run = promisify(execFile)

/**
 * Commits survive the death of the server, because the operating system has them, but not a power failure.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '200',
  shared_buffers: '32MB',
  jit: 'off',
  // In its folder, so that a server that is killed leaves nothing elsewhere.
  dynamic_shared_memory_type: 'mmap',
}

const READY = /database system is ready to accept connections/

export type PostgresSettings = Readonly<{
  /** Password of all users, for SCRAM. Without one, the server trusts everyone. */
  password?: string
  /** The server's certificate and private key, in PEM. */
  tls?: Readonly<{ certificate: string; privateKey: string }>
}>

/**
 * Returns the folder of PostgreSQL's programs, the latest version first. Undefined if PostgreSQL isn't
 * installed.
 */
function postgresFolder(): string | undefined {
  const versions = globSync('/usr/lib/postgresql/*/bin').sort((a, b) =>
    b.localeCompare(a, 'en', { numeric: true }),
  )
  const folders = [...versions, ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.find(folder => exists(join(folder, 'initdb')) && exists(join(folder, 'postgres')))
}

/** For tap: false, or why a test cannot run. */
export const withoutPostgres = postgresFolder() ? false : 'PostgreSQL is not installed'

/**
 * Takes all tables before the restore changes the first one. Otherwise, restore and gateways can wait for each other. It
 * never waits long while it has a part of the tables.
 */
const LOCK_TABLES = `do $$
declare
  tables text := (select string_agg(format('%I.%I', schemaname, tablename), ', ' order by tablename)
    from pg_tables where schemaname = current_schema());
begin
  set local lock_timeout = '200ms';
  while tables is not null loop
    begin
      execute 'lock table ' || tables || ' in access exclusive mode';
      exit;
    exception when lock_not_available then
      perform pg_sleep(0.1);
    end;
  end loop;
end $$;
`

const USER = 'postgres'
const TEXT = ['-E', 'UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US']
const TEMPLATES = join(import.meta.dirname, '../../../.tap/postgres')

export class PostgresServer {
  readonly host = '127.0.0.1'
  readonly user = USER
  readonly port: number
  readonly #folder = temporaryFolder('postgres')
  readonly #password: string | undefined
  #process: ServerProcess | undefined
  /** Process ID of the server. 0 if it isn't running. */
  #postmaster = 0
  #databases = 0

  private constructor(port: number, password: string | undefined) {
    this.port = port
    this.#password = password
  }

  static async start({ password, tls }: PostgresSettings = {}): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort(), password)
    try {
      chownSync(server.#folder, ...owner())
      await runKept(['cp', '-a', await templateOf(password), server.#data()], server.#folder)
      if (tls) await server.#takeTls(tls)
      await server.#begin()
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /** For programs that take one; without the password. */
  url(database: string): string {
    return `postgres://${this.user}@${this.host}:${this.port}/${database}`
  }

  /**
   * Creates a database.
   *
   * @param template - database to copy, which must have no open connections
   * @returns its name
   */
  async createDatabase(template = 'template0'): Promise<string> {
    this.#databases += 1
    const name = `test_${this.#databases}`
    // To copy files takes half of the CPU of the default, which writes each page to the log.
    const options = `template ${template} strategy file_copy`
    await this.query('postgres', `create database ${name} ${options}`)
    return name
  }

  /** Runs SQL on a connection of its own; of several statements there are no rows. */
  async query<T extends object>(database: string, text: string): Promise<readonly T[]> {
    const { host, port, user } = this
    const password = this.#password
    const client = new Client({ host, port, user, database, ...(password && { password }) })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return (await client.query<T>(text)).rows
    } finally {
      await client.end()
    }
  }

  /** Returns a database as SQL. Other connections can continue to use it. */
  async dump(database: string): Promise<string> {
    const options = { ...this.#clientOptions(), maxBuffer: 2 ** 30 }
    return (await run(program('pg_dump'), ['--clean', '--if-exists', database], options)).stdout
  }

  /**
   * Restores a database from a dump in one transaction. Others can use it concurrently.
   *
   * @throws Error with psql's own words if the dump cannot be restored
   */
  async restore(database: string, dump: string): Promise<void> {
    const args = ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-d', database]
    const restoring = run(program('psql'), args, this.#clientOptions())
    // If psql ends before it has read everything, its own words say why; not the broken pipe.
    restoring.child.stdin?.on('error', () => undefined).end(LOCK_TABLES + dump)
    await restoring
  }

  /** Ends it as an administrator does: sessions are cut, nothing is lost. */
  async shutDown(): Promise<void> {
    signalAll([this.#postmaster], 'SIGINT')
    while (isAlive(this.#postmaster)) await setTimeout(5)
    await this.kill()
  }

  /** Kills it and all its sessions at once: what was committed is there after a restart. */
  async kill(): Promise<void> {
    const processes = this.#processes()
    signalAll(processes, 'SIGKILL')
    await this.#process?.kill()
    while (processes.some(isAlive)) await setTimeout(5)
    this.#process = undefined
    this.#postmaster = 0
  }

  /** Holds every process of it: connections stay open, new ones begin, nothing is answered. */
  freeze(): void {
    freezeAll([this.#postmaster])
    // Only now, when it starts no session any more.
    freezeAll(this.#processes())
  }

  thaw(): void {
    signalAll(this.#processes(), 'SIGCONT')
  }

  /** Restarts the server with the same data on the same port. Shuts it down first if it is running. */
  async restart(): Promise<void> {
    if (this.#process) await this.shutDown()
    await this.#begin()
  }

  /** Kills it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill()
    remove(this.#folder)
  }

  async #takeTls({ certificate, privateKey }: NonNullable<PostgresSettings['tls']>) {
    await writeOwned(join(this.#data(), 'server.crt'), certificate)
    await writeOwned(join(this.#data(), 'server.key'), privateKey)
    await writeOwned(join(this.#data(), 'postgresql.auto.conf'), 'ssl = on\n')
  }

  async #begin(): Promise<void> {
    const settings = Object.entries({ ...SETTINGS, port: this.port })
    const place = ['-D', this.#data(), '-k', this.#folder]
    const options = settings.map(([name, value]) => `--${name}=${value}`)
    const command = asOwner([program('postgres'), ...place, ...options])
    this.#process = await ServerProcess.start(command, this.#folder, READY)
    const [pid] = readFileSync(join(this.#data(), 'postmaster.pid'), 'utf8').split('\n')
    this.#postmaster = Number(pid)
  }

  #data(): string {
    return join(this.#folder, 'data')
  }

  /** The postmaster first. Each leads a process group of its own, so that no group has them all. */
  #processes(): readonly number[] {
    if (this.#postmaster === 0) return []
    return [this.#postmaster, ...childrenOf(this.#postmaster)]
  }

  #clientOptions() {
    const { host: PGHOST, port, user: PGUSER } = this
    const PATH = process.env['PATH']
    const PGPASSWORD = this.#password ?? ''
    return { env: { PATH, PGHOST, PGPORT: `${port}`, PGUSER, PGPASSWORD }, cwd: tmpdir() }
  }
}

/**
 * Data folders for new servers, by password. They stay for later processes, because to copy one takes a tenth of the
 * CPU time of initdb.
 */
const templates = new Map<string | undefined, Promise<string>>()

function templateOf(password: string | undefined): Promise<string> {
  const template = templates.get(password) ?? keptTemplate(password)
  templates.set(password, template)
  return template
}

/** Returns a data folder of this version of PostgreSQL and this owner. Other processes can make it at the same time. */
async function keptTemplate(password: string | undefined): Promise<string> {
  const initdb = program('initdb')
  const { mtimeMs } = statSync(initdb)
  const mark = hash('sha256', JSON.stringify([initdb, mtimeMs, owner(), TEXT, password]))
  const kept = join(TEMPLATES, mark.slice(0, 16))
  if (existsSync(kept)) return kept
  const folder = temporaryFolder('postgres-template')
  mkdirSync(TEMPLATES, { recursive: true })
  const copy = `${kept}-${process.pid}`
  await run('cp', ['-a', await initialize(folder, password), copy])
  remove(folder)
  try {
    renameSync(copy, kept)
  } catch {
    // Another process was faster.
    remove(copy)
  }
  return kept
}

/** Makes a data folder in a folder. */
async function initialize(folder: string, password: string | undefined): Promise<string> {
  chownSync(folder, ...owner())
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')]
  await writeOwned(passwordFile, `${password ?? 'none'}\n`)
  const method = password === undefined ? 'trust' : 'scram-sha-256'
  const place = ['-D', data, '--pwfile', passwordFile, '--no-sync']
  const command = asOwner([program('initdb'), '-U', USER, '-A', method, ...place, ...TEXT])
  await run(command[0], command.slice(1), { cwd: folder })
  return data
}

async function writeOwned(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 })
  chownSync(file, ...owner())
}

const program = (name: string) => join(postgresFolder() ?? '', name)

function exists(file: string): boolean {
  try {
    accessSync(file)
    return true
  } catch {
    return false
  }
}

const isRoot = process.getuid?.() === 0

/** User and group of the files: `postgres` if this process runs as root. */
function owner(): [number, number] {
  if (!isRoot) return [process.getuid?.() ?? -1, process.getgid?.() ?? -1]
  const accounts = readFileSync('/etc/passwd', 'utf8')
  const [, user, group] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? []
  return [Number(user), Number(group)]
}

/** setpriv becomes the program, so that signals reach the program itself. */
function asOwner(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const fixed = ['LC_ALL=C.UTF-8', ...command] as const
  if (!isRoot) return ['env', ...fixed]
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', 'env', ...fixed]
}

/** By Linux's /proc. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(stateOf(name)[1]) === parent)
    .map(Number)
}

/** Returns whether a process is alive. A zombie is not. */
const isAlive = (pid: number) => !['Z', 'X', undefined].includes(stateOf(`${pid}`)[0])

/** Freezes the processes. Returns when all have stopped. */
export function freezeAll(processes: readonly number[]): void {
  signalAll(processes, 'SIGSTOP')
  waitUntilStill(processes)
}

function signalAll(processes: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of processes) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended already.
    }
  }
}

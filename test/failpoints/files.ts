/**
 * Makes points of the calls by which the audit writes files.
 *
 * @module
 */

import fs from 'node:fs'
import { relative } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import { begin, reach } from './points.ts'

const { existsSync, openSync, readlinkSync, rmSync } = fs
const { futimesSync, mkdirSync, write, writeSync } = fs
const { open } = fs.promises

function noSpace(): Error {
  const [errno] = [...getSystemErrorMap()].find(([, [code]]) => code === 'ENOSPC') ?? [-28]
  const message = 'ENOSPC: no space left on device, write'
  return Object.assign(new Error(message), { errno, code: 'ENOSPC', syscall: 'write' })
}

/** Returns the name of a file of the audit; undefined for all other files. */
function nameOf(path: unknown): string | undefined {
  const [folder, ...names] = relative('data', String(path)).split('/')
  if (folder === 'copy.jsonl') return 'copy'
  if (folder !== 'audit') return undefined
  return names[0]?.endsWith('.jsonl') ? 'segment' : names[0]
}

const openName = (fd: number) => nameOf(readlinkSync(`/proc/self/fd/${fd}`))

type Verb = 'create' | 'write' | 'touch' | 'remove'
/** Calls that need no room. */
const FREE: ReadonlySet<Verb> = new Set(['touch', 'remove'])

/** Makes a point of a call. @param half - does half of it */
function at<T>(verb: Verb, name: string | undefined, call: () => T, half?: () => void): T {
  if (name === undefined) return call()
  const point = begin(`${verb} ${name}`)
  if (point === undefined && FREE.has(verb)) return call()
  if (point === undefined) throw noSpace()
  if (half) reach(`within ${point}`, half)
  const result = call()
  reach(`after ${point}`)
  return result
}

const half = (data: Uint8Array) => data.subarray(0, data.length >> 1)

/** Replaces the functions of the file system. */
export function watchFiles(): void {
  fs.openSync = (path, flags, mode) =>
    at('create', `${flags}`.startsWith('r') || existsSync(path) ? undefined : nameOf(path), () =>
      openSync(path, flags, mode),
    )
  fs.mkdirSync = ((path: string, options: fs.MakeDirectoryOptions) =>
    at('create', existsSync(path) ? undefined : nameOf(path), () =>
      mkdirSync(path, options),
    )) as typeof mkdirSync
  fs.rmSync = (path, options) =>
    at('remove', existsSync(path) ? nameOf(path) : undefined, () => rmSync(path, options))
  fs.writeSync = ((fd: number, data: Uint8Array | string, ...more: never[]) =>
    at(
      'write',
      openName(fd),
      () => writeSync(fd, data as string, ...more),
      typeof data === 'string' ? undefined : () => writeSync(fd, half(data)),
    )) as typeof writeSync
  fs.futimesSync = (fd, ...times) => at('touch', openName(fd), () => futimesSync(fd, ...times))
  fs.write = watchedWrite()
  fs.promises.open = async (path, flags, mode) => {
    const makes = `${flags}`.startsWith('a') && !existsSync(String(path))
    await at('create', makes ? nameOf(path) : undefined, async () => undefined)
    return await open(path, flags, mode)
  }
}

function watchedWrite(): typeof write {
  const watched = (fd: number, data: Buffer, ...more: readonly unknown[]) => {
    const name = openName(fd)
    const [done] = more
    if (name === undefined || typeof done !== 'function')
      return (write as (...given: unknown[]) => void)(fd, data, ...more)
    try {
      const written = at(
        'write',
        name,
        () => writeSync(fd, data),
        () => writeSync(fd, half(data)),
      )
      done(null, written, data)
    } catch (error) {
      done(error)
    }
  }
  return watched as typeof write
}

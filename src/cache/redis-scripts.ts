/**
 * Scripts that Redis runs atomically, in Lua.
 *
 * A key is a hash with an expiry: `e` the epoch, `v` the version, `d` the sealed bytes, which a tombstone lacks.
 * Values in any other format are ignored.
 *
 * @module
 */

import type { Result } from 'ioredis'

/** Returns the version of a key in this epoch; -1 if there is none. */
const VERSION_OF = `
local function version_of(key, epoch)
  if redis.call('TYPE', key).ok ~= 'hash' or redis.call('PTTL', key) < 0 then return -1 end
  local e, v = unpack(redis.call('HMGET', key, 'e', 'v'))
  if e ~= epoch or not v or not string.find(v, '^%d+$') then return -1 end
  local version = tonumber(v)
  return version < 2^53 and version or -1
end`

const READ = `
local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'hash' then return false end
local life = redis.call('PTTL', key)
if life < 1 or redis.call('HSTRLEN', key, 'd') > tonumber(ARGV[1]) then return false end
local e, v, d = unpack(redis.call('HMGET', key, 'e', 'v', 'd'))
if not (e and v and d) then return false end
return { d, math.min(life, 2^52) }`

/**
 * Writes an entry, unless a newer one exists. If the memory of Redis is full, the script fails at its first write,
 * so that write contains the bytes.
 */
const PUT = `${VERSION_OF}
local key = KEYS[1]
local epoch, version, life, sealed = unpack(ARGV)
if version_of(key, epoch) > tonumber(version) then return end
local kind = redis.call('TYPE', key).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('UNLINK', key) end
redis.call('HSET', key, 'e', epoch, 'v', version, 'd', sealed)
redis.call('PEXPIRE', key, life)`

/** Deletes the old value first, so that a tombstone can be written even if the memory of Redis is full. */
const WRITE_TOMBSTONES = `${VERSION_OF}
local epoch, version, life = unpack(ARGV)
for _, key in ipairs(KEYS) do
  if version_of(key, epoch) < tonumber(version) then
    redis.call('UNLINK', key)
    redis.call('HSET', key, 'e', epoch, 'v', version)
    redis.call('PEXPIRE', key, life)
  end
end`

export const SCRIPTS = {
  readEntry: { lua: READ, numberOfKeys: 1 },
  putEntry: { lua: PUT, numberOfKeys: 1 },
  writeTombstones: { lua: WRITE_TOMBSTONES },
} as const

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** Returns the sealed bytes and their remaining lifetime in milliseconds; null if there is no valid entry. */
    readEntryBuffer(key: string, maxBytes: number): Result<[Buffer, number] | null, Context>
    putEntry(
      key: string,
      ...rest: [epoch: string, version: number, lifeMs: number, sealed: Buffer]
    ): Result<null, Context>
    /** @param rest - the keys, as many as `keys`, then epoch, version, and milliseconds */
    writeTombstones(keys: number, ...rest: (string | number)[]): Result<null, Context>
  }
}

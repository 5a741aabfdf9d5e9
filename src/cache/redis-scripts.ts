/**
 * What Redis does in one step, in its own language.
 *
 * A key is a hash with an end: `e` the epoch, `v` the version, `d` the sealed bytes, which a tombstone
 * has not. Whoever can write to Redis may have put anything else there: that counts as nothing.
 *
 * @module
 */

import type { Result } from 'ioredis'

/** The version that stands under a key in this epoch, else -1. */
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

/** Writes nothing before the bytes: a script that has written is not stopped where memory is full. */
const PUT = `${VERSION_OF}
local key = KEYS[1]
local epoch, version, life, sealed = unpack(ARGV)
if version_of(key, epoch) > tonumber(version) then return end
local kind = redis.call('TYPE', key).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('UNLINK', key) end
redis.call('HSET', key, 'e', epoch, 'v', version, 'd', sealed)
redis.call('PEXPIRE', key, life)`

/** Frees first, so that a tombstone gets in where memory is full. */
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
    /** The sealed bytes and the milliseconds that they have left; null for what counts as nothing. */
    readEntryBuffer(key: string, maxBytes: number): Result<[Buffer, number] | null, Context>
    putEntry(
      key: string,
      ...rest: [epoch: string, version: number, lifeMs: number, sealed: Buffer]
    ): Result<null, Context>
    /** @param rest - so many keys, then epoch, version and milliseconds */
    writeTombstones(keys: number, ...rest: (string | number)[]): Result<null, Context>
  }
}

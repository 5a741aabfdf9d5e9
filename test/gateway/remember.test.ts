/**
 * The cache of prologues: which bytes find which entry, and how much it keeps.
 */

import t from 'tap'
import type { Remembered } from '../../src/ews/reader.ts'
import { PrologueMemory } from '../../src/gateway/remember.ts'

const BODY = '<Envelope><Body>'
const OPERATION = '<GetItem/></Body></Envelope>'
const MAX_BYTES = 4_096

/** A prologue of some bytes, which begins with a name. */
const prologueOf = (name: string, bytes: number = 100) =>
  name.padEnd(bytes - BODY.length, ' ') + BODY

const remembered = (prologue: string) =>
  ({ scannerState: { offset: prologue.length } }) as unknown as Remembered

/** A cache in which prologues can be looked up as text. */
function open() {
  const memory = new PrologueMemory()
  const add = (prologue: string, principal = 'p', rest = OPERATION) => {
    const result = remembered(prologue)
    memory.add(principal, Buffer.from(prologue + rest), result)
    return result
  }
  const find = (text: string, principal = 'p') => memory.find(principal, Buffer.from(text))
  return { add, find }
}

t.test('PrologueMemory finds a prologue only by all of its bytes and its principal', async t => {
  const { add, find } = open()
  const [one, other] = [prologueOf('one'), prologueOf('other')]
  t.equal(find(one + OPERATION), undefined)
  const results = [add(one), add(other)]
  for (let round = 0; round < 2; round += 1) {
    t.equal(find(one + OPERATION), results[0])
    t.equal(find(`${one}<Other/>`), results[0], 'whatever follows')
    t.equal(find(one + OPERATION, 'another'), undefined)
    for (let at = 0; at < one.length; at += 1) {
      const changed = `${one.slice(0, at)}x${one.slice(at + 1)}`
      t.equal(find(changed + OPERATION), undefined, `a change at ${at}`)
      t.equal(find(one.slice(0, at)), undefined, `the first ${at} bytes`)
    }
    t.equal(find(other + OPERATION), results[1])
    t.equal(find(`${one} ${OPERATION}`), undefined, 'blanks before the operation')
  }
  t.equal(find(one + OPERATION), results[0])
  t.equal(find(one), results[0], 'the operation may arrive later')
})

t.test('PrologueMemory finds a prologue that is added after it was looked for', async t => {
  const { add, find } = open()
  add(prologueOf('another'))
  const late = prologueOf('late')
  t.equal(find(late + OPERATION), undefined)
  t.equal(find(late + OPERATION), undefined)
  t.equal(add(late), find(late + OPERATION))
})

t.test('PrologueMemory caches only short prologues that have arrived whole', async t => {
  for (const [bytes, rest, isCached] of [
    [MAX_BYTES, OPERATION, true],
    [MAX_BYTES + 1, OPERATION, false],
    [100, '', true],
  ] as const) {
    const { add, find } = open()
    const prologue = prologueOf('long', bytes)
    const result = add(prologue, 'p', rest)
    t.equal(find(prologue + OPERATION), isCached ? result : undefined, `${bytes} bytes`)
  }
  const memory = new PrologueMemory()
  const prologue = prologueOf('half')
  memory.add('p', Buffer.from(prologue), remembered(`${prologue} `))
  t.equal(memory.find('p', Buffer.from(prologue + OPERATION)), undefined, 'not whole')
})

t.test('PrologueMemory keeps 256 KiB for a principal, with 1 KiB beside each prologue', async t => {
  // 50 entries of 5 KiB, one of 1,124 bytes, and one that fits exactly, or by one byte does not.
  for (const [bytes, isKept] of [
    [3_996, true],
    [3_997, false],
  ] as const) {
    const { add, find } = open()
    const names = Array.from({ length: 50 }, (_, i) => prologueOf(`p${i}`, MAX_BYTES))
    const all = [...names, prologueOf('small', 100), prologueOf('last', bytes)]
    for (const prologue of all) add(prologue)
    const found = all.map(prologue => find(prologue + OPERATION) !== undefined)
    t.strictSame(found, [isKept, ...Array(51).fill(true)], `${bytes} bytes`)
    add(prologueOf('long', MAX_BYTES + 1))
    t.ok(find(prologueOf('p1', MAX_BYTES) + OPERATION), 'one that is too long displaces none')
  }
})

t.test('PrologueMemory keeps the last hit, even if other prologues displace it', async t => {
  const { add, find } = open()
  const last = prologueOf('last')
  const result = add(last)
  t.equal(find(last + OPERATION), result)
  for (let i = 0; i < 60; i += 1) add(prologueOf(`p${i}`, MAX_BYTES))
  t.equal(find(last + OPERATION), result)
  t.ok(find(prologueOf('p59', MAX_BYTES) + OPERATION))
  t.equal(find(last + OPERATION), undefined, 'until another one is hit')
})

t.test('PrologueMemory keeps the prologues of 256 principals', async t => {
  const { add, find } = open()
  const prologue = prologueOf('one')
  for (let i = 0; i < 256; i += 1) add(prologue, `${i}`)
  t.ok(find(prologue + OPERATION, '0'))
  add(prologue, '256')
  t.ok(find(prologue + OPERATION, '0'), 'it was used last')
  t.equal(find(prologue + OPERATION, '1'), undefined)
  t.ok(find(prologue + OPERATION, '2'))
  t.ok(find(prologue + OPERATION, '256'))
})

/**
 * R13 and R14 by comparison: the guard overlooks no text that any known reader takes for the tag of a
 * sender, of a rule, or of roaming data, and no organizer that a generous reader finds.
 */

import fc from 'fast-check'
import t from 'tap'
import { BOBS, mail, multipart, OWN, part, plain } from '../../fixtures/guard/calendars.ts'
import { byTag, create, message, mime, property, SAVED } from '../../fixtures/guard/row.ts'
import { SPELLINGS } from '../../fixtures/guard/spellings.ts'
import { organizerOf } from '../../sandbox/calendar-organizer.ts'
import { sloppyTag } from '../../sandbox/property-tag.ts'
import { runs } from '../kit/runs.ts'
import { guardOn } from './guard-cases.ts'

const SENDERS = [
  0x003b, 0x0041, 0x0042, 0x0064, 0x0065, 0x0c19, 0x0c1a, 0x0c1d, 0x0c1e, 0x0c1f, 0x5d01, 0x5d02,
]
const HIDDEN = [0x0e99, 0x0e9a, 0x65e9, 0x65ed, 0x6679, 0x6680, 0x7c06, 0x7c07, 0x7c08, 0x7c09]

/** Ways in which servers and languages read a number; NaN: no number. */
const READERS: readonly ((text: string) => number)[] = [
  text => sloppyTag(text) ?? Number.NaN,
  text => Number.parseInt(/^\s*\d+\s*$/.test(text) ? '' : text, 16),
  text => Number.parseInt(text, 10),
  text => Number(text),
  text => Number.parseFloat(text),
]

/** The tags that a number may be: itself, cut to 16 bits, or without the type that follows it. */
const tagsOf = (value: number): readonly number[] =>
  Number.isFinite(value)
    ? [value, Number(BigInt.asUintN(16, BigInt(Math.trunc(value)))), Math.trunc(value / 0x1_0000)]
    : []

const isTakenFor = (tags: readonly number[], text: string): boolean =>
  READERS.some(read => tagsOf(read(text)).some(tag => tags.includes(tag)))

const noise = fc.string({
  unit: fc.constantFrom(...'0123456789abcdefABCDEFxX+-._ \t#,oO'),
  maxLength: 6,
})
const written = fc
  .tuple(noise, fc.constantFrom(...SENDERS, ...HIDDEN), fc.constantFrom(...SPELLINGS), noise)
  .map(([before, tag, { write }, after]) => {
    const text = write(tag).replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    return before.length % 2 === 0 ? text + (after.length % 2 === 0 ? '' : after) : before + text
  })
const text = fc.oneof(
  written,
  noise,
  fc.nat(0x2_0000).map(String),
  fc.nat(0xffff_ffff).map(value => `0x${value.toString(16)}`),
)
const attribute = (value: string) =>
  byTag(value.replace(/[\t\n\r<&"\u00a0]/g, character => `&#${character.charCodeAt(0)};`))

for (const [name, tags, how] of [
  ['R13 a sender', SENDERS, undefined],
  ['R14 a rule or roaming data', HIDDEN, SAVED],
] as const) {
  const law = fc.check(
    fc.property(text, value => {
      if (!isTakenFor(tags, value)) return true
      const request = create(message(property(attribute(value))), how)
      return guardOn(request, { opaqueIds: 'allow' }) !== undefined
    }),
    { numRuns: runs(1_250) },
  )
  t.notOk(law.failed, `${name} is not overlooked, however its tag is written`, law)
}

const TYPES = ['text/calendar', 'TEXT/Calendar; charset=utf-8', 'text/calendar;\r\n method=REQUEST']
const ENCODINGS = ['8bit', 'base64', 'quoted-printable', 'QUOTED-PRINTABLE', '7bit', 'binary']

/** Messages of parts in parts. @param boundaryOf - makes the boundary of a multipart */
const treeOf = (boundaryOf: (drawn: number, parts: readonly string[]) => number) =>
  fc.letrec<{ tree: string; leaf: string }>(tie => ({
    leaf: fc.oneof(
      fc.constant(plain),
      fc
        .tuple(
          fc.constantFrom(...TYPES),
          fc.constantFrom(BOBS, BOBS, OWN),
          fc.constantFrom(...ENCODINGS),
        )
        .map(([type, calendar, encoding]) => part(type, calendar, encoding)),
    ),
    tree: fc.oneof(
      { maxDepth: 4 },
      tie('leaf'),
      fc
        .tuple(fc.array(tie('tree'), { minLength: 1, maxLength: 3 }), fc.nat(1_000_000))
        .map(([parts, drawn]) => multipart(parts, 'mixed', boundaryOf(drawn, parts))),
      tie('tree').map(inner => `Content-Type: message/rfc822\r\n\r\n${mail(inner)}`),
    ),
  })).tree

/** Makes all numbers of the same length. */
const WIDE = 1_000_000
/** A part that is inside another is shorter, so that no boundary begins with that of another. */
const clear = treeOf((_, parts) => WIDE + parts.join('').length)
/** Boundaries may be the same. */
const any = treeOf(drawn => drawn)

/** Small damage that mail suffers or an attacker does, at a place between 0 and 1. */
const DAMAGE: readonly ((text: string, at: number) => string)[] = [
  text => text,
  text => text.replaceAll('\r\n', '\n'),
  (text, at) => splice(text, at, 1, ''),
  (text, at) => splice(text, at, 0, ' '),
  (text, at) => splice(text, at, 0, '\r\n '),
  (text, at) => splice(text, at, 0, '\r\n'),
  (text, at) => splice(text, at, 0, '\0'),
  (text, at) => splice(text, at, 1, '='),
  (text, at) => {
    const start = Math.trunc(at * text.length)
    return text.slice(0, start) + text.slice(start).replace(/[a-z]+/, word => word.toUpperCase())
  },
  (text, at) => {
    const lines = text.split('\r\n')
    const line = Math.trunc(at * lines.length)
    return lines.toSpliced(line, 0, lines[line] ?? '').join('\r\n')
  },
]

const splice = (text: string, at: number, length: number, instead: string) => {
  const start = Math.trunc(at * text.length)
  return text.slice(0, start) + instead + text.slice(start + length)
}

const damaged = fc
  .tuple(
    any,
    fc.array(fc.tuple(fc.constantFrom(...DAMAGE), fc.double({ min: 0, max: 1, noNaN: true })), {
      maxLength: 4,
    }),
  )
  .map(([inner, harm]) => harm.reduce((text, [damage, at]) => damage(text, at), mail(inner)))

const found = fc.check(
  fc.property(damaged, content => {
    const organizer = organizerOf(Buffer.from(content))
    if (organizer === undefined || organizer.address.toLowerCase() === 'alice@example.com')
      return true
    return guardOn(create(`<t:Message>${mime(content)}</t:Message>`)) !== undefined
  }),
  { numRuns: runs(750) },
)
t.notOk(found.failed, 'R13 no organizer is overlooked that a generous reader finds', found)

const harmless = fc.check(
  fc.property(clear, inner => {
    const content = mail(inner)
    if (content.includes(BOBS) || organizerOf(Buffer.from(content)) !== undefined) return true
    return guardOn(create(`<t:Message>${mime(content)}</t:Message>`)) === undefined
  }),
  { numRuns: runs(125) },
)
t.notOk(harmless.failed, 'R13 a message without a calendar is sent', harmless)

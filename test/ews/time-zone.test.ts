/**
 * The header TimeZoneContext: what it can contain, and how the gateway writes it.
 */

import t from 'tap'
import { DEFAULT_LIMITS } from '../../src/ews/reader.ts'
import { TimeZonePart } from '../../src/ews/time-zone.ts'
import { TYPES_NS } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { Scanner } from '../../src/xml/scanner.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'

/** Reads a header. Returns it as the gateway writes it; undefined if it is rejected. */
function read(xml: string): string | undefined {
  const part = new TimeZonePart()
  const listener = {
    open: part.open.bind(part),
    close: part.close.bind(part),
    text: (bytes: Uint8Array, from: number, to: number) =>
      part.text(Buffer.from(bytes.subarray(from, to)).toString()),
    reference: (character: string) => part.text(character),
    comment: () => undefined,
  }
  try {
    const scanner = new Scanner(listener, new Vocabulary(), DEFAULT_LIMITS)
    scanner.write(Buffer.from(xml))
    scanner.end()
    return part.result().timeZoneContext
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    t.equal(error.reason, 'header-refused', xml)
    return undefined
  }
}
const context = (content: string) =>
  `<t:TimeZoneContext xmlns:t="${TYPES_NS}">${content}</t:TimeZoneContext>`
const written = (content: string) =>
  `<TimeZoneContext xmlns="${TYPES_NS}">${content}</TimeZoneContext>`

/** Elements of the schema, with their attributes, and whether they contain text. */
const ELEMENTS = [
  ['TimeZoneDefinition', ['Id', 'Name'], false],
  ['Periods', [], false],
  ['Period', ['Bias', 'Name', 'Id'], false],
  ['TransitionsGroups', [], false],
  ['TransitionsGroup', ['Id'], false],
  ['Transitions', [], false],
  ['Transition', [], false],
  ['AbsoluteDateTransition', [], false],
  ['RecurringDateTransition', [], false],
  ['RecurringDayTransition', [], false],
  ['To', ['Kind'], true],
  ['DateTime', [], true],
  ['TimeOffset', [], true],
  ['Month', [], true],
  ['Day', [], true],
  ['DayOfWeek', [], true],
  ['Occurrence', [], true],
] as const

for (const [name, attributes, hasText] of ELEMENTS) {
  t.equal(
    read(context(`<t:${name}></t:${name}>`)),
    written(`<${name}></${name}>`),
    `TimeZonePart reads ${name}`,
  )
  for (const attribute of ['Id', 'Name', 'Bias', 'Kind', 'Other'])
    t.equal(
      read(context(`<t:${name} ${attribute}="a&amp;b&quot;"></t:${name}>`)),
      (attributes as readonly string[]).includes(attribute)
        ? written(`<${name} ${attribute}="a&amp;b&quot;"></${name}>`)
        : undefined,
      `${name} with the attribute ${attribute}`,
    )
  t.equal(
    read(context(`<t:${name}>a&lt;b</t:${name}>`)),
    hasText ? written(`<${name}>a&lt;b</${name}>`) : undefined,
    `${name} with text`,
  )
  t.equal(
    read(context(`<t:${name}> </t:${name}>`)),
    written(hasText ? `<${name}> </${name}>` : `<${name}></${name}>`),
    `${name} with a blank`,
  )
  t.equal(
    read(context(`<t:${name}><t:Periods></t:Periods></t:${name}>`)),
    hasText ? undefined : written(`<${name}><Periods></Periods></${name}>`),
    `${name} with an element`,
  )
  t.equal(read(context(`<o:${name} xmlns:o="urn:other"/>`)), undefined, `another ${name}`)
  t.equal(read(`<${name} xmlns="${TYPES_NS}"/>`), undefined, `${name} as the root`)
}

/** Documents, and how the gateway writes them; undefined: it rejects them. */
for (const [name, xml, expected] of [
  ['nothing', context(''), written('')],
  ['a default namespace', `<TimeZoneContext xmlns="${TYPES_NS}"></TimeZoneContext>`, written('')],
  ['a root with an attribute', context('').replace(' xmlns', ' Id="x" xmlns'), undefined],
  ['another root', context('').replaceAll('Context', 'Contexts'), undefined],
  ['a root in another namespace', context('').replace(TYPES_NS, 'urn:other'), undefined],
  ['a context in a context', context('<t:TimeZoneContext/>'), undefined],
  ['an unknown element', context('<t:Mailbox/>'), undefined],
  ['text', context('x'), undefined],
  ['blanks', context(' \n'), written('')],
  ['text behind a leaf', context('<t:To></t:To>x'), undefined],
  [
    'an element behind a leaf',
    context('<t:To></t:To><t:Day></t:Day>'),
    written('<To></To><Day></Day>'),
  ],
  [
    'text in a leaf far inside',
    context('<t:Transitions><t:Transition><t:To>x</t:To></t:Transition></t:Transitions>'),
    written('<Transitions><Transition><To>x</To></Transition></Transitions>'),
  ],
  [
    'all attributes of a period',
    context('<t:Period Name="n" Id="i" Bias="b"></t:Period>'),
    written('<Period Name="n" Id="i" Bias="b"></Period>'),
  ],
] as const)
  t.equal(read(xml), expected, `TimeZonePart reads ${name}`)

t.match(new TimeZonePart().failure('x'), { reason: 'header-refused', message: 'x' })

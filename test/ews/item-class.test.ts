/**
 * R14: classes of items whose text arrives in any form.
 */

import t from 'tap'
import { ItemClass } from '../../src/ews/item-class.ts'

/** Reads a text in chunks, each in the middle of a larger buffer. */
function read(itemClass: ItemClass, ...chunks: readonly string[]) {
  itemClass.begin(3, 'Value')
  for (const chunk of chunks) {
    const bytes = Buffer.from(`IP${chunk}IPM.Rule`, 'latin1')
    itemClass.add(bytes, 2, 2 + chunk.length)
  }
  const { text, isFull } = itemClass
  return { text, isFull, kind: itemClass.end() }
}

/** Texts, and what is kept of them. */
for (const [name, chunks, expected] of [
  ['a rule', ['IPM.Rule'], { text: 'IPM.Rule', kind: 'rule' }],
  ['a rule in pieces', ['I', '', 'PM.Ru', 'le'], { text: 'IPM.Rule', kind: 'rule' }],
  ['a rule behind blanks', [' \t\r\n', ' IPM.Rule'], { text: 'IPM.Rule', kind: 'rule' }],
  ['a rule that is cut', ['IPM.Rul'], { text: 'IPM.Rul', kind: 'other' }],
  ['blanks in a class', ['IPM. Rule'], { text: 'IPM. Rule', kind: 'other' }],
  ['an app', ['IPM.Configuration.ClientExtension.1'], { kind: 'app' }],
  ['nothing', [], { text: '', kind: 'other' }],
  ['blanks', [' \n '], { text: '', kind: 'other' }],
  ['bytes above ASCII', ['\xe9\xff'], { text: '\xe9\xff', kind: 'other' }],
] as const)
  t.hasStrict(read(new ItemClass(), ...chunks), { isFull: false, ...expected }, `R14 ${name}`)

t.test('R14 ItemClass keeps 64 bytes, without white space before them', async t => {
  const text = `IPM.Rule.${'x'.repeat(100)}`
  for (const length of [63, 64, 65, 100])
    for (const at of [0, 1, 62, 63])
      for (const blanks of ['', ' '.repeat(80)]) {
        const whole = text.slice(0, length)
        const result = read(new ItemClass(), blanks, whole.slice(0, at), whole.slice(at))
        const expected = { text: text.slice(0, Math.min(64, length)), isFull: length >= 64 }
        t.hasStrict(result, { ...expected, kind: 'rule' }, `${length} bytes, split at ${at}`)
      }
})

t.test('R14 ItemClass reads characters that are written as references', async t => {
  const itemClass = new ItemClass()
  itemClass.begin(1, 'ItemClass')
  itemClass.addCharacter('\t')
  for (const character of 'IPM.Rule') itemClass.addCharacter(character)
  t.equal(itemClass.text, 'IPM.Rule')
  for (let n = 8; n < 70; n++) itemClass.addCharacter('\u0178')
  t.equal(itemClass.text, `IPM.Rule${'x'.repeat(56)}`)
  t.equal(itemClass.isFull, true)
  t.equal(itemClass.end(), 'rule')
})

t.test('R14 ItemClass reads one text after the other', async t => {
  const itemClass = new ItemClass()
  t.strictSame([itemClass.open, itemClass.depth, itemClass.element], [false, undefined, ''])
  t.equal(itemClass.text, '')
  itemClass.begin(0, 'Value')
  t.strictSame([itemClass.open, itemClass.depth, itemClass.element], [true, 0, 'Value'])
  itemClass.end()
  t.strictSame([itemClass.open, itemClass.depth, itemClass.element], [false, undefined, 'Value'])
  t.equal(read(itemClass, 'IPM.Rule.Message').kind, 'rule')
  t.hasStrict(read(itemClass, 'IPM.Note'), { text: 'IPM.Note', kind: 'other' })
  t.hasStrict(read(itemClass, 'x'), { text: 'x', kind: 'other' })
})

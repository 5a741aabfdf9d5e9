import { deepStrictEqual as deepEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { t as element, XmlElement } from '../../sandbox/xml.ts'
import { readXml } from '../../sandbox/xml-read.ts'
import { writeXml } from '../../sandbox/xml-write.ts'
import { TYPES } from './client.ts'

const name = fc.stringMatching(/^[A-Z][A-Za-z]{0,8}$/)
const text = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter(value => /^[^\p{Cc}\p{Cs}\ufffe\uffff]*$/u.test(value))
const { tree } = fc.letrec<{ tree: XmlElement }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(name, fc.dictionary(name, text, { noNullPrototype: true }), text)
      .map(([name, attributes, text]) => new XmlElement('t', name, attributes, [], text)),
    fc
      .tuple(name, fc.array(tie('tree'), { minLength: 1, maxLength: 4 }))
      .map(([name, children]) => new XmlElement('t', name, {}, children, '')),
  ),
}))

const document = (inside: string) => Buffer.from(`<t:Root xmlns:t="${TYPES}">${inside}</t:Root>`)

t.test('readXml() reads the output of writeXml()', async t => {
  const roundTrip = fc.property(tree, given => {
    deepEqual(readXml(document(writeXml(given)), false).children, [given])
  })
  t.doesNotThrow(() => fc.assert(roundTrip, { numRuns: 200 }))
})

t.test('readXml() reads long texts, plain or not', async t => {
  for (const long of [
    'QUJD'.repeat(40_000),
    'é'.repeat(70_000),
    'a &amp; b '.repeat(10_000),
    `<![CDATA[${'<x>'.repeat(40_000)}]]>`,
    `${'ab'.repeat(40_000)}<![CDATA[${'cd'.repeat(40_000)}]]>`,
    `>${'ab'.repeat(40_000)}<!-- ${'-'.repeat(0)}${'ef'.repeat(40_000)} -->`,
  ]) {
    const expected = long
      .replace(/<!--.*-->/, '')
      .replace(/<!\[CDATA\[|\]\]>/g, '')
      .replaceAll('&amp;', '&')
    const read = readXml(document(`<t:Content>${long}</t:Content><t:Name>n</t:Name>`), false)
    t.ok(read.textAt('Content') === expected)
    t.equal(read.textAt('Name'), 'n')
  }
})

t.test('writeXml() omits characters that XML cannot represent', async t => {
  t.equal(writeXml(element('A', 'x\u0000\u0008\ud800\uffffy😀')), '<t:A>xy😀</t:A>')
})

t.test('XmlElement.attribute() returns only own attributes', async t => {
  t.equal(element('A', { Id: 'x' }).attribute('Id'), 'x')
  t.equal(element('A').attribute('constructor'), undefined)
})

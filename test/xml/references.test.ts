import t from 'tap'
import { referenced } from '../../src/xml/references.ts'

for (const [name, character] of [
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
  ['#65', 'A'],
  ['#x41', 'A'],
  ['#x0000000000041', 'A'],
  ['#xe9', 'é'],
  ['#xE9', 'é'],
  ['#x10FFFF', '\u{10ffff}'],
  ['#1114111', '\u{10ffff}'],
  ['#9', '\t'],
  ['#xFFFD', '\ufffd'],
  ['', undefined],
  ['LT', undefined],
  ['l', undefined],
  ['ltt', undefined],
  ['nbsp', undefined],
  ['#', undefined],
  ['#x', undefined],
  ['#X41', undefined],
  ['#x41 ', undefined],
  ['# 65', undefined],
  ['#+65', undefined],
  ['#-65', undefined],
  ['#6e1', undefined],
  ['#4A', undefined],
  ['#x4G', undefined],
  ['#x4@', undefined],
  ['#x4`', undefined],
  ['#0', undefined],
  ['#x8', undefined],
  ['#xD800', undefined],
  ['#xDFFF', undefined],
  ['#xFFFE', undefined],
  ['#x110000', undefined],
  ['#x100000041', undefined],
  ['#xFFFFFFFFFFFFFF', undefined],
  ['#99999999999999', undefined],
] as const)
  t.test(`referenced() of &${name};`, async t => {
    const bytes = Buffer.from(`41${name}41`)
    t.equal(referenced(bytes, 2, bytes.length - 2), character)
  })

/**
 * Each tag: its names, attributes, and place, and another scan that begins there.
 */

import t from 'tap'
import { INCOMPLETE } from '../../src/xml/attribute-value.ts'
import { DEFAULT_LIMITS } from '../../src/xml/limits.ts'
import { Namespaces } from '../../src/xml/namespaces.ts'
import { ScanBuffer } from '../../src/xml/scan-buffer.ts'
import { Scanner, type ScannerState } from '../../src/xml/scanner.ts'
import { Tag } from '../../src/xml/tag.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'
import { counted } from './counted.ts'

const VOCABULARY = new Vocabulary(
  local => ({ local, meaning: local === 'c' ? 4 : 0 }),
  ['urn:a', 'urn:p'],
)

type Told = { text: string; events: unknown[]; states: ScannerState[] }

/** Scans the rest of a document, in chunks of a length. */
function scan(document: Buffer, length: number, state?: ScannerState): Told {
  const told: Told = { text: '', events: [], states: [] }
  const scanner: Scanner = new Scanner(
    {
      open: (tag: Tag) => {
        told.states.push(scanner.saveState())
        told.events.push(['open', document.subarray(tag.start, tag.end).toString(), tag.depth])
        told.events.push(tag.namespace, tag.empty, attributesOf(tag), tag.declared())
      },
      close: ({ written, meaning }, depth, end) => {
        told.events.push(['close', written, meaning, depth, end])
      },
      text: (bytes, from, to, isCdata) => {
        const text = Buffer.from(bytes.subarray(from, to)).toString('latin1')
        t.ok(isCdata || to > from, 'no text is told that is empty')
        told.text += isCdata ? `[${text}]` : text
      },
      reference: character => {
        told.text += character
      },
      comment: () => {
        told.events.push('comment')
      },
    },
    VOCABULARY,
    DEFAULT_LIMITS,
    state,
  )
  for (let at = state?.offset ?? 0; at < document.length; at += length)
    scanner.write(document.subarray(at, at + length))
  scanner.end()
  return told
}

function attributesOf(tag: Tag) {
  const names = tag.attributes.map(({ written }) => written)
  t.equal(tag.hasAttributes, names.length > 0)
  t.equal(tag.attribute('none'), undefined)
  return names.map((written, i) => [
    written,
    tag.resolve(tag.attributeName(i).prefix),
    tag.attribute(written),
    Buffer.from(tag.bytes).subarray(tag.valueStart(i), tag.valueEnd(i)).toString('latin1'),
  ])
}

const DOCUMENT = Buffer.from(
  '\ufeff<?xml version="1.0"?>\n<a xmlns="urn:a">1<p:b y="&#65;&lt;\r\n\t" xmlns:p="urn:p" p:y=\'é\'>' +
    '2é<c x=""/>x>y&amp;<c xmlns=""></c></p:b><!-- - --><d xmlns:p="urn:q" p:z="1" z="2" p:b="3"/>3<![CDATA[]]><![CDATA[4]]>5</a>',
)
const TEXT = '12éx>y&3[][][4]5'
const at = (text: string) => DOCUMENT.indexOf(text)
const after = (text: string) => at(text) + text.length

const EVENTS = [
  ['open', '<a xmlns="urn:a">', 0],
  'urn:a',
  false,
  [],
  [['', 'urn:a']],
  ['open', '<p:b y="&#65;&lt;\r\n\t" xmlns:p="urn:p" p:y=\'é\'>', 1],
  'urn:p',
  false,
  [
    ['y', 'urn:a', 'A<  ', '&#65;&lt;\r\n\t'],
    ['p:y', 'urn:p', 'é', 'Ã©'],
  ],
  [['p', 'urn:p']],
  ['open', '<c x=""/>', 2],
  'urn:a',
  true,
  [['x', 'urn:a', '', '']],
  [],
  ['close', 'c', 4, 2, after('<c x=""/>')],
  ['open', '<c xmlns="">', 2],
  '',
  false,
  [],
  [['', '']],
  ['close', 'c', 4, 2, after('</c>')],
  ['close', 'p:b', 0, 1, DOCUMENT.indexOf('</p:b>') + 6],
  'comment',
  ['open', '<d xmlns:p="urn:q" p:z="1" z="2" p:b="3"/>', 1],
  'urn:a',
  true,
  [
    ['p:z', 'urn:q', '1', '1'],
    ['z', 'urn:a', '2', '2'],
    ['p:b', 'urn:q', '3', '3'],
  ],
  [['p', 'urn:q']],
  ['close', 'd', 0, 1, after('p:b="3"/>')],
  ['close', 'a', 0, 0, DOCUMENT.length],
]

t.test('Scanner reports names, namespaces, attributes, and positions, in any chunks', async t => {
  for (const length of [1, 2, 7, DOCUMENT.length]) {
    const { text, events } = scan(DOCUMENT, length)
    t.equal(Buffer.from(text, 'latin1').toString(), TEXT)
    t.strictSame(events, EVENTS, `in chunks of ${length}`)
  }
})

t.test('Scanner reports all text of CDATA sections, and the start of each', async t => {
  for (const text of [
    '',
    ']',
    ']]',
    ']]]',
    'a]',
    ']a',
    ']]a',
    'a]]b]]]',
    ']>',
    ']] >',
    '>',
    'é]漢',
  ]) {
    const document = Buffer.from(`<a><![CDATA[${text}]]></a>`)
    for (const length of [1, 2, 3, document.length]) {
      let told = ''
      let begun = 0
      const ignore = () => undefined
      const scanner = new Scanner(
        {
          open: ignore,
          close: ignore,
          reference: ignore,
          comment: ignore,
          text: (bytes, from, to, isCdata) => {
            t.ok(isCdata && to >= from)
            if (from === to) begun += 1
            told += Buffer.from(bytes.subarray(from, to)).toString('latin1')
          },
        },
        VOCABULARY,
        DEFAULT_LIMITS,
      )
      for (let at = 0; at < document.length; at += length)
        scanner.write(document.subarray(at, at + length))
      scanner.end()
      t.equal(Buffer.from(told, 'latin1').toString(), text, `${text} in chunks of ${length}`)
      t.equal(begun, 1)
    }
  }
})

t.test('Scanner continues from each start tag as after the text before it', async t => {
  const opens = EVENTS.flatMap((event, i) => (Array.isArray(event) && event[0] === 'open' ? i : []))
  for (const length of [1, DOCUMENT.length]) {
    const { states } = scan(DOCUMENT, length)
    t.equal(states.length, opens.length)
    for (const [i, state] of states.entries())
      for (const length of [1, DOCUMENT.length])
        t.strictSame(scan(DOCUMENT, length, state).events, EVENTS.slice(opens[i]))
  }
})

t.test('Scanner continues from a start tag whose namespaces end with it', async t => {
  const document = Buffer.from('<a xmlns="urn:a"><b xmlns="urn:b" xmlns:p="urn:p"/><c/></a>')
  const { events, states } = scan(document, document.length)
  t.strictSame(scan(document, document.length, states[1]).events, events.slice(5))
  t.equal(events.at(-6), 'urn:a', 'namespace of the last start tag')
  const declared = [
    ['', 'urn:b'],
    ['p', 'urn:p'],
  ]
  t.strictSame(events[9], declared, 'namespaces of the tag between')
})

t.test('Scanner.settled is where the next element can begin or end', async t => {
  const ignore = () => undefined
  const listener = { open: ignore, close: ignore, text: ignore, reference: ignore, comment: ignore }
  const scanner = new Scanner(listener, VOCABULARY, DEFAULT_LIMITS)
  t.equal(scanner.settled, 0)
  for (const [chunk, settled] of [
    ['<?xml version', 0],
    ['="1.0"?>', 21],
    ['<a>x', 25],
    ['y<b', 26],
    [' c="1"', 26],
    ['/>', 36],
    ['</', 36],
    ['a', 36],
    ['>', 40],
  ] as const) {
    scanner.write(Buffer.from(chunk))
    t.equal(scanner.settled, settled, chunk)
  }
  scanner.end()
})

const newTag = () => new Tag(DEFAULT_LIMITS, VOCABULARY, new Namespaces())

t.test('Tag is empty of values before it reads a tag', async t => {
  const { name, namespace, empty, depth, start, end, mark, hasAttributes } = newTag()
  t.match(name, { written: '', prefix: '', local: '', meaning: 0 })
  t.strictSame([namespace, empty, hasAttributes], ['', false, false])
  t.strictSame([depth, start, end, mark], [0, 0, 0, 0])
})

for (const tag of ['<ab ', '<ab c ', '<ab c= ', '<ab c="1" ', '</ab ', '<ab', '<ab c="1"', '<ab/'])
  t.test(`Tag reads no byte after ${tag} if its bytes end there`, async t => {
    const { bytes, reads } = counted(Buffer.from(`${tag}   d="2"/>`))
    const end = tag.startsWith('</')
      ? newTag().readEnd(bytes, 0, tag.length, undefined)
      : newTag().readStart(new ScanBuffer(bytes), 0, tag.length)
    t.equal(end, INCOMPLETE)
    t.strictSame(
      reads.filter(offset => !(offset < tag.length)),
      [],
    )
  })

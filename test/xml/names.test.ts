import t from 'tap'
import { Failure } from '../../src/model/failure.ts'
import type { Limits } from '../../src/xml/limits.ts'
import { type Name, NO_NAME } from '../../src/xml/names.ts'
import { Scanner } from '../../src/xml/scanner.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'

const LIMITS: Limits = {
  bodyBytes: 1_000,
  prologueBytes: 1_000,
  depth: 4,
  attributes: 4,
  nameBytes: 100,
}
/** Remembers names over all documents of this file. */
const VOCABULARY = new Vocabulary()
/** Far more than names are remembered, so that some take the place of others. */
const NAMES = 20_000

/** The name of a document's root. */
const rootOf = (document: Uint8Array, limits: Limits = LIMITS) =>
  rootName(document, VOCABULARY, limits).written

function rootName(document: Uint8Array, vocabulary: Vocabulary, limits: Limits): Name {
  let root = NO_NAME
  const scanner = new Scanner(
    {
      open: tag => {
        root = tag.name
      },
      close: () => undefined,
      text: () => undefined,
      reference: () => undefined,
      comment: () => undefined,
    },
    vocabulary,
    limits,
  )
  scanner.write(document)
  scanner.end()
  return root
}

const nameOf = (number: number) => `x${number.toString(36).padStart(6, '0')}`
const documentOf = (number: number) => Buffer.from(`<${nameOf(number)}/>`)

t.test('Scanner reports every name as written, however many there are', async t => {
  const wrong: string[] = []
  for (let number = 0; number < NAMES; number++)
    for (const again of [number, number >> 1])
      if (rootOf(documentOf(again)) !== nameOf(again)) wrong.push(nameOf(again))
  t.strictSame(wrong, [])
})

t.test('Scanner reports names correctly after its cache was overwritten', async t => {
  const earlier = documentOf(NAMES)
  rootOf(earlier)
  const wrong: string[] = []
  for (let number = 0; number < NAMES; number++) {
    const document = documentOf(number)
    document.copy(earlier)
    if (rootOf(document) !== nameOf(number)) wrong.push(nameOf(number))
  }
  t.strictSame(wrong, [])
})

for (const [what, document, nameBytes] of [
  ['is longer than it may be', Buffer.from('<remembered/>'), 9],
  ['continues with another letter', Buffer.from('<rememberedé/>'), 100],
  ['continues with a broken letter', Buffer.from('<remembered\xff/>', 'latin1'), 100],
  ['is but a beginning', Buffer.from('<remember\xff/>', 'latin1'), 100],
] as const)
  t.test(`Scanner rejects a cached name if it ${what}`, async t => {
    // Twice, so that it is what comes first in a document.
    for (let i = 0; i < 2; i++) rootOf(Buffer.from('<remembered/>'))
    t.throws(() => rootOf(document, { ...LIMITS, nameBytes }), Failure)
  })

t.test('Vocabulary has its own meanings, independent of other caches', async t => {
  const meaningOf = (vocabulary: Vocabulary, document: string) =>
    rootName(Buffer.from(document), vocabulary, LIMITS).meaning
  const one = new Vocabulary(local => ({ local, meaning: local === 'known' ? 1 : 0 }))
  const two = new Vocabulary(local => ({ local, meaning: local === 'known' ? 2 : 4 }))
  const none = new Vocabulary()
  // Twice, so that each name is also read from what is remembered.
  for (let i = 0; i < 2; i++)
    for (const document of ['<known/>', '<p:known xmlns:p="urn:p"/>', '<other/>']) {
      const isKnown = document.includes('known')
      t.equal(meaningOf(one, document), isKnown ? 1 : 0, document)
      t.equal(meaningOf(two, document), isKnown ? 2 : 4, document)
      t.equal(meaningOf(none, document), 0, document)
    }
})

t.test('Vocabulary matches a namespace by its exact bytes', async t => {
  const vocabulary = new Vocabulary(undefined, ['urn:a', 'urn:bc'])
  const found = (text: string) => vocabulary.namespace(Buffer.from(`"${text}"`), 1, text.length + 1)
  t.equal(found('urn:a'), 'urn:a')
  t.equal(found('urn:bc'), 'urn:bc')
  for (const other of ['', 'urn:', 'urn:b', 'urn:ab', 'URN:A']) t.equal(found(other), undefined)
})

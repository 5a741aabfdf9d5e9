/**
 * Whole tags and plain text are read fast, in place; what is cut is kept and read slowly. Both must
 * tell of the same.
 */

import fc from 'fast-check'
import t from 'tap'
import { Failure } from '../../src/model/failure.ts'
import { DEFAULT_LIMITS } from '../../src/xml/limits.ts'
import type { Listener } from '../../src/xml/listener.ts'
import { Scanner } from '../../src/xml/scanner.ts'
import type { Tag } from '../../src/xml/tag.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'
import { damagedRequest, mutatedRequest, realRequests, xmlSoup } from '../ews/generators.ts'
import { runs } from '../kit/runs.ts'
import { readsOf } from './counted.ts'

const SEED = 20261124

/** Collects all events of a listener. Joins text that arrives in chunks. */
class Events implements Listener {
  readonly #events: string[] = []
  #text = ''
  #cdata = false

  get all(): readonly string[] {
    this.#flush()
    return this.#events
  }

  open(tag: Tag): void {
    const attributes = Array.from(
      { length: tag.attributeCount },
      (_, i) => `${tag.attributeName(i).written}=${tag.value(i)}`,
    )
    const { name, namespace, depth, start, end, empty } = tag
    this.#add(['open', name.written, namespace, depth, start, end, empty, attributes])
  }

  close({ written }: { written: string }, depth: number, end: number): void {
    this.#add(['close', written, depth, end])
  }

  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    if (cdata !== this.#cdata || (cdata && from === to)) this.#flush()
    this.#cdata = cdata
    this.#text += Buffer.from(bytes.subarray(from, to)).toString('latin1')
    if (cdata && from === to) this.#add(['an empty CDATA section is reported'])
  }

  reference(character: string): void {
    this.#add(['reference', character])
  }

  comment(): void {
    this.#add(['comment'])
  }

  #flush(): void {
    if (this.#text !== '') this.#events.push(`${this.#cdata ? 'CDATA' : 'text'} ${this.#text}`)
    this.#text = ''
  }

  #add(event: readonly unknown[]): void {
    this.#flush()
    this.#events.push(JSON.stringify(event))
  }
}

/** Returns the events of a document that arrives in chunks. A rejected document has only one. */
function scanned(chunks: Iterable<Uint8Array>): readonly string[] {
  const events = new Events()
  const scanner = new Scanner(events, new Vocabulary(), DEFAULT_LIMITS)
  try {
    for (const chunk of chunks) scanner.write(chunk)
    scanner.end()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // A rejected document can have fewer events, and text outside the root is checked chunk by chunk.
    return ['refused']
  }
  return events.all
}

/** Yields chunks of a length, each in its own memory, at an even or odd address. */
function* inChunks(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) {
    const part = bytes.subarray(at, at + length)
    const chunk = new Uint8Array(new ArrayBuffer(part.length + 1), at & 1, part.length)
    chunk.set(part)
    yield chunk
  }
}

const encode = (text: string): Uint8Array => Buffer.from(text)

t.test('Scanner reports the same events in any chunks', async () => {
  const requests = realRequests()
  const documents = fc.oneof(
    fc.constantFrom(...requests).map(encode),
    mutatedRequest(requests).map(encode),
    damagedRequest(requests),
    xmlSoup.map(encode),
  )
  fc.assert(
    fc.property(documents, fc.integer({ min: 2, max: 200 }), (bytes, length) => {
      const whole = JSON.stringify(scanned([bytes]))
      for (const chunks of [1, length]) {
        const cut = JSON.stringify(scanned(inChunks(bytes, chunks)))
        if (cut !== whole) throw new Error(`whole: ${whole}, in chunks of ${chunks}: ${cut}`)
      }
    }),
    { seed: SEED, numRuns: runs(250) },
  )
})

t.test('Scanner reports the same events wherever a document is cut in two', async t => {
  const document = encode(
    '<a xmlns="urn:a" xmlns:p="urn:p"><p:b x="1" p:x=\'&lt;"\'>]]é&#x20;]>漢</p:b >' +
      '<![CDATA[]]]]]>]]<c/>><d\n/><e >😀</e><![CDATA[x]]></a>\n<!-- - -->',
  )
  const whole = scanned([document])
  t.ok(whole.length > 10)
  for (let at = 0; at <= document.length; at++)
    t.strictSame(scanned([document.subarray(0, at), document.subarray(at)]), whole, `at ${at}`)
})

for (const [document, is] of [
  ['<a>]]></a>', 'refused'],
  ['<a>]]]></a>', 'refused'],
  ['<a><b/>]]></a>', 'refused'],
  ['<a>&lt;]]></a>', 'refused'],
  ['<a>é]]></a>', 'refused'],
  ['<a><![CDATA[x]]>]]></a>', 'refused'],
  ['<a>]]&#62;</a>', 'accepted'],
  ['<a>]>]>></a>', 'accepted'],
  ['<a>]<b/>]></a>', 'accepted'],
  ['<a>]<b/>></a>', 'accepted'],
  ['<a>]]<b/>></a>', 'accepted'],
  ['<a>]]<![CDATA[]]>></a>', 'accepted'],
  ['<a>]]<![CDATA[>]]></a>', 'accepted'],
  ['<a b="]]>">></a>', 'accepted'],
] as const)
  t.test(`Scanner: ${document} is ${is}, in any chunks`, async t => {
    const bytes = encode(document)
    const outcome = (chunks: Iterable<Uint8Array>) =>
      scanned(chunks)[0] === 'refused' ? 'refused' : 'accepted'
    for (let at = 0; at <= bytes.length; at++)
      t.equal(outcome([bytes.subarray(0, at), bytes.subarray(at)]), is)
    t.equal(outcome(inChunks(bytes, 1)), is)
  })

/** Chunks inside the root element `a`, and the most reads of their bytes. Runs of plain text are read as pairs. */
for (const [chunk, most] of [
  ['', 1],
  ['</a>', 6],
  ['x</a>', 6],
  ['<b></b>', 16],
  ['<b/>', 12],
  ['xx', 1],
  ['xxx', 2],
  ['x]]]', 2],
  ['漢漢漢漢', 28],
] as const)
  t.test(`Scanner reads few bytes of ${chunk} one by one`, async t => {
    const scanner = new Scanner(new Events(), new Vocabulary(), DEFAULT_LIMITS)
    scanner.write(new TextEncoder().encode('<a>'))
    // In memory of its own, because a chunk at an odd address is read in other pairs.
    const bytes = Uint8Array.from(encode(chunk))
    const reads = readsOf(bytes, counted => scanner.write(counted))
    t.ok(reads <= most, `${reads} reads`)
  })

t.test('Scanner reports text of the first chunk without a copy', async t => {
  const chunk = encode('<a>text</a>')
  const memory = new Set<ArrayBufferLike>()
  const events = new Events()
  events.text = ({ buffer }) => memory.add(buffer)
  new Scanner(events, new Vocabulary(), DEFAULT_LIMITS).write(chunk)
  t.equal(memory.size, 1)
  t.ok(memory.has(chunk.buffer))
})

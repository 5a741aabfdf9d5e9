import fc from 'fast-check'
import t from 'tap'
import { NOTHING_YET, readServerVersion, VersionWatch } from '../../src/upstream/version.ts'

const NUMBERS = 'MajorVersion="15" MinorVersion="2" MajorBuildNumber="2562" MinorBuildNumber="17"'
const VERSION = {
  majorVersion: 15,
  minorVersion: 2,
  majorBuildNumber: 2562,
  minorBuildNumber: 17,
  version: 'V2_23',
}

for (const [tag, version] of [
  [`<h:ServerVersionInfo ${NUMBERS} Version="V2_23"`, VERSION],
  [`<ServerVersionInfo ${NUMBERS} Version="V2_23" xmlns:h="urn:x" xmlns="urn:y"/`, VERSION],
  [`<t:ServerVersionInfo\n ${NUMBERS.replaceAll('"', "'")}\tVersion = 'V2_23' /`, VERSION],
  [`<t:ServerVersionInfo ${NUMBERS}`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version=""`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="V2 23"`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="${'V'.repeat(33)}"`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="&lt;"`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="V2_23" Version="V2_24"`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="V2_23" x`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS.replace('15', '-1')} Version="V2_23"`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS.replace('15', '1e3')} Version="V2_23"`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS.replace('15', '1234567890')} Version="V2_23"`, undefined],
  [`<t:ServerVersionInfoX ${NUMBERS} Version="V2_23"`, undefined],
  [`<a:b:ServerVersionInfo ${NUMBERS} Version="V2_23"`, undefined],
  [`</t:ServerVersionInfo`, undefined],
  ['', undefined],
] as const) {
  t.strictSame(readServerVersion(tag), version, `R30 readServerVersion() of ${tag}`)
}

const HEAD = '<?xml version="1.0"?><s:Envelope xmlns:s="urn:s"><s:Header>'
const ENVELOPE = `${HEAD}<h:ServerVersionInfo ${NUMBERS} Version="V2_23"/></s:Header><s:Body><m:x/></s:Body>`

/** Gives an answer in pieces, as long as more is wanted; says how many were looked at. */
function watch(watch: VersionWatch, pieces: readonly Uint8Array[]): number {
  let before: Uint8Array | undefined = NOTHING_YET
  let looked = 0
  for (const piece of pieces) {
    if (before === undefined) break
    before = watch.look(before, piece)
    looked += 1
  }
  return looked
}

const cut = (text: string, at: readonly number[]) => {
  const bytes = Buffer.from(text)
  const ends = [...at].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

const anyCut = fc.property(fc.array(fc.nat(ENVELOPE.length), { maxLength: 9 }), at => {
  const versions = new VersionWatch()
  watch(versions, cut(ENVELOPE, at))
  return versions.version?.version === 'V2_23'
})
t.doesNotThrow(() => fc.assert(anyCut), 'VersionWatch reads an answer however it is cut')

t.test('VersionWatch stops looking', async t => {
  const versions = new VersionWatch()
  const bodies = [Buffer.from(`${HEAD}</s:Header><s:Body>`), Buffer.from('x')]
  t.equal(watch(versions, bodies), 1, 'at the body')
  const long = Array.from({ length: 9 }, () => Buffer.alloc(1024, ' '))
  t.equal(watch(versions, long), 4, 'after 4 KiB')
  t.equal(watch(versions, [Buffer.alloc(9000, ' '), Buffer.from(ENVELOPE)]), 1)
  t.equal(versions.version, undefined)
  t.equal(watch(versions, [Buffer.from(ENVELOPE), Buffer.from('x')]), 1, 'when it has been found')
  t.strictSame(versions.version, VERSION)
})

t.test('VersionWatch keeps what it knows until another whole one comes', async t => {
  const versions = new VersionWatch()
  watch(versions, [Buffer.from(ENVELOPE)])
  const known = versions.version
  watch(versions, [Buffer.from(ENVELOPE)])
  t.equal(versions.version, known, 'the same is not read again')
  watch(versions, [Buffer.from(ENVELOPE.replace('V2_23', 'V2 23'))])
  t.equal(versions.version, known)
  watch(versions, [Buffer.from(ENVELOPE.replace('2562', '2563'))])
  t.equal(versions.version?.majorBuildNumber, 2563)
})

t.test('VersionWatch leaves the pieces alone', async t => {
  const piece = Buffer.from(ENVELOPE)
  watch(new VersionWatch(), [piece])
  t.equal(piece.toString(), ENVELOPE)
})

t.test('VersionWatch follows a server, wherever the element stands', async t => {
  const versions = new VersionWatch()
  const updated = ENVELOPE.replace('V2_23', 'V2_24')
  const moved = ENVELOPE.replace('<s:Header>', '<s:Header >')
  for (const [envelope, version] of [
    [ENVELOPE, 'V2_23'],
    [ENVELOPE, 'V2_23'],
    [updated, 'V2_24'],
    [moved, 'V2_23'],
    [moved, 'V2_23'],
    [updated, 'V2_24'],
  ] as const) {
    watch(versions, [Buffer.from(envelope)])
    t.equal(versions.version?.version, version)
  }
})

/**
 * Requests of the gateway itself: the reader of requests reads them like those of a client.
 */

import t from 'tap'
import { OWN_END_TAGS, ownPrologue } from '../../src/ews/own-prologue.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import { rebuildHead, rebuildTail } from '../../src/ews/rebuild.ts'

const OPERATION = '<m:GetFolder><m:FolderIds><t:FolderId Id="x"/></m:FolderIds></m:GetFolder>'

t.test('ownPrologue() is the prologue of a request that the reader reads', async t => {
  const prologue = ownPrologue('Exchange2013_SP1')
  const bytes = Buffer.concat([
    rebuildHead(prologue, 'ann@example.com'),
    Buffer.from(OPERATION),
    rebuildTail(prologue, OWN_END_TAGS),
  ])
  const reading = readEnvelope(bytes)
  t.strictSame(reading.prologue, {
    ...prologue,
    connectingSid: { kind: 'PrimarySmtpAddress', value: 'ann@example.com' },
    requestElement: 'GetFolder',
    length: bytes.indexOf('<m:GetFolder>'),
  })
  t.match(reading.facts, { folders: ['x'], content: { isWhole: true } })
  t.equal(bytes.length - reading.operationEnd, OWN_END_TAGS)
  t.ok(bytes.toString().endsWith(`${OPERATION}</s:Body></s:Envelope>`), 'no blanks')
})

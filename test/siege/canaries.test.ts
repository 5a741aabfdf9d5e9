/** 6,000 requests of the part `canaries`, half of them mutants of real ones. `npm run test:all` runs others. */

import t from 'tap'
import { ROOT } from '../kit/checkout.ts'
import { canaries } from './canaries.ts'
import { CanaryMailboxes } from './canary-mailboxes.ts'
import { ACTOR } from './canary-table.ts'
import { requestOf } from './seeds.ts'

const COUNT = 6_000
/** One of this many requests is a mutant of a real one. */
const MUTANTS = 2
const SEED = 20_261_128

t.test('R34 R44 no request has an effect that the documentation excludes', async t => {
  const options = { root: ROOT, seed: SEED, short: true, count: COUNT, mutants: MUTANTS }
  const { findings, lines } = await canaries(options)
  t.strictSame(findings, [], lines.join('\n'))
})

t.test('every canary is heard in clear and in base64, and every change is undone', t => {
  const mailboxes = new CanaryMailboxes()
  const heard = (operation: string) =>
    mailboxes.run(Buffer.from(requestOf(operation)), false, ({ answer }) =>
      mailboxes.heardIn(answer),
    )
  for (const place of mailboxes.places.filter(({ owner }) => owner === ACTOR)) {
    const item = `<t:ItemId Id="${place.itemId}"/>`
    const read = `<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ItemIds>${item}</m:ItemIds></m:GetItem>`
    const mime = read.replace(
      '</t:BaseShape>',
      '</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>',
    )
    const exported = `<m:ExportItems><m:ItemIds>${item}</m:ItemIds></m:ExportItems>`
    const file = `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${place.attachmentId}"/></m:AttachmentIds></m:GetAttachment>`
    const deleted = `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${item}</m:ItemIds></m:DeleteItem>`
    heard(deleted)
    for (const operation of [read, mime, exported, file])
      if (!heard(operation).includes(place)) t.fail(`${place.kind} ${place.name}: ${operation}`)
  }
  t.equal(mailboxes.places.length, 204, 'canaries in each folder of four mailboxes')
  t.end()
})

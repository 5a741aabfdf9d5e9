/**
 * How many different values of each kind a request may name: one more is told as being unknown.
 */

import t from 'tap'
import { Distinct } from '../../src/ews/distinct.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { idIn, requestWith } from '../policy/guard-cases.ts'

const mailbox = (n: number) =>
  `<t:Mailbox><t:EmailAddress>u${n}@example.com</t:EmailAddress></t:Mailbox>`
const guid = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

type Row = readonly [
  what: string,
  most: number,
  request: (content: string) => string,
  one: (n: number) => string,
  isUnknown: (facts: BodyFacts) => boolean,
]

const rows: readonly Row[] = [
  [
    'mailboxes',
    500,
    content => `<m:GetFolder><m:FolderIds>${content}</m:FolderIds></m:GetFolder>`,
    n => `<t:DistinguishedFolderId Id="inbox">${mailbox(n)}</t:DistinguishedFolderId>`,
    facts => facts.unknownMailbox,
  ],
  [
    'mailboxes that ids point into',
    500,
    content => `<m:GetItem><m:ItemIds>${content}</m:ItemIds></m:GetItem>`,
    n => `<t:ItemId Id="${idIn(guid(n))}"/>`,
    facts => facts.unknownMailbox,
  ],
  [
    'subscriptions',
    200,
    content =>
      `<m:GetStreamingEvents><m:SubscriptionIds>${content}</m:SubscriptionIds></m:GetStreamingEvents>`,
    n => `<t:SubscriptionId>s${n}</t:SubscriptionId>`,
    facts => facts.unknownSubscription,
  ],
  [
    'senders',
    20,
    content =>
      '<m:CreateItem MessageDisposition="SendOnly"><m:Items>' +
      `<t:Message>${content}</t:Message></m:Items></m:CreateItem>`,
    n => `<t:From>${mailbox(n)}</t:From>`,
    facts => facts.unknownSender,
  ],
]

for (const [what, most, request, one, isUnknown] of rows)
  t.test(`a request can name at most ${most} different ${what}`, async t => {
    const factsOf = (count: number) => {
      const content = Array.from({ length: count }, (_, n) => one(n)).join('')
      return readEnvelope(requestWith(request(content))).facts
    }
    t.equal(isUnknown(factsOf(most)), false)
    t.equal(isUnknown(factsOf(most + 1)), true)
  })

t.test('Distinct keeps values in order, each once', async t => {
  const some = new Distinct<string>(2)
  t.strictSame(some.values, [])
  t.ok(some.add('b', 'b'))
  t.ok(some.add('b', 'b'))
  t.ok(some.add('a', 'a'))
  t.notOk(some.add('c', 'c'))
  t.strictSame(some.values, ['b', 'a'])
})

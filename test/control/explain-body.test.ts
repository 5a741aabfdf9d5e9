import t from 'tap'
import { subscriptionHash } from '../../src/gateway/subscriptions.ts'
import type { UserId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { ORGANIZATION } from '../kit/control-test-server.ts'
import { NEW_GUARD } from '../kit/guard.ts'
import { GUIDS, idIn, requestWith } from '../policy/guard-cases.ts'
import {
  ALLOWED,
  ANN,
  BOB,
  type Checks,
  explain,
  makeWorld,
  RULES,
  type World,
} from './explained-world.ts'

const GUARD = { ...NEW_GUARD, Mailboxes: 'permitted' }

const bodyWith = (element: string) => requestWith(element).toString()
const GET_FOLDER = (mailbox = '') =>
  bodyWith(
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
      `<t:DistinguishedFolderId Id="inbox">${mailbox}</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`,
  )
const OF_BOB = `<t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></t:Mailbox>`
const SEND_AS = (address: string) =>
  bodyWith(
    '<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:Message><t:From><t:Mailbox>' +
      `<t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:From></t:Message></m:Items></m:CreateItem>`,
  )
const SEND_STORED = bodyWith(
  `<m:SendItem SaveItemToFolder="false"><m:ItemIds><t:ItemId Id="${idIn(GUIDS.ann)}" ChangeKey="c"/>` +
    '</m:ItemIds></m:SendItem>',
)
const PUSH = bodyWith(
  '<m:Subscribe><m:PushSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/>' +
    '</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>' +
    '<t:StatusFrequency>1</t:StatusFrequency><t:URL>http://192.0.2.9/</t:URL>' +
    '</m:PushSubscriptionRequest></m:Subscribe>',
)
const EVENTS = (id: string) =>
  bodyWith(
    `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId>` +
      '</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>',
  )

async function subscribe({ control, role, tool }: World, user: UserId): Promise<void> {
  await control.store.putSubscription({
    organizationId: ORGANIZATION,
    idHash: subscriptionHash('of-the-tool'),
    userId: user,
    others: [],
    roleId: roleId(role),
    principalId: principalId(tool),
    lifeMs: 60_000,
    expiresAt: Date.now() + 3_600_000,
  })
}

t.test('ExplainDecision evaluates a body, and never asks the upstream', async t => {
  const world = await makeWorld(t)
  const { tool, control } = world
  await subscribe(world, await control.userId(ANN))
  const permitted = { Draft: { Rules: RULES, Guard: GUARD } }
  const asPermitted = { Draft: { Rules: RULES, Guard: { ...GUARD, Senders: 'permitted' } } }
  const asTool = { PrincipalId: tool }
  const usual = { ...ALLOWED, Body: 'PASS' }
  const denied = (reason: string) => ['DENY Body', { Body: reason }] as const
  const unknown = ['UNKNOWN', { Body: 'UNKNOWN' }] as const
  const called = { PrincipalTime: 'PASS', CallerPolicy: 'PASS' }
  const rows: readonly (readonly [string, string, object, string, Checks])[] = [
    ['a folder of the user', GET_FOLDER(), {}, 'ALLOW', {}],
    ['a folder of another user', GET_FOLDER(OF_BOB), {}, ...denied('foreign-mailbox')],
    ['a folder of a permitted user', GET_FOLDER(OF_BOB), permitted, 'ALLOW', {}],
    ['mail of the user', SEND_AS(ANN), {}, 'ALLOW', {}],
    ['mail of another user', SEND_AS(BOB), {}, ...denied('sender-refused')],
    ['mail of a permitted user', SEND_AS(BOB), permitted, ...denied('sender-refused')],
    ['mail of a permitted sender', SEND_AS(BOB), asPermitted, 'ALLOW', {}],
    ['a stored item', SEND_STORED, {}, ...unknown],
    ['a push subscription', PUSH, {}, ...denied('push-subscription')],
    ['a subscription without a caller', EVENTS('of-the-tool'), {}, ...unknown],
    ['a subscription of the caller', EVENTS('of-the-tool'), asTool, 'ALLOW', called],
    [
      'a subscription of another caller',
      EVENTS('of-another'),
      asTool,
      'DENY Body',
      { ...called, Body: 'foreign-subscription' },
    ],
  ]
  for (const [what, RequestBody, input, verdict, checks] of rows) {
    const explained = await explain(world, { RequestBody, ...input }, usual)
    t.strictSame([explained.verdict, explained.checks], [verdict, checks], what)
    t.match(explained.target, { Kind: 'USER', Email: ANN })
  }
  const unnamed = GET_FOLDER().replace(/<s:Header>.*<\/s:Header>/, '')
  t.match((await explain(world, { RequestBody: unnamed })).verdict, 'DENY Target')
})

t.test('ExplainDecision rejects inputs that contradict each other', async t => {
  const world = await makeWorld(t)
  const RequestBody = GET_FOLDER()
  const twice = GET_FOLDER().replace(
    /(<t:ExchangeImpersonation>.*<\/t:ExchangeImpersonation>)/,
    '$1$1',
  )
  for (const [input, problem] of [
    [{}, /^Operation or RequestBody must be given$/],
    [
      { RequestBody, Operation: 'GetFolder' },
      /^Operation must be omitted, because RequestBody contains it$/,
    ],
    [
      { RequestBody, Operation: 'GetFolder', TargetUser: ANN },
      /^Operation must be omitted.*; TargetUser must be omitted/,
    ],
    [{ RequestBody: 'GetFolder' }, /^RequestBody is rejected \(envelope-malformed\): /],
    [{ RequestBody: `${RequestBody}<x/>` }, /^RequestBody is rejected \(envelope-malformed\): /],
    [
      { RequestBody: RequestBody.slice(0, -5) },
      /^RequestBody is rejected \(envelope-malformed\): /,
    ],
    [{ RequestBody: twice }, /^RequestBody is rejected \([a-z-]+\): /],
    [{ RequestBody: `<!DOCTYPE x>${RequestBody}` }, /^RequestBody is rejected \([a-z-]+\): /],
    [{ RequestBody: RequestBody + ' '.repeat(262_144) }, /^RequestBody must be an EWS request/],
    [{ RequestBody, PrincipalId: 'none' }, /^The principal none does not exist$/],
    [{ RequestBody, UserNameMailbox: 'ann' }, /^UserNameMailbox must be the address/],
  ] as const)
    t.match((await explain(world, input)).verdict, problem)
})

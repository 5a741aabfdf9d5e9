import t from 'tap'
import { writeId } from '../../sandbox/ids.ts'
import { watchMailboxes } from '../../src/app/mailboxes.ts'
import { Failure } from '../../src/model/failure.ts'
import { type Organization, organizationId, type User, userId } from '../../src/model/identity.ts'
import { Health } from '../../src/telemetry/health.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { folderResponse, responseTo } from '../kit/responses.ts'

const ID = organizationId('m-0123456789abcdef0123456789abcdef')
const MINUTE = 60_000
const HOUR = 3_600_000
const guidOf = (n: number) => `0000000${n}-0000-4000-8000-000000000000`
const [ONE, TWO] = [guidOf(1), guidOf(2)]
const user = (name: string, address = `${name}@example.com`): User => ({
  id: userId(name),
  primarySmtpAddress: address,
  aliases: [],
  enabled: true,
})
const [ceo, dave, eve] = [user('ceo'), user('dave'), user('eve')]

const NO_MAILBOX = responseTo(
  'GetFolder',
  '<m:ResponseCode>ErrorNonExistentMailbox</m:ResponseCode>',
)

/**
 * Starts a watch with an upstream that knows the mailbox of each address, and collects everything that the
 * watch reports.
 */
function startWatching() {
  const mailboxes = new Map<string, string | Failure>()
  const asked: string[] = []
  const lines: string[] = []
  const clock = { now: 1_000 }
  /** Answers wait here until the test releases them, if it holds them. */
  const held: (() => void)[] = []
  const options = { isHolding: false }
  const send: Upstream['send'] = ({ anchorMailbox }: UpstreamRequest, sink) => {
    asked.push(anchorMailbox)
    const answer = () => {
      const guid = mailboxes.get(anchorMailbox)
      if (guid instanceof Failure) return sink.fail(guid)
      sink.chunk(Buffer.from(guid ? folderResponse(writeId({ guid, folder: 1 })) : NO_MAILBOX))
      sink.end()
    }
    if (options.isHolding) held.push(answer)
    else queueMicrotask(answer)
    return {
      isSent: true,
      responseCode: undefined,
      isFault: false,
      itemCount: undefined,
      resume: () => undefined,
      abort: () => undefined,
    }
  }
  const organization: Organization = { id: ID, alias: 'example', serviceAddresses: [] }
  const served = { organization, upstream: { send } as Upstream }
  const metrics = new Metrics({ version: '1', organizations: [ID] })
  const health = new Health(() => clock.now)
  const log = createLog('info', { write: line => lines.push(line) })
  const owners = watchMailboxes({ metrics, log, health, now: () => clock.now })
  return {
    mailboxes,
    clock,
    held,
    options,
    /** The addresses that were asked about since the last call. */
    asked: () => asked.splice(0),
    /** Returns the log lines since the last call. */
    logged: () =>
      lines.splice(0).map(line => {
        const { level, msg, users } = JSON.parse(line)
        return [level, msg, users]
      }),
    gauge: async () =>
      /^ews_gateway_shared_mailboxes\{organization="m-0[^}]*\} (\d+)$/m.exec(
        await metrics.render(),
      )?.[1],
    ready: async () => (await health.report('ready')).checks['mailboxes'],
    ownersOf: (guids: readonly string[], ...users: readonly User[]) =>
      owners.ownersOf(served, guids, users, 'tool'),
    isShared: (user: User) => owners.isShared(served, user, 'tool'),
  }
}

const SHARED = 'Several users have the same mailbox; denying all of them'
const SETTLED = 'These users no longer have the same mailbox'

t.test('R3 a mailbox of two users belongs to neither, and this is reported once', async t => {
  const { mailboxes, asked, logged, gauge, ready, ownersOf, isShared } = startWatching()
  for (const { primarySmtpAddress } of [ceo, dave]) mailboxes.set(primarySmtpAddress, ONE)
  mailboxes.set(eve.primarySmtpAddress, TWO)
  t.strictSame(await ownersOf([ONE], ceo), [ceo.id])
  t.strictSame(await ownersOf([TWO], eve), [eve.id])
  for (const one of [ceo, dave, eve]) t.equal(await isShared(one), false)
  t.strictSame(asked(), ['ceo@example.com', 'eve@example.com'], 'isShared() asks nothing')
  t.strictSame([await gauge(), await ready()], ['0', { status: 'pass', ms: 0 }])

  t.strictSame(await ownersOf([ONE], dave), [undefined])
  t.strictSame(asked(), ['dave@example.com', 'ceo@example.com'], 'the other is asked about again')
  t.strictSame(logged(), [['error', SHARED, ['ceo', 'dave']]])
  t.strictSame(await ownersOf([ONE], ceo), [undefined])
  t.strictSame(await ownersOf([ONE], ceo, dave), [undefined])
  t.strictSame(await ownersOf([ONE, TWO], eve), [undefined, eve.id])
  t.strictSame(
    [await isShared(ceo), await isShared(dave), await isShared(eve)],
    [true, true, false],
  )
  t.strictSame(logged(), [], 'it is reported once')
  t.equal(await gauge(), '1')
})

t.test('R3 a third user of a shared mailbox is denied, too', async t => {
  const { mailboxes, asked, logged, gauge, ownersOf, isShared } = startWatching()
  for (const { primarySmtpAddress } of [ceo, dave, eve]) mailboxes.set(primarySmtpAddress, ONE)
  await ownersOf([ONE], ceo)
  await ownersOf([ONE], dave)
  asked()
  t.strictSame(await ownersOf([ONE], eve), [undefined])
  t.strictSame(asked(), ['eve@example.com'], 'the others are known')
  t.match(logged(), [[], ['error', SHARED, ['ceo', 'dave', 'eve']]])
  for (const one of [ceo, dave, eve]) t.equal(await isShared(one), true)
  t.equal(await gauge(), '1')
})

t.test('R3 neither time nor a rename ends the conflict of two users', async t => {
  const { mailboxes, clock, asked, ownersOf, isShared } = startWatching()
  for (const { primarySmtpAddress } of [ceo, dave]) mailboxes.set(primarySmtpAddress, ONE)
  mailboxes.set('renamed@example.com', TWO)
  await ownersOf([ONE], ceo)
  clock.now += HOUR
  t.strictSame(await ownersOf([ONE], dave), [undefined], 'what is old counts')
  const renamed = user('ceo', 'renamed@example.com')
  t.strictSame(await ownersOf([TWO], renamed), [ceo.id])
  asked()
  for (let i = 0; i < 3; i += 1) {
    clock.now += 24 * HOUR
    t.equal(await isShared(dave), true)
    t.equal(await isShared(renamed), true)
    t.strictSame(await ownersOf([ONE], dave), [undefined])
  }
})

t.test('a user who is learned again is looked up once', async t => {
  const { mailboxes, clock, asked, ownersOf } = startWatching()
  mailboxes.set(ceo.primarySmtpAddress, ONE)
  for (let i = 0; i < 2; i += 1) {
    t.strictSame(await ownersOf([ONE], ceo), [ceo.id])
    t.strictSame(asked(), ['ceo@example.com'])
    clock.now += HOUR
  }
})

t.test('R3 the conflict keeps the address that a user had when the mailbox was shared', async t => {
  const { mailboxes, clock, asked, ownersOf, isShared } = startWatching()
  const renamed = user('dave', 'renamed@example.com')
  for (const { primarySmtpAddress } of [ceo, dave, renamed]) mailboxes.set(primarySmtpAddress, ONE)
  for (const one of [ceo, dave, renamed]) await ownersOf([ONE], one)
  mailboxes.set('renamed@example.com', TWO)
  asked()
  clock.now += MINUTE
  t.equal(await isShared(renamed), true)
  t.strictSame(asked(), ['dave@example.com', 'renamed@example.com', 'ceo@example.com'])
  mailboxes.set('dave@example.com', TWO)
  clock.now += MINUTE
  t.equal(await isShared(renamed), false)
})

t.test('a user of a shared mailbox is looked up at most once a minute', async t => {
  const { mailboxes, clock, asked, ownersOf, isShared } = startWatching()
  for (const { primarySmtpAddress } of [ceo, dave, eve]) mailboxes.set(primarySmtpAddress, ONE)
  for (const one of [ceo, dave, eve]) await ownersOf([ONE], one)
  await isShared(dave)
  asked()
  clock.now += MINUTE - 1
  t.equal(await isShared(dave), true)
  t.strictSame(asked(), [])
  clock.now += 1
  t.strictSame(await Promise.all([isShared(dave), isShared(dave)]), [true, true])
  t.strictSame(asked(), ['dave@example.com', 'ceo@example.com'], 'until one other still has it')
})

t.test('the conflict ends when one of the two users has another mailbox', async t => {
  for (const [moved, left] of [
    [ceo, dave],
    [dave, ceo],
  ] as const) {
    const { mailboxes, clock, logged, gauge, ready, ownersOf, isShared } = startWatching()
    for (const { primarySmtpAddress } of [ceo, dave]) mailboxes.set(primarySmtpAddress, ONE)
    await ownersOf([ONE], ceo)
    await ownersOf([ONE], dave)
    t.match(await ready(), { status: 'warn', message: /assigns 1 mailboxes to several users/ })
    logged()
    mailboxes.set(moved.primarySmtpAddress, TWO)
    clock.now += MINUTE
    t.equal(await isShared(dave), false)
    t.equal(await isShared(ceo), false)
    t.strictSame(logged(), [['info', SETTLED, ['ceo', 'dave']]])
    t.strictSame([await gauge(), await ready()], ['0', { status: 'pass', ms: 0 }])
    t.strictSame(await ownersOf([ONE], left), [left.id])
    t.strictSame(await ownersOf([ONE, TWO], moved), [left.id, moved.id], 'and is learned again')
  }
})

t.test('a mailbox that has moved to another user belongs to that user', async t => {
  const { mailboxes, logged, ownersOf } = startWatching()
  mailboxes.set(ceo.primarySmtpAddress, ONE)
  await ownersOf([ONE], ceo)
  mailboxes.set(ceo.primarySmtpAddress, TWO)
  mailboxes.set(dave.primarySmtpAddress, ONE)
  t.strictSame(await ownersOf([ONE], dave), [dave.id])
  t.strictSame(await ownersOf([ONE, TWO], ceo), [dave.id, ceo.id])
  t.strictSame(logged(), [])
})

t.test('R3 users who are learned concurrently are compared with each other', async t => {
  for (const isKnown of [false, true]) {
    const { mailboxes, held, options, ownersOf, isShared } = startWatching()
    if (isKnown) {
      mailboxes.set(ceo.primarySmtpAddress, ONE)
      await ownersOf([ONE], ceo)
      mailboxes.set(ceo.primarySmtpAddress, TWO)
    }
    for (const { primarySmtpAddress } of [dave, eve]) mailboxes.set(primarySmtpAddress, ONE)
    options.isHolding = true
    const asking = [ownersOf([ONE], dave), ownersOf([ONE], eve)]
    const done = Promise.all(asking)
    let isDone = false
    void done.then(() => {
      isDone = true
    })
    while (!isDone) {
      for (const answer of held.splice(0)) answer()
      await new Promise(resolve => setImmediate(resolve))
    }
    await done
    t.strictSame(
      [await isSharedNow(isShared, dave), await isSharedNow(isShared, eve)],
      [true, true],
    )

    async function isSharedNow(of: typeof isShared, one: User) {
      options.isHolding = false
      return await of(one)
    }
  }
})

t.test('P6 no user gets the mailbox while the upstream does not answer', async t => {
  const { mailboxes, clock, ownersOf, isShared } = startWatching()
  const failure = new Failure('upstream-unreachable', 'down')
  for (const { primarySmtpAddress } of [ceo, dave]) mailboxes.set(primarySmtpAddress, ONE)
  await ownersOf([ONE], ceo)
  mailboxes.set(ceo.primarySmtpAddress, failure)
  await t.rejects(ownersOf([ONE], dave), { name: 'Failure', reason: 'upstream-unreachable' })
  mailboxes.set(ceo.primarySmtpAddress, ONE)
  t.strictSame(await ownersOf([ONE], dave), [undefined])
  await isShared(dave)
  mailboxes.set(dave.primarySmtpAddress, failure)
  clock.now += MINUTE
  await t.rejects(isShared(dave), { name: 'Failure', reason: 'upstream-unreachable' })
  t.equal(await isShared(dave), true)
})

/** Sessions of people on several gateways that share a store, with a real issuer. */

import t, { type Test } from 'tap'
import { StoredConsoleSessions } from '../../../src/credentials/console-sessions.ts'
import { IssuerUnavailable } from '../../../src/credentials/credentials.ts'
import { KeyUsage } from '../../../src/credentials/key-usage.ts'
import { type Grant, Grants } from '../../../src/credentials/people/grants.ts'
import { OpenIdIssuer } from '../../../src/credentials/people/openid-issuer.ts'
import { PersonChecks } from '../../../src/credentials/people/person-checks.ts'
import { hashOf } from '../../../src/credentials/session-cookie.ts'
import { Secret } from '../../../src/model/secret.ts'
import { administratorPolicy, auditorPolicy } from '../../../src/policy/administrator.ts'
import { isOfPerson } from '../../../src/store/store.ts'
import { ORGANIZATION } from '../../kit/control-test-server.ts'
import { CLIENT } from '../../kit/issuer.ts'
import { CONSOLE, PersonBrowser, startPeople } from '../../kit/person.ts'

const MINUTE = 60_000
const ADMINISTER = administratorPolicy(ORGANIZATION, { mayImpersonate: false })
const grant = (value: string, policy = ADMINISTER) => ({
  claim: 'groups',
  value,
  organizationId: ORGANIZATION,
  policy,
})
const GRANTS = [grant('administrators'), grant('auditors', auditorPolicy(ORGANIZATION))]

/** Signs Ann in, and returns further gateways on the same store. */
async function open(t: Test) {
  const { control, issuer } = await startPeople(t)
  const browser = new PersonBrowser(control, issuer)
  await browser.signIn('ann')
  const cookie = browser.cookies.get('__Host-ews-gateway') ?? ''
  const { store, masterKey } = control
  const usage = new KeyUsage(store, () => undefined)
  const gateway = (grants: readonly Grant[] = GRANTS) => {
    const client = new OpenIdIssuer({
      issuer: issuer.url,
      clientId: CLIENT.id,
      clientSecret: new Secret(CLIENT.secret),
      scopes: ['openid', 'profile'],
      redirectUrl: `${CONSOLE}/console/sign-in/callback`,
      signedOutUrl: `${CONSOLE}/console/`,
      now: Date.now,
    })
    const people = new PersonChecks({
      store,
      masterKey,
      issuer: client,
      grants: new Grants(grants),
    })
    const sessions = new StoredConsoleSessions({
      store,
      masterKey,
      usage,
      accessKeys: true,
      people,
    })
    return (afterMs = 0) =>
      sessions.verify({ cookie, secure: true, at: Date.now() + afterMs, active: true })
  }
  const session = async () => {
    const found = await store.consoleSession(hashOf(cookie.split('.')[0] ?? ''))
    if (found === undefined || !isOfPerson(found)) throw new Error('There is no session')
    return found
  }
  return { store, issuer, gateway, session }
}

for (const [what, grants, isOver] of [
  ['the grant is there', GRANTS, false],
  ['a grant was added', [grant('staff'), ...GRANTS], false],
  ['the grant was removed', GRANTS.slice(1), true],
  ['the policy of the grant changed', [grant('administrators', auditorPolicy(ORGANIZATION))], true],
] as const)
  t.test(`verify() after a restart follows the configuration if ${what}`, async t => {
    const { gateway } = await open(t)
    t.equal((await gateway(grants)())?.principal.name, isOver ? undefined : 'Ann Example')
    t.equal((await gateway()()) === undefined, isOver, 'for good')
  })

t.test('verify() ends a session at its next check if another grant matches', async t => {
  const { gateway } = await open(t)
  const grants = [grant('staff'), ...GRANTS]
  t.ok(await gateway(grants)(4 * MINUTE - 5_000))
  t.equal(await gateway(grants)(5 * MINUTE), undefined)
})

t.test('verify() lets one of several gateways ask the issuer', async t => {
  const { gateway, issuer } = await open(t)
  const gateways = [gateway(), gateway(), gateway()]
  const callers = await Promise.all(gateways.map(verify => verify(6 * MINUTE)))
  t.strictSame(
    callers.map(caller => caller?.person?.subject),
    ['ann', 'ann', 'ann'],
  )
  t.equal(issuer.tokenRequests.length, 2, 'one of the sign-in, and one more')
})

t.test('verify() does not wait for a check of another gateway before 5 minutes', async t => {
  const { gateway, store, issuer, session } = await open(t)
  const claimed = await session()
  await store.claimPersonCheck(claimed, Date.now(), Date.now() + 10 * MINUTE)
  t.ok(await gateway()(4 * MINUTE + 30_000))
  t.equal(issuer.tokenRequests.length, 1)
})

t.test('verify() waits for the result of another gateway after 5 minutes', async t => {
  const { gateway, store, issuer, session } = await open(t)
  const claimed = await session()
  await store.claimPersonCheck(claimed, Date.now(), Date.now() + 10 * MINUTE)
  const waiting = gateway()(6 * MINUTE)
  const { idHash, sealedTokens } = claimed
  await store.releasePersonCheck(idHash, { checkedAt: Date.now() + 6 * MINUTE, sealedTokens })
  t.equal((await waiting)?.person?.subject, 'ann')
  t.equal(issuer.tokenRequests.length, 1)
})

t.test('verify() asks itself after another gateway failed', async t => {
  const { gateway, store, issuer, session } = await open(t)
  const claimed = await session()
  await store.claimPersonCheck(claimed, Date.now(), Date.now() + 10 * MINUTE)
  const waiting = gateway()(6 * MINUTE)
  await store.releasePersonCheck(claimed.idHash)
  t.equal((await waiting)?.person?.subject, 'ann')
  t.equal(issuer.tokenRequests.length, 2)
})

t.test('P6 verify() rejects a session that it cannot confirm, and keeps it', async t => {
  const { gateway, issuer } = await open(t)
  await issuer.stop()
  const verify = gateway()
  t.ok(await verify(5 * MINUTE - 5_000))
  await t.rejects(verify(5 * MINUTE), IssuerUnavailable)
  await issuer.start()
  t.ok(await verify(5 * MINUTE))
})

t.test(
  'verify() ends a session that was idle for 30 minutes, whatever the issuer says',
  async t => {
    const { gateway, issuer } = await open(t)
    t.equal(await gateway()(31 * MINUTE), undefined)
    t.equal(issuer.tokenRequests.length, 1, 'it was not asked')
  },
)

/** Sign-in of people at a real issuer, in a real browser. The issuer is another site than the console. */

import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { CONSOLE_FOLDER } from '../../src/app/console-folder.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { Writer } from '../history/samples.ts'
import type { Key } from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'
import { tokenOf } from '../kit/issuer.ts'
import { startPeople } from '../kit/person.ts'
import { freePort } from '../kit/services/process.ts'
import { fileOfConsole, launch, NO_BROWSER, violations, visitor } from './browser.ts'
import { makeConsole } from './demo.ts'
import { dialogOf } from './part.ts'

const MINUTE = 60_000

t.test('people in a browser', { skip: NO_BROWSER }, async t => {
  await makeConsole(t)
  const browser = await launch()
  t.teardown(() => browser.close())

  for (const [name, run] of Object.entries(PARTS))
    await t.test(name, async t => {
      const scene = await startScene(t, browser)
      await run(t, scene)
      t.strictSame(scene.visit.troubles, [], 'the browser reports no error')
      await scene.visit.context.close()
    })
})

type Scene = Awaited<ReturnType<typeof startScene>>

async function startScene(t: Test, browser: Browser) {
  const clock = { now: Date.now() }
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const file = join(testFolder(t), 'history.db')
  const writer = new Writer(() => openSqliteHistory(file))
  t.teardown(() => writer.recorder.close())
  const people = await startPeople(t, {
    origin,
    now: () => clock.now,
    options: { consoleFolder: CONSOLE_FOLDER, port, history: writer.recorder },
  })
  const visit = await visitor(browser)
  return { ...people, browser, origin, clock, visit, page: visit.page }
}

/** Signs in at the issuer with a name. */
async function atIssuer(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in with Test issuer' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Opens a page of the console, and signs in at the issuer. */
async function enter({ page, origin }: Scene, name: string, path = '/'): Promise<void> {
  await page.goto(`${origin}/console${path}`)
  await atIssuer(page, name)
}

async function enterWithKey(page: Page, { id, secret }: Pick<Key, 'id' | 'secret'>) {
  await page.getByLabel('Access key ID').fill(id)
  await page.getByLabel('Secret access key').fill(secret)
  await page.getByRole('button', { name: 'Sign in with access key' }).click()
}

/** Calls an action as a page of the console does. */
const statusOf = (page: Page, target: string): Promise<number> =>
  page.evaluate(
    ([target]) =>
      fetch('/', {
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target ?? '' },
        body: JSON.stringify({ OrganizationId: 'm-0123456789abcdef0123456789abcdef' }),
      }).then(({ status }) => status),
    [target],
  )

const PARTS: Readonly<Record<string, (t: Test, scene: Scene) => Promise<void>>> = {
  'a person signs in, comes back to the page, changes a role, and signs out': async (t, scene) => {
    const { page, origin, control, issuer, visit } = scene
    await page.goto(`${origin}/console/roles`)
    await page.getByRole('button', { name: 'Sign in with Test issuer' }).waitFor()
    await page.getByLabel('Secret access key').waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing on the sign-in page')
    await atIssuer(page, 'ann')
    await page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
    t.equal(page.url(), `${origin}/console/roles`, 'the page that the person asked for')
    t.match(await visit.context.cookies(origin), [{ httpOnly: true, sameSite: 'Strict' }])

    await page.reload()
    await page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
    await page.getByRole('button', { name: 'Create role' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('by-ann')
    await page.getByRole('button', { name: 'Create role' }).click()
    await page.getByRole('heading', { name: 'by-ann' }).waitFor()
    t.match(
      control.audit().find(({ type }) => type === 'change'),
      {
        action: 'ewsgateway:PutImpersonationRole',
        issuer: issuer.url,
        subject: 'ann',
        displayName: 'Ann Example',
      },
    )

    await control.flushHistory()
    await page.goto(`${origin}/console/audit/changes`)
    const change = page.getByRole('row', { name: /PutImpersonationRole/ })
    t.match(await change.textContent(), /Ann Example/)
    await change.getByRole('link').first().click()
    await page.getByText('ID at the issuer').waitFor()
    await page.getByText(issuer.url, { exact: true }).waitFor()

    await page.getByRole('button', { name: 'Ann Example' }).click()
    await page.getByText('Signed in with Test issuer').filter({ visible: true }).waitFor()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL(`${issuer.url}/session/end**`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${origin}/console/`)
    await page.getByRole('button', { name: 'Sign in with Test issuer' }).click()
    await page.getByLabel('Name').waitFor()
    t.pass('the issuer asks again who the person is')
  },

  'a second sign-in ends the session of the first': async (t, scene) => {
    const { page, origin, visit } = scene
    await enter(scene, 'ann')
    await page.getByRole('button', { name: 'Ann Example' }).waitFor()
    const former = await visit.context.cookies(origin)
    const url = await page.evaluate(async () => {
      const response = await fetch('/console/sign-in', { method: 'POST' })
      const { url } = (await response.json()) as { url: string }
      return url
    })
    await page.goto(url)
    await page.getByRole('button', { name: 'Ann Example' }).waitFor()
    t.notMatch(await visit.context.cookies(origin), former, 'there is another one')
    await page.goto(await fileOfConsole(origin))
    await visit.context.addCookies(former)
    visit.expect(401)
    t.equal(await statusOf(page, 'WorkMailService.ListUsers'), 401)
  },

  'a person in the wrong group learns what to do, and cannot get further': async (t, scene) => {
    const { page, origin, visit } = scene
    visit.expect(401)
    await enter(scene, 'carol', '/roles')
    await page.getByText('your account has no access to this console').waitFor()
    t.strictSame(await visit.context.cookies(origin), [])
    visit.expect(403)
    t.equal(await statusOf(page, 'WorkMailService.ListUsers'), 403)
  },

  'a person who cancels can sign in with an access key': async (t, scene) => {
    const { page, origin, control, visit } = scene
    visit.expect(401)
    await page.goto(`${origin}/console/`)
    await page.getByRole('button', { name: 'Sign in with Test issuer' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('You cancelled the sign-in').waitFor()
    await enterWithKey(page, control.admin)
    await page.getByRole('button', { name: 'admin' }).waitFor()
    await page.getByText("You're signed in with an access key, for emergencies").waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing')
    t.strictSame(control.signIns, ['person deny', 'break-glass allow'])
  },

  'a session whose group was removed ends, and the person cannot continue': async (t, scene) => {
    const { page, issuer, clock, visit } = scene
    await enter(scene, 'ann', '/users')
    await page
      .getByRole('heading', { name: /^Users/ })
      .first()
      .waitFor()
    issuer.accounts.set('ann', { name: 'Ann Example', groups: ['staff'] })
    clock.now += 5 * MINUTE
    for (let request = 0; request < 8; request++) visit.expect(401)
    await page.getByRole('link', { name: 'Groups' }).click()
    await dialogOf(page).getByText('Your session has ended').waitFor()
    await dialogOf(page).getByText('Sign in again to continue. The page loads again').waitFor()
    await dialogOf(page).getByRole('button', { name: 'Sign in with Test issuer' }).click()
    await page.getByText('your account has no access to this console').waitFor()
    t.strictSame(visit.troubles, [])
  },

  'without the issuer, the page says so, and an access key signs in': async (t, scene) => {
    const { page, origin, issuer, control, visit } = scene
    await page.goto(`${origin}/console/`)
    await issuer.stop()
    visit.expect(503)
    await page.getByRole('button', { name: 'Sign in with Test issuer' }).click()
    await page.getByText("The issuer at which people sign in doesn't respond").waitFor()
    await enterWithKey(page, control.admin)
    await page.getByRole('button', { name: 'admin' }).waitFor()
    await issuer.start()
    t.match(control.log(), /An access key signed in to the console/)
  },

  'a response that was changed, or used before, signs no person in': async (t, scene) => {
    const { page, origin, visit, browser } = scene
    let used: URL | undefined
    page.on('request', request => {
      const url = new URL(request.url())
      if (url.pathname === '/console/sign-in/callback') used = url
    })
    await enter(scene, 'ann')
    await page.getByRole('button', { name: 'Ann Example' }).waitFor()
    if (used === undefined) throw new Error('The issuer did not lead back')

    await page.goto(await fileOfConsole(origin))
    await visit.context.clearCookies({ name: 'ews-gateway' })
    visit.expect(401)
    await page.goto(used.href)
    await page.getByText('began in another browser or tab').waitFor()
    t.strictSame(await visit.context.cookies(origin), [], 'a response counts once')

    const other = await visitor(browser)
    await other.page.goto(`${origin}/console/`)
    await other.page.getByRole('button', { name: 'Sign in with Test issuer' }).click()
    await other.page.getByLabel('Name').waitFor()
    other.expect(401)
    await other.page.goto(used.href)
    await other.page.getByText('began in another browser or tab').waitFor()
    t.strictSame(await other.context.cookies(origin), [], 'and in its own browser')
    t.strictSame(other.troubles, [])
    await other.context.close()
  },

  'an ID token with another nonce signs no person in': async (t, scene) => {
    const { page, origin, issuer, visit } = scene
    issuer.tamper = ({ header, claims }, key) =>
      tokenOf({ header, claims: { ...claims, nonce: 'another' } }, key)
    visit.expect(401)
    await enter(scene, 'ann')
    await page.getByText("The response to the sign-in isn't valid").waitFor()
    t.strictSame(await visit.context.cookies(origin), [])
  },
}

/**
 * Tests a first visit, signing in, and signing out.
 *
 * @module
 */

import { gzipSync } from 'node:zlib'
import type { Response } from 'playwright-core'
import { violations } from '../browser.ts'
import { dialogOf, open, type Part, signIn, signOut } from '../part.ts'

/** Compressed with gzip. */
const FIRST_LOAD_BYTES = 400 * 1024

export const FIRST_LOAD: Part = {
  name: 'a first visit, up to the overview, loads at most 400 KB',
  run: async (t, { demo, guest: { page } }) => {
    const sizes = new Map<string, Promise<number>>()
    const measure = (response: Response) => {
      if (response.request().method() !== 'GET') return
      const size = response.body().then(
        body => (/woff2|png/.test(response.url()) ? body.length : gzipSync(body).length),
        () => 0,
      )
      sizes.set(response.url(), size)
    }
    page.on('response', measure)
    await open(page, demo, '/')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing on the sign-in page')
    await signIn(page, demo.admin)
    await page.getByRole('heading', { name: 'Gateways' }).waitFor()
    await page.getByRole('heading', { name: 'Get started (3/5)' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'View requests' }).count(), 1)
    t.equal(await page.getByRole('button', { name: 'Import users' }).count(), 0, 'which is done')
    await page.waitForLoadState('networkidle')
    page.off('response', measure)
    const all = await Promise.all(sizes.values())
    const total = all.reduce((sum, size) => sum + size, 0)
    t.ok(total > 100_000 && total <= FIRST_LOAD_BYTES, `${total} bytes in ${all.length} files`)
  },
}

export const SIGN_IN_AND_OUT: Part = {
  name: 'a wrong secret is rejected, the right one leads to the page asked for until the session ends',
  run: async (t, { demo, guest }) => {
    const { page, expect, context } = guest
    await signOut(guest, demo, '/roles')
    expect(401)
    await signIn(page, { ...demo.admin, secretAccessKey: 'wrong' })
    await page.getByText('access key ID or the secret access key is wrong').waitFor()
    t.equal(await page.getByLabel('Secret access key').inputValue(), '', 'the secret is forgotten')

    await signIn(page, demo.admin)
    await page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
    t.match(page.url(), /\/console\/roles$/, 'the deep link is where the sign-in leads')
    await page.reload()
    await page.getByRole('link', { name: 'backup-readonly' }).click()
    await page.getByRole('heading', { name: 'backup-readonly' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
    t.pass('a reload keeps the session, and the back button leads back')

    await page.getByRole('button', { name: 'admin' }).click()
    const cookies = await context.cookies()
    t.match(cookies, [{ httpOnly: true, sameSite: 'Strict' }])
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText("You're signed out").waitFor()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()

    await context.addCookies(cookies)
    expect(401)
    const status = await page.evaluate(organizationId => {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'WorkMailService.ListImpersonationRoles',
      }
      const body = JSON.stringify({ OrganizationId: organizationId })
      return fetch('/', { method: 'POST', headers, body }).then(response => response.status)
    }, demo.organizationId)
    t.equal(status, 401, 'the cookie of an ended session is no credential')
  },
}

export const SIGN_OUT_ELSEWHERE: Part = {
  name: 'a sign-out in another tab asks to sign in again, and keeps the form',
  run: async (t, { demo, guest }) => {
    const { page, context } = guest
    await signOut(guest, demo, '/roles/new')
    await signIn(page, demo.admin)
    const name = page.getByLabel('Name', { exact: true })
    await name.fill('half-typed')
    const other = await context.newPage()
    await open(other, demo, '/roles')
    await other.getByRole('button', { name: 'admin' }).click()
    await other.getByRole('menuitem', { name: 'Sign out' }).click()
    await other.getByText("You're signed out").waitFor()
    await other.close()
    const dialog = dialogOf(page)
    await dialog.getByText('Your session has ended').waitFor()
    t.strictSame(await violations(dialog), [], 'axe-core finds nothing in the dialog')
    await dialog.getByLabel('Secret access key').fill(demo.admin.secretAccessKey)
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.waitFor({ state: 'detached' })
    t.equal(await name.inputValue(), 'half-typed')
    // Without changes, the page can be left.
    await name.fill('')
  },
}

export const WRONG_ADDRESS: Part = {
  name: 'an address without a page says so, even if it is not encoded',
  run: async (t, { demo, admin: { page } }) => {
    for (const path of ['/nothing', '/roles/%', '/users/%E0%A4%A']) {
      await open(page, demo, path)
      await page.getByRole('heading', { name: 'Page not found', level: 1 }).waitFor()
      await page.getByText('The console has no page at this address').waitFor()
      await page.getByRole('button', { name: 'Go to Overview' }).click()
      await page.getByRole('heading', { name: 'Gateways' }).waitFor()
      t.pass(path)
    }
  },
}

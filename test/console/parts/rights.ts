/**
 * Tests that the console offers only actions and names that the policy of a principal allows, and the API too.
 *
 * @module
 */

import { createPrincipal } from '../demo.ts'
import { open, type Part, signIn, signOut } from '../part.ts'

const MAY = ['ewsgateway:ListRoleSummaries', 'ewsgateway:DescribeImpersonationRole']

export const LITTLE_RIGHTS: Part = {
  name: 'a principal sees and does what its policy allows, and no more',
  run: async (t, { demo, guest }) => {
    const { page, expect } = guest
    const statement = { Effect: 'Allow', Action: MAY, Resource: ['*'] }
    const key = await createPrincipal(demo.api, 'reader', statement)
    await signOut(guest, demo, '/roles')
    await signIn(page, key)
    await page.getByRole('link', { name: 'backup-readonly' }).click()
    await page.getByRole('heading', { name: 'backup-readonly' }).waitFor()
    for (const name of ['Create role', 'Create access key', 'Edit role', 'Test role', 'Actions'])
      t.equal(await page.getByRole('button', { name, exact: true }).count(), 0, `no ${name}`)
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    t.strictSame(await links.allTextContents(), ['Impersonation roles'])

    await open(page, demo, '/roles/new')
    await page.getByRole('heading', { name: "reader can't view this page", level: 1 }).waitFor()
    await page.getByText('ewsgateway:PutImpersonationRole').waitFor()
    expect(403)
    const status = await page.evaluate(organizationId => {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'WorkMailService.CreateImpersonationRole',
      }
      const role = { Name: 'mine', Type: 'READ_ONLY', Rules: [] }
      const body = JSON.stringify({ OrganizationId: organizationId, ...role })
      return fetch('/', { method: 'POST', headers, body }).then(response => response.status)
    }, demo.organizationId)
    t.equal(status, 403, 'the gateway denies an action that the page does not offer')
  },
}

export const NAMES_OF_SESSION: Part = {
  name: 'names that one principal has read end with its session, without a reload',
  run: async (t, { demo, guest }) => {
    const { page } = guest
    const statement = { Effect: 'Allow', Action: MAY, Resource: ['*'] }
    const key = await createPrincipal(demo.api, 'next reader', statement)
    const heading = page.getByRole('heading', { name: 'backup-readonly', level: 1 })
    const alice = page.getByText('alice@example.com')
    await signOut(guest, demo, '/roles')
    await signIn(page, demo.admin)
    await page.getByRole('link', { name: 'backup-readonly' }).click()
    await alice.first().waitFor()
    await page.evaluate('window.isSamePage = true')
    await page.getByRole('button', { name: 'admin' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText("You're signed out").waitFor()
    await signIn(page, key)
    await heading.waitFor()
    await page.getByText('Alice and Bob').waitFor()
    t.equal(await alice.count(), 0)
    t.equal(await page.evaluate('window.isSamePage'), true)
  },
}

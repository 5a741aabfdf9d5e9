/**
 * Tests how an access control rule is created, tested, changed, and deleted, and that EWS follows.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import { dialogOf, focusedHeading, open, type Part } from '../part.ts'

const NAME = 'bob-not-from-here'

export const ACCESS_CONTROL: Part = {
  name: 'an access control rule denies its users, in its test and in EWS',
  run: async (t, { demo, admin: { page, expect } }) => {
    const find = (name: string) => demo.findMail(demo.migration, `${name}@example.com`)

    await open(page, demo, '/access-control')
    await page.getByRole('button', { name: 'Create rule' }).click()
    await page.getByText('this rule denies all requests of all tools').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Default')
    await choose(page, 'Source addresses', 'Only these addresses')
    await page.getByRole('button', { name: 'Create rule', exact: true }).click()
    await page.getByText('Add at least one').waitFor()
    await page.getByPlaceholder('10.0.0.0/8').fill('127.0.0.1')
    await choose(page, 'Impersonated users', 'Only these users')
    await page
      .getByRole('button', { name: /Only these users/ })
      .last()
      .click()
    await page.getByLabel('Find users').fill('bob')
    await page.getByRole('option', { name: 'bob@example.com' }).click()
    await page.keyboard.press('Escape')
    expect(409)
    await page.getByRole('button', { name: 'Create rule', exact: true }).click()
    await page.getByText('Default is already in use').waitFor()
    await page.getByLabel('Name', { exact: true }).fill(NAME)
    await page.getByRole('button', { name: 'Create rule', exact: true }).click()
    await focusedHeading(page, 'Access control').waitFor()

    const row = page.getByRole('row', { name: new RegExp(NAME) })
    await row.getByText('Source addresses: 127.0.0.1/32').waitFor()
    await row.getByText('Impersonated users: bob@example.com').waitFor()
    await test(page, 'bob@example.com', 'Denied')
    await page.getByText('Matching rules:').getByRole('link', { name: NAME }).waitFor()
    await test(page, 'alice@example.com', 'Allowed')
    t.equal(await find('bob'), 'ErrorImpersonateUserDenied')
    t.equal(await find('alice'), 'NoError')

    await row.getByRole('link', { name: NAME }).click()
    await page.getByPlaceholder('10.0.0.0/8').fill('192.0.2.0/24')
    await page.getByRole('button', { name: 'Save changes', exact: true }).click()
    await row.getByText('Source addresses: 192.0.2.0/24').waitFor()
    t.equal(await find('bob'), 'NoError')

    await page.getByRole('button', { name: `Delete ${NAME}` }).click()
    await dialogOf(page).getByRole('button', { name: 'Delete rule', exact: true }).click()
    await row.waitFor({ state: 'detached' })
    await focusedHeading(page, 'Access control').waitFor()
    await page.getByRole('button', { name: 'Delete Default' }).click()
    await dialogOf(page).getByText('the only Allow rule').waitFor()
    t.ok(
      await dialogOf(page).getByRole('button', { name: 'Delete rule', exact: true }).isDisabled(),
      'the last one that allows is deleted by typing its name only',
    )
    await dialogOf(page).getByRole('button', { name: 'Cancel' }).click()
  },
}

async function choose(page: Page, field: string, option: string) {
  await page.getByRole('button', { name: field }).click()
  await page.getByRole('option', { name: option }).click()
}

async function test(page: Page, user: string, verdict: string) {
  const field = page.getByLabel('User', { exact: true })
  await field.fill(user)
  await field.press('Escape')
  await page.getByRole('button', { name: 'Test rules', exact: true }).click()
  await page.getByText(verdict, { exact: true }).waitFor()
}

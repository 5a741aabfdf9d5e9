/**
 * Tests how a principal is created, how its key is replaced, how both are deleted, and that EWS follows.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Key } from '../../../src/cli/demo-guide.ts'
import { cutWords, violations } from '../browser.ts'
import {
  atBothWidths,
  copied,
  dialogOf,
  focusedHeading,
  open,
  type Part,
  pressedUntil,
} from '../part.ts'

const NAME = 'archive-server'

export const PRINCIPALS: Part = {
  name: 'a principal of one role gets a key, which is replaced, disabled, and gone with it',
  run: async (t, { demo, admin: { page, expect } }) => {
    const find = (key: Key) => demo.findMail(key, 'alice@example.com')

    await open(page, demo, '/principals')
    await page.getByRole('button', { name: 'Create principal' }).click()
    await page.getByLabel('Name', { exact: true }).fill('backup-readonly')
    await page.getByRole('button', { name: /^Roles/ }).click()
    await page.getByRole('option', { name: 'backup-readonly' }).click()
    await page.keyboard.press('Escape')
    t.strictSame(await violations(page), [], 'axe-core finds nothing in the form')
    await page.getByRole('tab', { name: 'JSON' }).click()
    const policy = JSON.parse(await page.getByLabel('Policy', { exact: true }).inputValue())
    t.match(policy, { Statement: [{ Action: ['workmail:AssumeImpersonationRole'] }] })
    await page.getByRole('tab', { name: 'Permissions' }).click()
    expect(400)
    await page.getByRole('button', { name: 'Create principal', exact: true }).click()
    await page.getByText('backup-readonly is already in use').waitFor()
    await page
      .locator('input:focus')
      .and(page.getByLabel('Name', { exact: true }))
      .waitFor()
    await page.getByLabel('Name', { exact: true }).fill(NAME)
    await page.getByRole('button', { name: 'Create principal', exact: true }).click()
    await focusedHeading(page, NAME).waitFor()
    await page.getByText('Act in backup-readonly').waitFor()

    const old = await makeKey(page, 'Create access key')
    t.equal(await find(old), 'NoError', 'the key acts at once')
    const fresh = await makeKey(page, 'Replace access key', 'Required')
    await page.getByText(`Enter ${fresh.accessKeyId} in the tool`).waitFor()
    t.equal(await find(fresh), 'NoError', 'and so does the one that replaces it')
    const isInUse = page.getByText(`${fresh.accessKeyId} is in use`)
    await pressedUntil(page.getByRole('button', { name: 'Refresh' }), isInUse)
    t.strictSame(await violations(page), [], 'axe-core finds nothing on it')
    await page.getByRole('button', { name: 'Disable old access key' }).click()
    await dialogOf(page).getByRole('button', { name: 'Disable access key', exact: true }).click()
    const rowOf = (key: Key) => page.getByRole('row', { name: new RegExp(key.accessKeyId) })
    await rowOf(old).getByText('Disabled').waitFor()
    await rowOf(old).getByText('Optional').waitFor()
    await rowOf(fresh).getByText('Required').waitFor()
    t.equal(await find(old), '401', 'a disabled key is rejected')
    t.equal(await find(fresh), 'NoError')

    expect(400)
    await bindAndUnbind(t, page)
    await page.getByRole('button', { name: 'Delete principal', exact: true }).click()
    await dialogOf(page).getByLabel(`To confirm, enter ${NAME}`).fill(NAME)
    await dialogOf(page).getByRole('button', { name: 'Delete principal', exact: true }).click()
    await page.getByText(`Deleted principal ${NAME}`).waitFor()
    await focusedHeading(page, 'Principals').waitFor()
    await page.getByText('Administer all, and give roles to tools').waitFor()
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )
    t.equal(await find(fresh), '401', 'the keys of a deleted principal are rejected')
  },
}

/** Binds the principal of the page to an account and to a token's subject, and unbinds the account. */
async function bindAndUnbind(t: Test, page: Page): Promise<void> {
  const dialog = dialogOf(page)
  const bind = dialog.getByRole('button', { name: 'Bind identity' })
  await page.getByRole('button', { name: 'Bind identity' }).click()
  await bind.click()
  await dialog.getByText('Enter the objectSid of the account').waitFor()
  await dialog.getByRole('combobox', { name: 'User' }).fill('alice@example.com')
  await dialog.getByRole('combobox', { name: 'User' }).press('Escape')
  await dialog.getByRole('button', { name: 'Fill in' }).click()
  const names = dialog.getByLabel('Names', { exact: true })
  await page.waitForFunction(
    field => (field as { value: string } | null)?.value !== '',
    await names.elementHandle(),
  )
  const sid = await dialog.getByLabel('objectSid').inputValue()
  t.match(sid, /^S-1-5-21-/)
  await names.fill('alice')
  t.strictSame(await violations(page), [], 'axe-core finds nothing in the dialog')
  await bind.click()
  await dialog.getByText('Must be a name like user@example.com or EXAMPLE').waitFor()
  await names.fill('EXAMPLE\\alice\nalice@corp.example.com')
  await bind.click()
  await page.getByRole('row', { name: /alice@corp\.example\.com/ }).waitFor()

  await page.getByRole('button', { name: 'Bind identity' }).click()
  await dialog.getByRole('radio', { name: /^Token of an issuer/ }).check()
  await dialog.getByLabel('Issuer', { exact: true }).fill('https://issuer.example.com')
  await dialog.getByLabel('Value', { exact: true }).fill('app-1')
  await bind.click()
  await page.getByText('appid of https://issuer.example.com').waitFor()
  await page.getByRole('button', { name: `Unbind ${sid}` }).click()
  await dialog.getByRole('button', { name: 'Unbind identity' }).click()
  await page.getByText(`Unbound ${sid} from ${NAME}`).waitFor()
  await page.getByRole('heading', { name: /^External identities *\(1\)/ }).waitFor()
}

/** Creates a key and reads it with the copy buttons, as a person would. */
async function makeKey(page: Page, button: string, protection = 'Optional'): Promise<Key> {
  await page.getByRole('button', { name: button }).first().click()
  const dialog = dialogOf(page)
  await dialog.getByRole('button', { name: /^Extended protection/ }).click()
  await page.getByRole('option', { name: protection }).click()
  await dialog.getByRole('button', { name: 'Create access key' }).click()
  await dialog.getByText("You can't view it again").waitFor()
  // Esc must not discard the secret.
  await page.keyboard.press('Escape')
  const accessKeyId = await copied(page, 'Access key ID')
  const secretAccessKey = await copied(page, 'Secret access key')
  await dialog.getByRole('button', { name: 'Done' }).click()
  return { accessKeyId, secretAccessKey }
}

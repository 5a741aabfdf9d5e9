/**
 * Tests how a change of a role is tried as a draft without an effect, replayed, discarded, and enforced.
 *
 * @module
 */

import { cutWords, violations } from '../browser.ts'
import {
  atBothWidths,
  checkThemes,
  dialogOf,
  focusedHeading,
  open,
  type Part,
  pressedUntil,
} from '../part.ts'

export const SHADOW: Part = {
  name: 'a change is tried as a draft, its differences are shown, and it is enforced',
  run: async (t, { demo, admin: { page } }) => {
    const roleId = await demo.createRole('tried')
    const tool = await demo.createTool('tool-of-tried', roleId)
    const find = (name: string) => demo.findMail(tool, `${name}@example.com`)
    t.equal(await find('bob'), 'NoError')
    const dialog = dialogOf(page)
    const tab = `/roles/${roleId}?tab=draft`

    await open(page, demo, tab)
    await page.getByText('No draft', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Edit role' }).last().click()
    await page.getByRole('button', { name: 'Edit Not the CEO' }).click()
    await dialog.getByRole('button', { name: /Users/ }).click()
    await page.getByLabel('Find users').fill('bob')
    await page.getByRole('option', { name: 'bob@example.com' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Save rule' }).click()
    await page.getByRole('button', { name: 'Try as draft' }).click()
    await page.getByText('Attached the draft to role tried.').waitFor()
    await page.getByRole('row', { name: /^Rules/ }).waitFor()
    await page.getByText('No request has been compared yet').waitFor()
    const badge = page.getByText('Draft attached', { exact: true })
    await badge.waitFor()

    t.equal(await find('bob'), 'NoError', 'the draft denies nothing')
    t.equal(await find('alice'), 'NoError')
    const refresh = page.getByRole('button', { name: 'Refresh differences' })
    const denied = page
      .getByRole('row', { name: /Would be denied.*rule-denies.*bob@example.com.*FindItem/ })
      .first()
    await pressedUntil(refresh, denied)
    await page.getByRole('button', { name: 'Replay requests' }).click()
    await page.getByText(/requests replayed/).waitFor()
    await checkThemes(t, page, 'on the draft')
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )
    await denied.getByRole('link', { name: 'Request 1' }).click()
    await page.getByRole('link', { name: 'Would be denied: rule-denies' }).click()
    await focusedHeading(page, 'tried').waitFor()

    await page.getByRole('button', { name: 'Test role', exact: true }).click()
    await dialog.getByLabel('Target user').fill('bob@example.com')
    await dialog.getByLabel('Target user').press('Escape')
    await dialog.getByRole('button', { name: 'Test role', exact: true }).click()
    await dialog.getByText('With the draft of the role: Would be denied').waitFor()
    await dialog.getByRole('button', { name: 'Close', exact: true }).click()

    await page.getByRole('button', { name: 'Discard draft' }).click()
    await dialog.getByRole('button', { name: 'Discard draft' }).click()
    await page.getByText('No draft', { exact: true }).waitFor()
    await badge.waitFor({ state: 'detached' })

    await open(page, demo, `/roles/${roleId}`)
    await page.getByRole('button', { name: 'Change profile' }).click()
    await dialog.getByRole('button', { name: /^Profile/ }).click()
    await page.getByRole('option', { name: /^calendar-read/ }).click()
    t.strictSame(await violations(dialog), [], 'axe-core finds nothing in the profile')
    await dialog.getByRole('button', { name: 'Try as draft' }).click()
    await page.getByRole('row', { name: /^Profile.*none.*calendar-read/ }).waitFor()
    t.equal(await find('bob'), 'NoError')
    await demo.api('EwsGateway.PutImpersonationRole', { ImpersonationRoleId: roleId, Period: {} })
    await open(page, demo, '/roles')
    await open(page, demo, tab)
    await page.getByRole('button', { name: 'Enforce draft' }).click()
    await dialog.getByRole('button', { name: 'Enforce draft' }).click()
    await page.getByText('Enforced the draft of tried.').waitFor()
    await page.getByText('No draft', { exact: true }).waitFor()
    t.equal(await find('bob'), 'ErrorAccessDenied', 'now the profile denies reading mail')

    await page.getByRole('button', { name: 'Edit role' }).first().click()
    await page.getByText('read free/busy times').first().waitFor()
    await page.getByRole('button', { name: /^Profile calendar-read/ }).click()
    await page.getByRole('option', { name: /^mail-read/ }).click()
    await page.getByLabel('Description').fill('Reads mail')
    t.strictSame(await violations(page), [], 'axe-core finds nothing in the editor')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('Saved changes to tried.').waitFor()
    await page.getByText('mail-read. Tools that read mail').waitFor()
    t.equal(await find('bob'), 'NoError', 'the editor has saved the profile')
  },
}

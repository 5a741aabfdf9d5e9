/**
 * Tests how a role is locked, unlocked, and deleted, how its tokens are revoked, and that EWS follows.
 *
 * @module
 */

import { cutWords } from '../browser.ts'
import { atBothWidths, dialogOf, focusedHeading, open, type Part } from '../part.ts'

const DENIED = 'ErrorImpersonateUserDenied'

export const LOCK_AND_DELETE: Part = {
  name: 'a role gets a profile, is locked, unlocked, its tokens are revoked, and it is deleted by typing its name',
  run: async (t, { demo, admin: { page, expect } }) => {
    const roleId = await demo.createRole('nightly-sync')
    const tool = await demo.createTool('sync-server', roleId)
    const find = () => demo.findMail(tool, 'alice@example.com')
    const act = async (item: string) => {
      await page.getByRole('button', { name: 'Actions', exact: true }).click()
      await page.getByRole('menuitem', { name: item, exact: true }).click()
    }
    await open(page, demo, `/roles/${roleId}`)
    const choose = async (from: string, to: string) => {
      await page.getByRole('button', { name: 'Change profile' }).click()
      await dialogOf(page).getByRole('button', { name: from }).click()
      await page.getByRole('option', { name: to }).click()
    }
    await choose('No profile', 'calendar-read')
    await dialogOf(page).getByText('create folders', { exact: true }).waitFor()
    await dialogOf(page).getByRole('button', { name: 'Save profile' }).click()
    await page.getByText('Tools that show calendars.').waitFor()
    t.equal(await find(), 'ErrorAccessDenied', 'a profile for calendars denies mail')
    await choose('calendar-read', 'No profile')
    await dialogOf(page).getByRole('button', { name: 'Save profile' }).click()
    // The dialog has the same text.
    await dialogOf(page).waitFor({ state: 'detached' })
    await page.getByText('No profile').waitFor()
    t.equal(await find(), 'NoError', 'without a profile, mail is read again')

    await act('Lock role')
    await dialogOf(page).getByLabel('Message').fill('Ask the help desk')
    await dialogOf(page).getByRole('button', { name: 'Lock role', exact: true }).click()
    await page.getByText('This role is locked').waitFor()
    const locked = /Locked by admin, .* GMT.*\. Message to tools: Ask the help desk/
    await page.getByText(locked).waitFor()
    await open(page, demo, '/roles?q=nightly-sync')
    await page.getByRole('row', { name: locked }).waitFor()
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word of the list is cut, ${width} pixels wide`),
    )
    await open(page, demo, `/roles/${roleId}`)
    await page.getByText(locked).waitFor()
    t.equal(await find(), DENIED, 'a locked role denies')

    await act('Unlock role')
    await dialogOf(page).getByText(locked).waitFor()
    await dialogOf(page).getByRole('button', { name: 'Unlock role' }).click()
    await page.getByText('Unlocked role nightly-sync').waitFor()
    t.equal(await find(), 'NoError', 'an unlocked one does not')

    const role = { ImpersonationRoleId: roleId }
    const token = await demo.api('WorkMailService.AssumeImpersonationRole', role, tool)
    const findByToken = () => demo.findByToken(String(token['Token']), 'alice@example.com')
    t.equal(await findByToken(), 'NoError', 'a token reads')
    await act('Revoke active tokens')
    await dialogOf(page)
      .getByRole('heading', { name: /of nightly-sync/ })
      .waitFor()
    await dialogOf(page).getByRole('button', { name: 'Cancel' }).click()
    t.equal(await findByToken(), 'NoError', 'nothing is revoked before it is confirmed')
    await act('Revoke active tokens')
    await dialogOf(page).getByText('Streams and uploads that use them are cut off').waitFor()
    await dialogOf(page).getByRole('button', { name: 'Revoke tokens', exact: true }).click()
    await page.getByText('Revoked the active tokens of nightly-sync.').waitFor()
    t.equal(await findByToken(), '401', 'a revoked token is no credential')
    t.equal(await find(), 'NoError', 'the access key still reads')

    await act('Delete role')
    const dialog = dialogOf(page)
    await dialog.getByText('sync-server').waitFor()
    const button = dialog.getByRole('button', { name: 'Delete role', exact: true })
    await dialog.getByLabel(/To confirm/).fill('nightly')
    t.ok(await button.isDisabled(), 'half a name is not enough')
    await dialog.getByLabel(/To confirm/).fill('nightly-sync')
    await button.click()
    await page.getByText('Deleted role nightly-sync.').waitFor()
    await page.getByRole('link', { name: 'backup-readonly' }).waitFor()
    await focusedHeading(page, 'Impersonation roles').waitFor()
    t.equal(await page.getByRole('link', { name: 'nightly-sync' }).count(), 0)
    t.equal(await find(), DENIED, 'a deleted role denies')

    for (const [id, message] of [
      [roleId, 'does not exist'],
      ['%25', 'ImpersonationRoleId must be'],
    ] as const) {
      expect(400)
      await open(page, demo, `/roles/${id}`)
      await page.getByText(message).waitFor()
      t.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0, id)
    }
  },
}

/**
 * Tests that many users can be added to a rule, searched, and removed, with the keyboard alone.
 *
 * @module
 */

import { violations } from '../browser.ts'
import { atBothWidths, dialogOf, open, type Part } from '../part.ts'
import { press, write } from './keyboard.ts'

/** More users than a rule shows as tokens. */
const ADDED = 31

const addressOf = (n: number) => `many-${n}@example.com`

export const MANY_USERS: Part = {
  name: 'many users are pasted into a rule, searched, and removed, with the keyboard alone',
  run: async (t, { demo, admin: { page } }) => {
    const addresses = Array.from({ length: ADDED }, (_, n) => addressOf(n))
    const Users = addresses.map(PrimarySmtpAddress => ({ PrimarySmtpAddress }))
    await demo.api('EwsGateway.ImportUsers', { Users })
    const ImpersonationRoleId = await demo.createRole('many')
    await open(page, demo, `/roles/${ImpersonationRoleId}/edit`)
    await page.getByText('No users gain or lose access').waitFor()

    await press(page, page.getByRole('button', { name: 'Edit Not the CEO' }), 'Enter')
    const dialog = dialogOf(page)
    await press(page, dialog.getByRole('button', { name: 'Paste a list' }), 'Enter')
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(addresses.join('\n'))})`)
    await press(page, dialog.getByLabel('List of users'), 'Control+V')
    await press(page, dialog.getByRole('button', { name: 'Check list' }), 'Enter')
    await dialog.getByText(`${ADDED} users found, 0 unknown, 0 duplicates`).waitFor()
    await press(page, dialog.getByRole('button', { name: `Add ${ADDED} users` }), 'Enter')
    await dialog.getByText(`Added ${ADDED} users`).waitFor()
    await dialog.getByLabel('List of users').and(page.locator(':focus')).waitFor()

    await dialog.getByRole('heading', { name: `Selected users (${ADDED + 1})` }).waitFor()
    await atBothWidths(page, async width =>
      t.strictSame(await violations(dialog), [], `axe-core finds nothing, ${width} pixels wide`),
    )
    const find = dialog.getByLabel('Find selected users')
    await write(page, find, 'MANY-3')
    await dialog.getByText('2 matches', { exact: true }).first().waitFor()
    const remove = dialog.getByRole('button', { name: `Remove ${addressOf(30)}` })
    await press(page, remove, 'Enter')
    await dialog.getByText('1 match', { exact: true }).first().waitFor()
    await find.and(page.locator(':focus')).waitFor()
    await press(page, dialog.getByRole('button', { name: 'Save rule' }), 'Enter')
    await dialog.waitFor({ state: 'detached' })

    await page.getByText(`${ADDED - 1} lose access`).waitFor()
    await press(page, page.getByRole('button', { name: 'Save changes' }), 'Enter')
    await page.getByText('Saved changes to many').waitFor()
    const saved = await demo.api('EwsGateway.DescribeImpersonationRole', { ImpersonationRoleId })
    const Rules = saved['Rules'] as readonly { TargetUsers?: readonly string[] }[]
    t.equal(Rules.at(-1)?.TargetUsers?.length, ADDED)
  },
}

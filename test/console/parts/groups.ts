/**
 * Tests how a group is created, filled, renamed, and deleted.
 */

import { cutWords, violations } from '../browser.ts'
import { atBothWidths, dialogOf, focusedHeading, open, type Part } from '../part.ts'

export const GROUPS: Part = {
  name: 'a group is created, filled by pasting, searched, renamed, and deleted',
  run: async (t, { demo, admin: { page, expect } }) => {
    await demo.api('EwsGateway.PutGroup', { Name: 'Press' })
    await open(page, demo, '/groups')
    await page.getByRole('link', { name: 'Press' }).waitFor()
    await page.getByRole('button', { name: 'Create group' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('press')
    expect(400)
    await page.getByRole('button', { name: 'Create group', exact: true }).click()
    await page.getByText('It is already in use by the group Press').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Support')
    await page.getByRole('button', { name: 'Create group', exact: true }).click()
    await page.getByText('Created group Support').waitFor()
    await focusedHeading(page, 'Support').waitFor()

    await page.getByRole('button', { name: 'Add members' }).click()
    const dialog = dialogOf(page)
    await dialog.getByRole('button', { name: 'Paste a list' }).click()
    await dialog
      .getByLabel('List of users')
      .fill('Alice <alice@example.com>;\nbob@example.com, alice@example.com, nobody@example.com')
    await dialog.getByRole('button', { name: 'Check list' }).click()
    await dialog.getByText('2 users found, 1 unknown, 1 duplicate').waitFor()
    await dialog.getByRole('button', { name: 'Add 2 users' }).click()
    await dialog.getByRole('button', { name: /^Groups/ }).click()
    await page.getByRole('option', { name: 'Press' }).click()
    await page.keyboard.press('Escape')
    t.strictSame(await violations(page), [], 'axe-core finds nothing in the dialog')
    await dialog.getByRole('button', { name: 'Add members', exact: true }).click()
    await page.getByText('2 users, 1 group', { exact: true }).waitFor()

    const { GroupId } = await demo.api('EwsGateway.DescribeGroupUse', { GroupId: 'support' })
    await demo.api('EwsGateway.PutImpersonationRole', {
      ImpersonationRoleId: await demo.createRole('for-support'),
      Name: 'for-support',
      Type: 'READ_ONLY',
      Rules: [{ ImpersonationRuleId: 'r', Effect: 'ALLOW', TargetGroups: [GroupId] }],
    })
    await page.getByRole('link', { name: 'Press' }).click()
    await page.getByRole('row', { name: /for-support.*Allow: r.*Support/ }).waitFor()
    await page.getByRole('link', { name: 'Support' }).first().click()
    await page.getByRole('link', { name: 'for-support' }).waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing on the group')
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )

    await page.getByLabel('Find users in this group').fill('bob')
    await page.getByText('1 match', { exact: true }).first().waitFor()
    await page.getByRole('checkbox', { name: 'Select bob@example.com' }).check()
    await page.getByRole('button', { name: 'Remove users' }).click()
    await dialogOf(page).getByRole('button', { name: 'Remove user', exact: true }).click()
    await page.getByText('1 user, 1 group', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'Edit group' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Helpdesk')
    await page.getByLabel('Primary address').fill('help@example.com')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await focusedHeading(page, 'Helpdesk').waitFor()
    await page.getByText('help@example.com').waitFor()

    await page.getByRole('button', { name: 'Delete group' }).click()
    await dialogOf(page).getByText('1 rule uses this group, in the role for-support').waitFor()
    await dialogOf(page).getByLabel('To confirm, enter Helpdesk').fill('Helpdesk')
    await dialogOf(page).getByRole('button', { name: 'Delete group', exact: true }).click()
    await page.getByText('Deleted group Helpdesk').waitFor()
    await page.getByRole('link', { name: 'Press' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'Helpdesk' }).count(), 0)
    t.strictSame(await violations(page), [], 'axe-core finds nothing on the list')
  },
}

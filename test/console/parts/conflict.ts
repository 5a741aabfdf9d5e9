/**
 * Two people change a role at once: the later one sees both, and decides.
 */

import { visitor } from '../browser.ts'
import { open, type Part, signIn } from '../part.ts'

export const CONFLICT: Part = {
  name: 'two who change a role at once lose nothing silently',
  run: async (t, { browser, house, admin, roleId }) => {
    const { page, expect } = admin
    const edit = `/roles/${roleId}/edit`
    await open(page, house, edit)
    await page.getByLabel('Description').fill('mine')

    const other = await visitor(browser)
    await open(other.page, house, edit)
    await signIn(other.page, house.admin)
    await other.page.getByLabel('Description').fill('theirs')
    await other.page.getByRole('button', { name: 'Save role' }).click()
    await other.page.getByText('is saved.').waitFor()
    t.strictSame(other.troubles, [])
    await other.context.close()

    expect(409)
    await page.getByRole('button', { name: 'Save role' }).click()
    await page.getByText('Somebody else has saved this role').waitFor()
    const row = page.getByRole('row', { name: /^Description/ })
    const cells = await row.getByRole('cell').allTextContents()
    t.strictSame(cells.slice(-2), ['theirs', 'mine'], 'both are shown side by side')
    t.equal(await page.getByLabel('Description').inputValue(), 'mine', 'mine is still there')
    t.match(await describe(), 'theirs', 'and theirs is what is saved')

    await page.getByRole('button', { name: 'Save mine over theirs' }).click()
    await page.getByText('is saved.').waitFor()
    t.match(await describe(), 'mine', 'until the second one decides')

    async function describe() {
      const input = { ImpersonationRoleId: roleId }
      return (await house.api('EwsGateway.DescribeImpersonationRole', input))['Description']
    }
  },
}

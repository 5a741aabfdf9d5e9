/**
 * Tests that of two administrators who change a role at once, the later one sees both changes and decides.
 *
 * @module
 */

import { open, type Part } from '../part.ts'

export const CONFLICT: Part = {
  name: 'two who change a role at once lose nothing silently',
  run: async (t, { demo, admin: { page, expect } }) => {
    const roleId = await demo.createRole('contested')
    const edit = `/roles/${roleId}/edit`
    await open(page, demo, edit)
    await page.getByLabel('Description').fill('mine')

    const role = { ImpersonationRoleId: roleId }
    const { Name, Type, Rules } = await demo.api('WorkMailService.GetImpersonationRole', role)
    const changed = { ...role, Name, Type, Rules, Description: 'theirs' }
    await demo.api('WorkMailService.UpdateImpersonationRole', changed)

    expect(409)
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('Someone else changed this role').waitFor()
    const row = page.getByRole('row', { name: /^Description/ })
    const cells = await row.getByRole('cell').allTextContents()
    t.strictSame(cells.slice(-2), ['theirs', 'mine'], 'both are shown side by side')
    t.equal(await page.getByLabel('Description').inputValue(), 'mine', 'mine is still there')
    t.match(await describe(), 'theirs', 'and theirs is what is saved')

    await page.getByRole('button', { name: 'Overwrite' }).click()
    await page.getByText('Saved changes to contested.').waitFor()
    t.match(await describe(), 'mine', 'until the second one decides')

    async function describe() {
      return (await demo.api('EwsGateway.DescribeImpersonationRole', role))['Description']
    }
  },
}

/**
 * Tests that of two administrators who change an object at once, the later one sees both changes and decides.
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

export const EDIT_PRINCIPAL: Part = {
  name: 'two who change a principal at once see the policy of both',
  run: async (t, { demo, admin: { page, expect } }) => {
    const policyFor = (Action: string) => ({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: [Action], Resource: ['*'] }],
    })
    const given = { Name: 'disputed', Policy: policyFor('workmail:ListUsers') }
    const { PrincipalId } = await demo.api('EwsGateway.CreatePrincipal', given)
    const ofAll = () => demo.api('EwsGateway.GetPrincipal', { PrincipalId })
    await open(page, demo, `/principals/${PrincipalId}/edit`)
    await page.getByLabel('Name', { exact: true }).fill('of mine')

    const Policy = policyFor('workmail:ListGroups')
    await demo.api('EwsGateway.UpdatePrincipal', { PrincipalId, Policy })
    const save = page.getByRole('button', { name: 'Save changes', exact: true })
    expect(409)
    await save.click()
    await page.getByText('Someone else changed this principal').waitFor()
    await page.getByRole('row', { name: /^Policy.*ListUsers.*ListGroups.*ListUsers/ }).waitFor()
    await page.getByRole('row', { name: /^Name disputed disputed of mine/ }).waitFor()

    await demo.api('EwsGateway.UpdatePrincipal', { PrincipalId, Name: 'once more' })
    expect(409)
    await page.getByRole('button', { name: 'Overwrite' }).click()
    await page.getByRole('row', { name: /^Name disputed once more of mine/ }).waitFor()
    await page.getByLabel('Policy', { exact: true }).fill('{')
    await page.getByRole('button', { name: 'Overwrite' }).click()
    await page.getByText('Correct the policy, which is not valid JSON').first().waitFor()
    await page
      .locator('textarea:focus')
      .and(page.getByLabel('Policy', { exact: true }))
      .waitFor()
    t.match(await ofAll(), { Name: 'once more', Policy }, 'a mistake overwrites nothing')
    await page.getByRole('button', { name: 'Discard my changes' }).click()
    await page.getByText('Custom policy (see JSON)').waitFor()
    t.match(await ofAll(), { Name: 'once more', Policy })
    await open(page, demo, '/principals')
    await demo.api('EwsGateway.DeletePrincipal', { PrincipalId })
    expect(400)
    await open(page, demo, `/principals/${PrincipalId}`)
    await page.getByText(`The principal ${PrincipalId} does not exist.`).waitFor()
  },
}

export const EDIT_RULE: Part = {
  name: 'a rule that is deleted while it is edited can be created again',
  run: async (t, { demo, admin: { page, expect } }) => {
    const rule = { Name: 'brief', Effect: 'DENY', Description: 'before', Actions: ['IMAP'] }
    await demo.api('WorkMailService.PutAccessControlRule', rule)
    await open(page, demo, '/access-control/rules/brief')
    await page.getByLabel('Description').fill('of mine')
    await demo.api('WorkMailService.DeleteAccessControlRule', { Name: 'brief' })
    expect(409)
    expect(400)
    await page.getByRole('button', { name: 'Save changes', exact: true }).click()
    await page.getByText('Someone else deleted this rule').waitFor()
    await page.getByRole('button', { name: 'Create again' }).click()
    await page.getByText('Saved changes to brief.').waitFor()
    const made = await demo.api('EwsGateway.DescribeAccessControlRule', { Name: 'brief' })
    t.match(made, { ...rule, Description: 'of mine' })
    await demo.api('WorkMailService.DeleteAccessControlRule', { Name: 'brief' })
  },
}

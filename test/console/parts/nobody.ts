/**
 * Tests that the console says when a role reaches no user, or when no principal can act in it, and why.
 *
 * @module
 */

import { cutWords } from '../browser.ts'
import { atBothWidths, checkThemes, dialogOf, open, type Part } from '../part.ts'

export const NOBODY: Part = {
  name: 'a role that reaches no user says why in the list, on its page, before it is saved, and with a new key',
  run: async (t, { demo, admin: { page } }) => {
    const roleId = await demo.createRole('for-nobody')
    const put = (Rules: readonly object[]) =>
      demo.api('EwsGateway.PutImpersonationRole', {
        ImpersonationRoleId: roleId,
        Name: 'for-nobody',
        Type: 'FULL_ACCESS',
        Rules,
      })
    const all = { ImpersonationRuleId: 'all', Effect: 'ALLOW' }
    const fits = () =>
      atBothWidths(page, async width =>
        t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
      )
    await put([all, { ImpersonationRuleId: 'none', Effect: 'DENY' }])
    await open(page, demo, `/roles/${roleId}`)
    await page.getByText('This role reaches no user now').waitFor()
    await page.getByText('No Allow rule that is valid now matches a user').waitFor()

    await put([{ ...all, NotAfter: 1 }])
    await open(page, demo, '/roles?q=for-nobody&status=NO_USERS')
    await page.getByRole('row', { name: /No Allow rules in force/ }).waitFor()
    await fits()
    await open(page, demo, `/roles/${roleId}/edit`)
    await page.getByText('After this change, the role reaches no user').waitFor()
    await checkThemes(t, page, 'in the editor')
    await fits()
    await open(page, demo, `/roles/${roleId}`)
    await page.getByText('No Allow rule of the role is valid now').waitFor()

    await demo.api('EwsGateway.LockImpersonationRole', { ImpersonationRoleId: roleId })
    await open(page, demo, '/roles')
    await open(page, demo, `/roles/${roleId}`)
    await page.getByText('This role is locked').waitFor()
    await page.getByRole('button', { name: 'Create access key' }).click()
    await dialogOf(page).getByLabel('Tool name').fill('tool-for-nobody')
    await dialogOf(page).getByRole('button', { name: 'Create access key' }).click()
    await dialogOf(page).getByText('This role reaches no user now').waitFor()
    await dialogOf(page).getByText('The role is locked.').waitFor()
    await dialogOf(page).getByRole('button', { name: 'Done' }).click()

    const { AccessKeys } = await demo.api('EwsGateway.ListAccessKeys', {
      PrincipalId: await principalIn(page.getByRole('link', { name: 'tool-for-nobody' })),
    })
    for (const { AccessKeyId } of AccessKeys as readonly { AccessKeyId: string }[])
      await demo.api('EwsGateway.UpdateAccessKey', { AccessKeyId, Enabled: false })
    await open(page, demo, '/roles')
    await open(page, demo, `/roles/${roleId}`)
    await page.getByRole('row', { name: /tool-for-nobody No valid credential/ }).waitFor()
    await page.getByText('No principal can act in this role now').waitFor()
    await checkThemes(t, page, 'on the role')
  },
}

/** Returns the ID of the principal whose page a link opens. */
const principalIn = async (link: { getAttribute: (name: string) => Promise<string | null> }) =>
  (await link.getAttribute('href'))?.split('/').at(-1)

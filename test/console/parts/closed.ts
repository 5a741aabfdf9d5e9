/**
 * Tests that pages say why no principal can act in a role, and with which credential none can.
 *
 * @module
 */

import { violations } from '../browser.ts'
import { open, type Part } from '../part.ts'

const PAST = { NotAfter: 1_700_000_000 }
const FUTURE = { NotBefore: 4_102_444_800 }

export const CLOSED: Part = {
  name: 'the list, the page, and the reach of a role, and the page of a user say why no tool can act',
  run: async (t, { demo, admin: { page } }) => {
    const ImpersonationRoleId = await demo.createRole('closed-sync')
    const one = { ImpersonationRoleId }
    const { accessKeyId: AccessKeyId } = await demo.createTool('closed-server', ImpersonationRoleId)
    const { UserId } = await demo.api('EwsGateway.GetUser', { UserId: 'alice@example.com' })
    const row = () => page.getByRole('row', { name: /closed-sync/ }).first()
    for (const [Period, badge, words] of [
      [PAST, 'Ended', 'ended on 14 Nov 2023, 23:13:20 UTC+1'],
      [FUTURE, 'Not valid yet', 'begins on 1 Jan 2100, 01:00 UTC+1'],
    ] as const) {
      await demo.api('EwsGateway.PutImpersonationRole', { ...one, Period })
      // From another page, so that the list loads again.
      await open(page, demo, `/users/${UserId}`)
      await page.getByRole('heading', { name: 'Access by role' }).waitFor()
      await open(page, demo, '/roles')
      await row().getByText(badge).waitFor()
      t.strictSame(await violations(page), [], `axe-core finds nothing on roles: ${badge}`)
      await open(page, demo, `/roles/${ImpersonationRoleId}`)
      await page.getByText(`This role ${words}`).waitFor()
      await page.getByRole('tab', { name: 'Reach' }).click()
      await page.getByText(`The role ${words}, so it reaches 0 of`).waitFor()
      await open(page, demo, `/users/${UserId}`)
      await row().getByText(`No: role ${words}`).waitFor()
      t.strictSame(await violations(page), [], `axe-core finds nothing on a user: ${badge}`)
    }

    await demo.api('EwsGateway.PutImpersonationRole', { ...one, Period: {} })
    await demo.api('EwsGateway.LockImpersonationRole', one)
    await open(page, demo, `/roles/${ImpersonationRoleId}`)
    await page.getByRole('tab', { name: 'Reach' }).click()
    await page.getByText(/The role is locked, so it reaches 0 of \d+ users/).waitFor()
    await open(page, demo, `/users/${UserId}`)
    await row().getByText('No: role is locked').waitFor()

    await demo.api('EwsGateway.UnlockImpersonationRole', one)
    await demo.api('EwsGateway.UpdateAccessKey', { AccessKeyId, Enabled: false })
    await open(page, demo, `/roles/${ImpersonationRoleId}`)
    await page
      .getByRole('row', { name: /closed-server/ })
      .getByText('No valid credential')
      .waitFor()
    await open(page, demo, `/users/${UserId}`)
    await row()
      .getByText(/closed-server \(no valid credential\)/)
      .waitFor()
    await demo.api('WorkMailService.DeleteImpersonationRole', one)
  },
}

/**
 * Tests how mailboxes are protected, also while someone else changes the list, and how an exception lets a role in.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import { cutWords, violations } from '../browser.ts'
import { createPrincipal } from '../demo.ts'
import { atBothWidths, checkThemes, dialogOf, open, type Part, signIn, signOut } from '../part.ts'

const PAGE = '/protected-mailboxes'

export const PROTECTION: Part = {
  name: 'mailboxes are protected by pasting, a role gets an exception, and EWS follows',
  run: async (t, { demo, admin: { page, expect }, guest }) => {
    const roleId = await demo.createRole('investigator')
    const tool = await demo.createTool('tool-of-investigator', roleId)
    const put = (input: object) => demo.api('EwsGateway.PutProtectedMailboxes', input)
    await demo.api('EwsGateway.PutGroup', { Name: 'Works council', Users: ['carol@example.com'] })
    t.equal(await demo.findMail(tool, 'bob@example.com'), 'NoError')

    await open(page, demo, PAGE)
    await page.getByText('No protected users').waitFor()
    await page.getByText('Only names and impersonation are protected').waitFor()
    await page.getByRole('button', { name: 'Protect mailboxes' }).click()
    const dialog = dialogOf(page)
    await dialog.getByRole('button', { name: 'Paste a list' }).click()
    await dialog.getByLabel('List of users').fill('bob@example.com, nobody@example.com')
    await dialog.getByRole('button', { name: 'Check list' }).click()
    await dialog.getByRole('button', { name: 'Add 1 user' }).click()
    await dialog.getByRole('button', { name: /^Groups/ }).click()
    await page.getByRole('option', { name: 'Works council' }).click()
    await page.keyboard.press('Escape')
    t.strictSame(await violations(dialog), [], 'axe-core finds nothing in the dialog')
    await put({ Users: ['alice@example.com'] })
    expect(409)
    await protect(page)
    await dialog.getByText('Someone else changed the protected mailboxes').waitFor()
    await page.getByRole('row', { name: 'alice@example.com' }).waitFor()
    await protect(page)
    await page.getByText('Protected the mailboxes.').waitFor()
    for (const name of ['alice@example.com', 'bob@example.com', 'Works council'])
      await page.getByRole('row', { name }).waitFor()
    for (const name of ['bob', 'carol'])
      t.equal(await demo.findMail(tool, `${name}@example.com`), 'ErrorImpersonateUserDenied')

    await page.getByRole('button', { name: 'Add exception' }).click()
    const add = dialog.getByRole('button', { name: 'Add exception' })
    await dialog.getByRole('button', { name: /^Role/ }).click()
    await page.getByRole('option', { name: 'investigator' }).click()
    await dialog.getByLabel('Reason').fill('Investigation 7')
    const date = dialog.getByLabel('End', { exact: true })
    await date.fill('2001-02-03')
    await dialog.getByText('The end must be in the future.').waitFor()
    t.ok(await add.isDisabled(), 'an exception needs an end in the future')
    await date.fill('12/31/2098')
    t.ok(await add.isDisabled(), 'an exception needs an end that is read')
    await date.fill('2098-12-31 08:00 UTC')
    await dialog.getByText('Wednesday, 31 December 2098, 09:00, your local time (UTC+1)').waitFor()
    t.strictSame(await violations(dialog), [], 'axe-core finds nothing in the form')
    await add.click()
    const row = page.getByRole('row', { name: /investigator.*In force.*Investigation 7/ })
    await row.waitFor()
    t.equal(await demo.findMail(tool, 'bob@example.com'), 'NoError', 'the exception lets it in')
    t.match(await demo.api('EwsGateway.GetProtectedMailboxes', {}), {
      Exceptions: [{ NotAfter: Date.UTC(2098, 11, 31, 8) / 1_000, Reason: 'Investigation 7' }],
    })
    await checkThemes(t, page, 'on the protected mailboxes')
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )

    const reader = await createPrincipal(demo.api, 'reader-of-protection', {
      Effect: 'Allow',
      Action: ['ewsgateway:GetProtectedMailboxes'],
      Resource: ['*'],
    })
    await signOut(guest, demo, PAGE)
    await signIn(guest.page, reader)
    await guest.page.getByText("You can't change the protected mailboxes").waitFor()
    t.equal(await guest.page.getByRole('row', { name: /Investigation 7/ }).count(), 1)
    for (const name of ['Protect mailboxes', 'Remove users', 'Add exception', /^Remove exception/])
      t.equal(await guest.page.getByRole('button', { name }).count(), 0, `no ${name}`)

    await open(page, demo, `/roles/${roleId}`)
    await page.getByText('This role can reach protected mailboxes').waitFor()
    await open(page, demo, PAGE)
    await page.getByRole('button', { name: 'Remove exception of investigator' }).click()
    await dialog.getByRole('button', { name: 'Remove exception' }).click()
    await page.getByText('No role reaches a protected mailbox.').waitFor()
    t.equal(await demo.findMail(tool, 'bob@example.com'), 'ErrorImpersonateUserDenied')
    await open(page, demo, `/roles/${roleId}?tab=reach&reach=no`)
    await page.getByRole('row', { name: /bob@example.com.*The mailbox is protected/ }).waitFor()

    await open(page, demo, PAGE)
    for (const name of ['alice', 'bob'])
      await page.getByRole('checkbox', { name: `Select ${name}@example.com` }).check()
    await page.getByRole('button', { name: 'Remove users' }).click()
    await dialog.getByRole('button', { name: 'Remove users' }).click()
    await page.getByText('Removed 2 users from the protected mailboxes.').waitFor()
    t.equal(await demo.findMail(tool, 'bob@example.com'), 'NoError')
    await put({ Users: [] })
  },
}

const protect = (page: Page) =>
  dialogOf(page).getByRole('button', { name: 'Protect mailboxes', exact: true }).click()

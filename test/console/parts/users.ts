/**
 * Tests how users are found, disabled, edited by two administrators at once, and imported.
 *
 * @module
 */

import { cutWords, violations } from '../browser.ts'
import { atBothWidths, checkThemes, dialogOf, focusedHeading, open, type Part } from '../part.ts'

export const USERS: Part = {
  name: 'a user is found by any name, and the page shows who can act as that person',
  run: async (t, { demo, admin: { page } }) => {
    await open(page, demo, '/users')
    await page.getByRole('heading', { name: /^Users \(\d+\)$/ }).waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing on the users')
    await page.getByLabel('Find users').fill('boss')
    await page.getByRole('link', { name: 'alice@example.com' }).waitFor({ state: 'detached' })
    t.match(page.url(), /\?q=boss$/, 'the search is in the address')
    await page.getByRole('link', { name: 'ceo@example.com' }).click()
    await page.getByRole('heading', { name: 'ceo@example.com' }).waitFor()
    await page.getByText('No principal can impersonate this user').waitFor()
    await page.getByText(/\d+ of \d+ roles have rules that allow/).waitFor()
    await page.getByRole('button', { name: /^All roles/ }).click()
    const denied = page.getByRole('row', { name: /migration-full/ }).first()
    t.match(await denied.textContent(), /No.*Full access.*Deny/, 'and by which rule')
    await page.goBack()
    await page.goBack()
    t.equal(await page.getByLabel('Find users').inputValue(), 'boss', 'back leads to the search')

    await demo.api('EwsGateway.PutGroup', { Name: 'Finance', Users: ['alice@example.com'] })
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByRole('link', { name: 'alice@example.com' }).click()
    await page.getByText(/can impersonate this user .*in \d+ roles/).waitFor()
    await page.getByText('Finance').waitFor()
    await checkThemes(t, page, 'on a user')
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )
  },
}

export const DISABLE_USER: Part = {
  name: 'a disabled user cannot be impersonated, from the next request on',
  run: async (t, { demo, admin: { page } }) => {
    const find = () => demo.findMail(demo.migration, 'carol@example.com')
    t.equal(await find(), 'NoError')
    await open(page, demo, '/users?q=carol')
    await page.getByRole('link', { name: 'carol@example.com' }).click()
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('This user is disabled').waitFor()
    t.equal(await find(), 'ErrorImpersonateUserDenied')
    await page.getByRole('button', { name: 'Enable' }).click()
    await page.getByText('This user is disabled').waitFor({ state: 'detached' })
    t.equal(await find(), 'NoError')
  },
}

export const EDIT_USER: Part = {
  name: 'two who edit a user at once see both, and lose nothing',
  run: async (t, { demo, admin: { page, expect } }) => {
    const {
      UserId,
      Version: _,
      ...user
    } = await demo.api('EwsGateway.GetUser', {
      UserId: 'carol@example.com',
    })
    await open(page, demo, `/users/${UserId}/edit`)
    await page.getByLabel('Display name - optional', { exact: true }).fill('Carol of mine')
    await demo.api('EwsGateway.PutUser', { ...user, UserId, DisplayName: 'Carol of theirs' })
    expect(409)
    await page.getByRole('button', { name: 'Save changes', exact: true }).click()
    await page.getByRole('row', { name: /Carol of theirs.*Carol of mine/ }).waitFor()
    const name = async () =>
      (await demo.api('EwsGateway.GetUser', { UserId }))['DisplayName'] as string
    t.equal(await name(), 'Carol of theirs', 'theirs is saved until the later one decides')
    await page.getByRole('button', { name: 'Overwrite' }).click()
    await page.getByText('Saved changes to carol@example.com').waitFor()
    await focusedHeading(page, 'carol@example.com').waitFor()
    t.equal(await name(), 'Carol of mine')
  },
}

export const RELEASE_NAME: Part = {
  name: 'a former name stays with its user until it is released',
  run: async (t, { demo, admin: { page, expect } }) => {
    const { UserId } = await demo.api('EwsGateway.GetUser', { UserId: 'bob@example.com' })
    const bob = { UserId, PrimarySmtpAddress: 'bob@example.com' }
    await demo.api('EwsGateway.PutUser', { ...bob, Aliases: ['sales@example.com'] })
    await demo.api('EwsGateway.PutUser', bob)

    await open(page, demo, '/users/new')
    const address = page.getByLabel('Primary address', { exact: true })
    await address.fill('alice@example.com')
    expect(400)
    await page.getByRole('button', { name: 'Create user', exact: true }).click()
    await page.getByText('The address alice@example.com is already in use by alice@').waitFor()
    await address.fill('sales@example.com')
    expect(400)
    await page.getByRole('button', { name: 'Create user', exact: true }).click()
    await page.getByText(/stays with the user who had it.*ewsgateway:ReleaseName/).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await dialogOf(page).getByRole('button', { name: 'Leave', exact: true }).click()
    await page.getByLabel('Find users').waitFor()

    await open(page, demo, `/users/${UserId}`)
    await page.getByRole('heading', { name: 'Former names' }).waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing on former names')
    await page.getByRole('button', { name: 'Release sales@example.com' }).click()
    const dialog = dialogOf(page)
    await dialog.getByLabel('To confirm, enter sales@example.com').fill('sales@example.com')
    await dialog.getByRole('button', { name: 'Release name', exact: true }).click()
    await page.getByText('Released name sales@example.com').waitFor()
    await page
      .getByRole('button', { name: 'Release sales@example.com' })
      .waitFor({ state: 'detached' })
    const made = await demo.api('EwsGateway.PutUser', { PrimarySmtpAddress: 'sales@example.com' })
    t.not(made['UserId'], UserId, 'it is a user of its own')
  },
}

const HEADER = 'id,primarySmtpAddress,aliases,principalName,sid,displayName'

export const IMPORT_USERS: Part = {
  name: 'an import shows mistakes by line, then its changes, then makes them',
  run: async (t, { demo, admin: { page, expect } }) => {
    await open(page, demo, '/users/import')
    const chooseFile = (buffer: Buffer) =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name: 'users.csv', mimeType: 'text/csv', buffer })
    const choose = (...rows: string[]) => chooseFile(Buffer.from([HEADER, ...rows, ''].join('\n')))
    const isThere = async () =>
      (await demo.api('EwsGateway.SearchUsers', { Text: 'dora' }))['Users'] as unknown[]

    await chooseFile(Buffer.from(`${HEADER}\n,joerg@example.com,,,,J\xf6rg\n`, 'latin1'))
    await page.getByRole('button', { name: 'Preview changes' }).click()
    await page
      .getByText(/^Line 2 has the byte 0xF6, which is not UTF-8[.] Save the file as/)
      .waitFor()

    await page.getByRole('button', { name: 'Remove file' }).click()
    await choose(',dora@example.com,,,,Dora', ',nobody,,,,')
    expect(400)
    await page.getByRole('button', { name: 'Preview changes' }).click()
    await page.getByRole('row', { name: /^3 .*"nobody" is not an address/ }).waitFor()

    await page.getByRole('button', { name: 'Remove file' }).click()
    await choose(',dora@example.com,,,,Dora', ',bob@example.com,bobby@example.com,,,Bob')
    await page.getByRole('button', { name: 'Preview changes' }).click()
    await page.getByText('Created (1)').waitFor()
    await page.getByText('Updated (1)').waitFor()
    t.strictSame(await isThere(), [], 'a preview writes nothing')
    t.strictSame(await violations(page), [], 'axe-core finds nothing in the preview')
    await page.getByRole('button', { name: 'Import users', exact: true }).click()
    await page.getByText(/Imported users: 1 created, 1 updated/).waitFor()
    t.match(await isThere(), [{ Email: 'dora@example.com' }])

    const { Users } = await demo.api('EwsGateway.SearchUsers', { MaxResults: 100 })
    const others = (Users as { Email: string }[]).filter(({ Email }) => !Email.startsWith('dora'))
    const rows = ['primarySmtpAddress', ...others.map(({ Email }) => Email)]
    await open(page, demo, '/users/import')
    await chooseFile(Buffer.from(rows.join('\n')))
    await page.getByText('Delete users who are not in the file').click()
    await page.getByRole('button', { name: 'Preview changes' }).click()
    const effect = `1 of ${rows.length} users is deleted and can no longer be impersonated. No role has`
    await page.getByText(effect).waitFor()
    await page.getByRole('button', { name: 'Import users', exact: true }).click()
    const dialog = dialogOf(page)
    const button = dialog.getByRole('button', { name: 'Import and delete', exact: true })
    await dialog.getByText(effect).waitFor()
    await dialog.getByText('Delete more than 10% of the users').click()
    t.ok(await button.isDisabled(), 'the number is not entered')
    await dialog.getByLabel('To confirm, enter 1').fill('1')
    await dialog.getByText('Delete more than 10% of the users').click()
    t.ok(await button.isDisabled(), 'the large deletion is not accepted')
    t.strictSame(await violations(dialog), [], 'axe-core finds nothing in the dialog')
    await dialog.getByText('Delete more than 10% of the users').click()
    await button.click()
    await page.getByText(/Imported users: 0 created, 0 updated, 1 deleted/).waitFor()
    t.strictSame(await isThere(), [])
  },
}

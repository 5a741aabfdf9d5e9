/**
 * Tests how a role is created, tested before and after saving, and changed, and that EWS follows.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { CHECK_NAMES } from '../../../src/decision/checks.ts'
import { cutWords, violations } from '../browser.ts'
import { findItem } from '../demo.ts'
import {
  atBothWidths,
  checkThemes,
  dialogOf,
  exported,
  focusedHeading,
  open,
  type Part,
} from '../part.ts'

export const CREATE: Part = {
  name: 'a role with two rules is created, previewed and tested before it is saved',
  run: async (t, { demo, admin: { page, expect } }) => {
    const name = 'nightly-copy'
    await open(page, demo, '/roles')
    await page.getByRole('button', { name: 'Create role' }).click()
    await page.getByText("it can't impersonate any user").waitFor()
    await page.getByLabel('Name', { exact: true }).fill('backup-readonly')
    await addRule(page, 'Everyone', async () => {
      await page.getByText('Matches every request').click()
      await dialogOf(page).getByText('all users, including future users').waitFor()
    })
    await page.getByText('all users, including future users').first().waitFor()
    await addRule(page, 'Not the CEO', async () => {
      await dialogOf(page).getByText('Deny', { exact: true }).click()
      await pasted(page, '"Chief, The" <boss@example.com>; nobody@example.com\nceo@example.com')
      t.strictSame(await violations(dialogOf(page)), [], 'axe-core finds nothing in the dialog')
    })
    await page.getByText('3 of 4 users gain access, and 0 lose access').waitFor()
    t.strictSame(
      await page
        .getByRole('row', { name: /Gains access/ })
        .getByRole('rowheader')
        .allTextContents(),
      ['alice@example.com', 'bob@example.com', 'carol@example.com'],
      'the preview shows who gains access',
    )
    await page.getByRole('button', { name: 'Profile', exact: true }).click()
    await page
      .getByRole('button', { name: /^Profile/ })
      .last()
      .click()
    await page.getByRole('option', { name: /^export-only/ }).click()
    await page.getByText('The profile export-only limits this access.').waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing in the editor')

    await page.getByRole('button', { name: 'Test draft' }).click()
    await tried(t, page, 'Test draft')
    expect(400)
    await page.getByRole('button', { name: 'Create role' }).click()
    await page.getByText('backup-readonly is already in use').waitFor()
    await page
      .locator('input:focus')
      .and(page.getByLabel('Name', { exact: true }))
      .waitFor()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByText('is already in use').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Create role' }).click()
    t.match(
      await page.getByText(`Created role ${name}.`).textContent(),
      /within a second/,
      'and when it takes effect',
    )
    await focusedHeading(page, name).waitFor()
    await page.getByText(/^export-only\. Tools that back up mailboxes/).waitFor()
    await page.getByText('all users, including future users').first().waitFor()
  },
}

export const TEST_SAVED: Part = {
  name: 'the test of a saved role gives the results of its draft',
  run: async (t, { demo, admin: { page } }) => {
    const roleId = await demo.createRole('tested')
    await demo.createTool('tool-of-tested', roleId)
    await open(page, demo, `/roles/${roleId}`)
    await page.getByRole('button', { name: 'Test role', exact: true }).click()
    await tried(t, page, 'Test role')
    await page.getByRole('button', { name: 'Test role', exact: true }).click()
    await triedWhole(t, page)
    await checkThemes(t, page, 'on the role')
    await reached(t, page)
  },
}

export const EDIT: Part = {
  name: 'a rule is changed, the preview shows who loses access, and EWS denies that user',
  run: async (t, { demo, admin: { page } }) => {
    const roleId = await demo.createRole('edited')
    const tool = await demo.createTool('tool-of-edited', roleId)
    t.equal(await demo.findMail(tool, 'bob@example.com'), 'NoError')
    await open(page, demo, `/roles/${roleId}/edit`)
    await page.getByRole('button', { name: 'Edit Not the CEO' }).click()
    await choose(page, 'bob', 'bob@example.com')
    await dialogOf(page).getByRole('button', { name: 'Save rule' }).click()
    await changed(page, 'bob@example.com', 'Loses access').waitFor()
    await enteredPeriod(t, page)
    await page.getByText('Saved changes to edited.').waitFor()
    const { Period } = await demo.api('EwsGateway.DescribeImpersonationRole', {
      ImpersonationRoleId: roleId,
    })
    t.strictSame(Period, {
      NotBefore: Date.UTC(2001, 1, 2, 23) / 1_000,
      NotAfter: Date.UTC(2098, 11, 31, 7, 30) / 1_000,
    })
    t.equal(
      await demo.findMail(tool, 'bob@example.com'),
      'ErrorImpersonateUserDenied',
      'the next request is denied',
    )
    t.equal(await demo.findMail(tool, 'alice@example.com'), 'NoError')
  },
}

export const GROUP_RULE: Part = {
  name: 'a rule for a group denies its members, and is still a rule for a group when it is opened again',
  run: async (t, { demo, admin: { page } }) => {
    const roleId = await demo.createRole('for-a-group')
    const tool = await demo.createTool('tool-of-for-a-group', roleId)
    const Users = ['carol@example.com']
    await demo.api('EwsGateway.PutGroup', { Name: 'Board', Users })
    t.equal(await demo.findMail(tool, 'carol@example.com'), 'NoError')
    await open(page, demo, `/roles/${roleId}/edit`)
    await addRule(page, 'Not the board', async () => {
      await dialogOf(page).getByText('Deny', { exact: true }).click()
      await dialogOf(page)
        .getByRole('button', { name: /^Groups/ })
        .click()
      await page.getByLabel('Find groups').fill('bo')
      await page.getByRole('option', { name: 'Board' }).click()
      await page.keyboard.press('Escape')
    })
    await page.getByRole('button', { name: 'Edit Not the board' }).click()
    await dialogOf(page).getByRole('button', { name: 'Save rule' }).click()
    await changed(page, 'carol@example.com', /Loses access.*Board/).waitFor()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('members of Board').waitFor()
    t.equal(await demo.findMail(tool, 'carol@example.com'), 'ErrorImpersonateUserDenied')
    t.equal(await demo.findMail(tool, 'alice@example.com'), 'NoError')
  },
}

/** Reads which users the role reaches, and which it does not reach, by which rule. */
async function reached(t: Test, page: Page) {
  await page.getByRole('tab', { name: 'Reach' }).click()
  await page.getByText('The role reaches 3 of 4 users').waitFor()
  await page.getByRole('row', { name: /bob@example.com.*Allow: Everyone/ }).waitFor()
  const csv = await exported(page)
  for (const name of ['alice', 'bob', 'carol']) t.match(csv, `${name}@example.com`)
  t.notMatch(csv, 'ceo@example.com', 'the export has the users that the role reaches')
  await page.getByRole('button', { name: 'Not reached (1)' }).click()
  await page.getByRole('row', { name: /ceo@example.com.*Deny: Not the CEO/ }).waitFor()
  await page.getByLabel('Find users').fill('boss')
  await page.getByText('1 match', { exact: true }).first().waitFor()
  t.strictSame(await violations(page), [], 'axe-core finds nothing on the reach')
  await atBothWidths(page, async width =>
    t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
  )
}

/** Returns the row of a user in the preview. */
const changed = (page: Page, address: string, text: string | RegExp) =>
  page.getByRole('row', { name: address }).filter({ hasText: text })

/** Adds a user from a list with an unknown and a repeated user. */
async function pasted(page: Page, list: string) {
  const dialog = dialogOf(page)
  await dialog.getByRole('button', { name: 'Paste a list' }).click()
  await dialog.getByLabel('List of users').fill(list)
  await dialog.getByRole('button', { name: 'Check list' }).click()
  await dialog.getByText('1 user found, 1 unknown, 1 duplicate', { exact: true }).waitFor()
  await dialog.getByRole('button', { name: 'Add 1 user', exact: true }).click()
  await dialog.getByText('Added 1 user').waitFor()
}

/** Tests the role: it allows Alice, and its second rule denies the CEO. */
async function tried(t: Test, page: Page, button: string) {
  const dialog = dialogOf(page)
  for (const [user, verdict, hits] of [
    ['alice@example.com', /Allowed: GetItem as alice@example.com/, ['Matches', "Doesn't match"]],
    ['boss@example.com', /Denied: GetItem as ceo@example.com/, ['Matches', 'Matches']],
  ] as const) {
    await dialog.getByLabel('Target user').fill(user)
    await dialog.getByLabel('Target user').press('Escape')
    await dialog.getByRole('button', { name: button, exact: true }).click()
    await dialog.getByText(verdict).waitFor()
    const cells = dialog.getByRole('cell', { name: /^(Matches|Doesn't match)$/ })
    t.strictSame(await cells.allTextContents(), hits, `${user}: ${verdict.source}`)
  }
  await dialog.getByRole('button', { name: 'Close', exact: true }).click()
}

/** Tests a whole request of a principal, and reads the result of every check. */
async function triedWhole(t: Test, page: Page) {
  const dialog = dialogOf(page)
  await dialog.getByRole('button', { name: 'Caller and body' }).click()
  await dialog.getByRole('button', { name: /^Principal/ }).click()
  await page.getByRole('option', { name: 'tool-of-tested' }).click()
  await dialog.getByLabel('Request body').fill(findItem('alice@example.com'))
  await dialog.getByRole('button', { name: 'Test role', exact: true }).click()
  await dialog.getByText('Allowed: this request as alice@example.com').waitFor()
  await dialog.getByText('The gateway would forward this request.').waitFor()
  await dialog.getByRole('button', { name: 'All checks' }).click()
  const checks = await dialog.getByRole('listitem').allTextContents()
  const others = checks.filter(text => !text.endsWith(': passed'))
  t.strictSame(
    [checks.length, others],
    [CHECK_NAMES.length, ['Folders and items of the profile: not evaluated']],
  )
  t.strictSame(await violations(dialog), [], 'axe-core finds nothing in the test')
  await dialog.getByRole('button', { name: 'Close', exact: true }).click()
}

/** Adds a rule in its dialog. */
async function addRule(page: Page, name: string, fill: () => Promise<void>) {
  await page.getByRole('button', { name: 'Add rule' }).click()
  await dialogOf(page).getByLabel('Rule name').fill(name)
  await fill()
  await dialogOf(page).getByRole('button', { name: 'Add rule' }).click()
  await page.getByRole('button', { name: `Edit ${name}` }).waitFor()
}

/** Finds a user by part of any name, and selects that user. */
async function choose(page: Page, text: string, address: string) {
  await dialogOf(page).getByRole('button', { name: /Users/ }).click()
  await page.getByLabel('Find users').fill(text)
  await page.getByRole('option', { name: address }).click()
  await page.keyboard.press('Escape')
}

/** Enters a period of which most texts are wrong, and leaves it at one that can be saved. */
async function enteredPeriod(t: Test, page: Page) {
  const [start, end] = ['Valid from', 'Valid until'].map(label => page.getByLabel(label))
  if (start === undefined || end === undefined) throw new Error('There is no period')
  const save = page.getByRole('button', { name: 'Save changes' })
  await page.getByText('For example, 2026-12-31 18:00 in your local time').first().waitFor()
  await start.fill('2001-02-03')
  await page.getByText('Saturday, 3 February 2001, 00:00 (the beginning of the day)').waitFor()
  for (const [text, problem] of [
    ['31.12.2098', 'Enter year-month-day'],
    ['2099-02-29', 'February 2099 has 28 days'],
    ['2027-03-28 02:30', "doesn't exist in Europe/Berlin"],
    ['2027-10-31 02:30', 'occurs twice in Europe/Berlin'],
    ['2001-02-03', 'The end must be later than the start.'],
  ] as const) {
    await end.fill(text)
    await save.click()
    await page.getByText(problem).filter({ visible: true }).first().waitFor()
    t.equal(await end.inputValue(), text, 'the field keeps the text')
    t.equal(await end.getAttribute('aria-invalid'), 'true')
    await page.locator('input[aria-invalid=true]:focus').waitFor()
  }
  t.strictSame(await violations(page), [], 'axe-core finds nothing in the editor with an error')
  await end.fill('2001-02-04')
  await page.getByText('This end is in the past.').first().waitFor()
  await atBothWidths(page, async width =>
    t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
  )
  await end.fill('31 Dec 2098 08:30')
  await page
    .getByText(/^Wednesday, 31 December 2098, 08:30, your local time \(UTC\+1\), in [\d,]+ days$/)
    .first()
    .waitFor()
  await page.getByText('This end is in the past.').first().waitFor({ state: 'detached' })
  await checkThemes(t, page, 'in the editor with a period')
  await save.click()
}

/**
 * Tests that an administrator can create a role, protect a mailbox, and find denials, with the keyboard alone.
 *
 * @module
 */

import type { Locator, Page } from 'playwright-core'
import { dialogOf, focusedHeading, open, type Part } from '../part.ts'

export const KEYBOARD: Part = {
  name: 'a role is created, a mailbox protected, and the audit filtered, with the keyboard alone',
  run: async (t, { demo, admin: { page } }) => {
    await demo.findMail(demo.migration, 'ceo@example.com')
    await open(page, demo, '/roles')
    await page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
    await press(page, page.getByRole('button', { name: 'Create role' }), 'Enter')
    await focusedHeading(page, 'Create impersonation role').waitFor()
    await write(page, page.getByLabel('Name', { exact: true }), 'by-keyboard')

    const addRule = page.getByRole('button', { name: 'Add rule' }).first()
    await press(page, addRule, 'Enter')
    const dialog = dialogOf(page)
    await write(page, dialog.getByLabel('Rule name'), 'Everyone')
    const condition = dialog.getByRole('radio', { name: /^Matches/ })
    await press(page, condition, 'ArrowUp')
    await dialog.getByText('all users, including future users').waitFor()
    await press(page, dialog.getByRole('button', { name: 'Add rule' }), 'Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.locator('main :focus').waitFor()
    t.pass('the focus is back on the page')
    await page.getByText(/\d+ of \d+ users gain access/).waitFor()
    await press(page, page.getByRole('button', { name: 'Create role' }), 'Enter')
    await focusedHeading(page, 'by-keyboard').waitFor()

    await protect(page)

    await press(page, page.getByRole('link', { name: 'Audit', exact: true }), 'Enter', 'Shift+Tab')
    await page.getByRole('heading', { name: 'Audit', exact: true }).first().waitFor()
    await write(page, page.getByRole('combobox', { name: 'Filter' }), 'Decision = DENY')
    await page.keyboard.press('Enter')
    await page.waitForURL(/decision=DENY/)
    const denial = page.getByRole('row', { name: /Denied/ }).first()
    await denial.waitFor()
    await press(page, denial.getByRole('link').first(), 'Enter')
    await page.getByText('Matching rules').waitFor()
  },
}

/** Protects the mailbox of Carol, and ends the protection. */
async function protect(page: Page): Promise<void> {
  const link = page.getByRole('link', { name: 'Protected mailboxes', exact: true })
  await press(page, link, 'Enter', 'Shift+Tab')
  await page.getByRole('heading', { name: 'Protected mailboxes', exact: true }).waitFor()
  await press(page, page.getByRole('button', { name: 'Protect mailboxes' }), 'Enter')
  const dialog = dialogOf(page)
  await press(page, dialog.getByRole('button', { name: /^Users/ }), 'Enter')
  const alice = page.getByRole('option', { name: 'alice@example.com' })
  await alice.waitFor()
  await page.keyboard.type('carol')
  await alice.waitFor({ state: 'hidden' })
  await page.getByRole('option', { name: 'carol@example.com' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await press(page, dialog.getByRole('button', { name: 'Protect mailboxes' }), 'Enter')
  await press(page, page.getByRole('checkbox', { name: 'Select carol@example.com' }), 'Space')
  await press(page, page.getByRole('button', { name: 'Remove users' }), 'Enter', 'Shift+Tab')
  await press(page, dialog.getByRole('button', { name: 'Remove user', exact: true }), 'Enter')
  await page.getByText('No protected users').waitFor()
}

/** Maximum number of elements between two that follow each other in the journey. */
const STEPS = 100

/** Moves the focus to one of some elements, and presses a key there. */
export async function press(
  page: Page,
  element: Locator,
  key: string,
  step: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  await element.first().waitFor()
  for (let n = 0; !(await hasFocus(element)); n += 1) {
    if (n === STEPS) throw new Error(`The focus does not reach ${element}`)
    await page.keyboard.press(step)
  }
  await page.keyboard.press(key)
}

/** Moves the focus to a field, and replaces its text. */
export async function write(page: Page, field: Locator, text: string): Promise<void> {
  await press(page, field, 'Control+A')
  await page.keyboard.type(text)
}

const hasFocus = async (element: Locator): Promise<boolean> =>
  (await element.and(element.page().locator(':focus')).count()) > 0

/**
 * Tests that pages and a dialog stay accessible when the window becomes narrow, and when the dialog is scrolled.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { violations } from '../browser.ts'
import { atBothWidths, dialogOf, open, type Part } from '../part.ts'

export const RESIZED: Part = {
  name: 'pages stay accessible in a narrow window, and a dialog when it is scrolled',
  run: async (t, { demo, admin: { page } }) => {
    const roleId = await demo.createRole('resized')
    for (const [path, text] of [
      ['/', 'Health'],
      ['/roles', 'Impersonation roles'],
      [`/roles/${roleId}`, 'resized'],
      ['/users', 'Users'],
      ['/groups', 'Groups'],
      ['/protected-mailboxes', 'Protected mailboxes'],
      ['/principals', 'Principals'],
      ['/audit/totals', 'Group by'],
    ] as const) {
      await open(page, demo, path)
      await page.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor()
      await atBothWidths(page, async width =>
        t.strictSame(await violations(page), [], `${path}, ${width} pixels wide`),
      )
    }
    await open(page, demo, `/roles/${roleId}/edit`)
    await page.getByRole('button', { name: 'Edit Not the CEO' }).click()
    await dialogOf(page).getByRole('button', { name: 'Paste a list' }).click()
    await atBothWidths(page, async width => await scrolled(t, page, width))
    await dialogOf(page).getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
  },
}

/** Checks the dialog at its start, and at its end. */
async function scrolled(t: Test, page: Page, width: number) {
  for (const part of ['Rule name', 'List of users']) {
    await dialogOf(page).getByLabel(part, { exact: true }).scrollIntoViewIfNeeded()
    t.strictSame(await violations(page), [], `the rule at ${part}, ${width} pixels wide`)
  }
}

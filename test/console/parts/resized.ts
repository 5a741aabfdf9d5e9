/**
 * Tests that every page of the router is accessible, and that a dialog stays so when it is scrolled.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { violations } from '../browser.ts'
import type { Demo } from '../demo.ts'
import { atBothWidths, dialogOf, open, type Part } from '../part.ts'
import { PATTERNS } from '../routes.ts'

/** Contrast depends on the theme, and everything else on the width, so two of the four combinations are enough. */
const THEMES = { 400: 'dark', 1280: 'light' } as const

export const RESIZED: Part = {
  name: 'every page is accessible in each theme and width, and a dialog when it is scrolled',
  run: async (t, { demo, admin: { page } }) => {
    const ids = await idsOf(demo)
    for (const pattern of PATTERNS) {
      await load(page, demo, pathOf(pattern, ids))
      await atBothWidths(page, async width => {
        const theme = THEMES[width]
        await page.emulateMedia({ colorScheme: theme })
        t.strictSame(await violations(page), [], `${pattern}, ${width} pixels wide, ${theme}`)
      })
    }
    await open(page, demo, `/roles/${ids['roles']}/edit`)
    await page.getByRole('button', { name: 'Edit Not the CEO' }).click()
    await dialogOf(page).getByRole('button', { name: 'Paste a list' }).click()
    await atBothWidths(page, async width => await scrolled(t, page, width))
    await dialogOf(page).getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
  },
}

/** Returns an ID for each list whose entries have a page, by the part of the path before the ID. */
async function idsOf({ api, createRole, findMail, migration }: Demo) {
  await findMail(migration, 'ceo@example.com')
  const { UserId } = await api('EwsGateway.GetUser', { UserId: 'alice@example.com' })
  const { Principals } = await api('EwsGateway.ListPrincipals', {})
  const { GroupId } = await api('EwsGateway.PutGroup', { Name: 'Resized' })
  const { Changes } = await api('EwsGateway.ListChanges', {
    StartTime: 0,
    EndTime: Math.ceil(Date.now() / 1_000),
  })
  return {
    roles: await createRole('resized'),
    users: UserId,
    groups: GroupId,
    rules: 'Default',
    principals: (Principals as { PrincipalId: string }[])[0]?.PrincipalId,
    mailboxes: UserId,
    records: (Changes as { DecisionId: string }[])[0]?.DecisionId,
  } as Readonly<Record<string, string | undefined>>
}

/** @throws Error if a page has a new kind of ID */
const pathOf = (pattern: string, ids: Readonly<Record<string, string | undefined>>) =>
  pattern.replace(/([\w-]+)\/:\w+/g, (_, list: string) => {
    const id = ids[list]
    if (id === undefined) throw new Error(`There is no ID of ${list} for ${pattern}`)
    return `${list}/${id}`
  })

/** Opens a page, and waits until it is complete. */
async function load(page: Page, demo: Demo, path: string): Promise<void> {
  await page.goto(`${demo.controlUrl}/console${path}`)
  await page.locator('h1').filter({ visible: true }).first().waitFor()
  await page.waitForLoadState('networkidle')
  const loading = page.getByText(/^Loading/).filter({ visible: true })
  while (await loading.count()) await page.evaluate('new Promise(requestAnimationFrame)')
}

/** Checks the dialog at its start, and at its end. */
async function scrolled(t: Test, page: Page, width: number) {
  for (const part of ['Rule name', 'List of users']) {
    await dialogOf(page).getByLabel(part, { exact: true }).scrollIntoViewIfNeeded()
    t.strictSame(await violations(page), [], `the rule at ${part}, ${width} pixels wide`)
  }
}

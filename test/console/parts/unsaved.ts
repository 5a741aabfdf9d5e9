/**
 * Tests that a form with changes is left only after a question, and for the page that was asked for.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import { dialogOf, focusedHeading, open, type Part } from '../part.ts'

export const UNSAVED: Part = {
  name: 'a changed form asks before it is left, and Back leads to where the person was',
  run: async (t, { demo, admin: { page } }) => {
    await open(page, demo, '/users?q=carol')
    await page.getByRole('link', { name: 'carol@example.com' }).click()
    await focusedHeading(page, 'carol@example.com').waitFor()
    await page.goBack()
    await page.getByLabel('Find users').fill('caro')
    await page.getByRole('button', { name: 'Create user' }).click()
    const name = page.getByLabel('Display name - optional', { exact: true })
    await name.fill('Unsaved')
    const entries = await page.evaluate('history.length')

    await goBack(page)
    await dialogOf(page).getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.waitForURL(/\/users\/new$/)
    t.equal(await name.inputValue(), 'Unsaved', 'the form keeps its changes')

    const cancel = page.getByRole('button', { name: 'Cancel', exact: true })
    await cancel.click()
    await dialogOf(page).getByRole('button', { name: 'Cancel', exact: true }).click()
    t.match(page.url(), /\/users\/new$/, 'the button of the form asks too')

    await goBack(page)
    await dialogOf(page).getByRole('button', { name: 'Leave', exact: true }).click()
    await page.waitForURL(/\/users\?q=caro$/)
    t.equal(await page.getByLabel('Find users').inputValue(), 'caro', 'Back keeps the search')
    t.equal(await page.evaluate('history.length'), entries, 'and adds no entry to the history')

    await page.goForward()
    await name.waitFor()
    t.equal(await name.inputValue(), '', 'the form is a new one')
    await cancel.click()
    await page.getByLabel('Find users').waitFor()
    t.match(page.url(), /\/users$/, 'a form without changes does not ask')
  },
}

/** Goes back without waiting for another page. */
const goBack = (page: Page) => page.evaluate('history.back()')

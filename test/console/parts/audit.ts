/**
 * Tests how a denial is found in the audit, with its rule, in the totals, and as CSV.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import { cutWords, violations } from '../browser.ts'
import { atBothWidths, checkThemes, exported, open, type Part, pressedUntil } from '../part.ts'

export const AUDIT: Part = {
  name: 'a denial is found, then its record, then the rule that denied',
  run: async (t, { demo, admin: { page } }) => {
    await demo.findMail(demo.migration, 'ceo@example.com')
    await open(page, demo, '/audit?last=1h&contains-mailbox=NOBODY')
    await page.getByText('No matches').waitFor()
    await page.getByText('Mailbox : NOBODY').waitFor()
    await open(
      page,
      demo,
      '/audit?last=1h&contains-mailbox=CEO%40&mailbox=boss%40example.com&decision=DENY',
    )
    const row = page.getByRole('row', { name: /FindItem.*ceo@example.com.*migration-full/ }).first()
    await pressedUntil(refresh(page), row)
    t.equal(await page.getByRole('row', { name: /Allowed/ }).count(), 0, 'the filters filter')
    await page.getByText('Mailbox = boss@example.com').waitFor()
    await checkThemes(t, page, 'here')
    await row.getByRole('link').first().click()
    await page.getByRole('heading', { name: 'FindItem in ceo@example.com' }).waitFor()
    await page.getByText('A DENY rule of the role matches this user').waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing on a record')
    const rule = page.locator('a[href*="?rule="]')
    t.match(await rule.getAttribute('href'), /\/roles\/[\w-]+\?rule=[\w-]+$/)
    await rule.click()
    await page.getByRole('heading', { name: 'migration-full' }).waitFor()
    await page.getByRole('row', { name: /Linked rule.*Deny/ }).waitFor()
    await page.goBack()
    await page.goBack()
    await row.waitFor()
    t.match(page.url(), /mailbox=boss/, 'and back to the filtered list')
  },
}

export const AUDIT_ID: Part = {
  name: 'a pasted decision ID opens its record, also outside of the time of the view',
  run: async (t, { demo, admin: { page } }) => {
    await demo.findMail(demo.migration, 'ceo@example.com')
    await open(page, demo, '/audit?last=1h&decision=DENY')
    const row = page.getByRole('row', { name: /FindItem.*ceo@example.com/ }).first()
    await pressedUntil(refresh(page), row)
    await page.getByRole('link', { name: 'migration-full', exact: true }).last().click()
    await page.getByRole('heading', { name: 'Recent decisions' }).waitFor()
    const recent = page.getByRole('row', { name: /ceo@example.com FindItem/ }).first()
    const path = await recent.getByRole('link').first().getAttribute('href')
    const id = path?.split('/').at(-1) ?? ''
    await open(page, demo, '/audit?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z')
    await page.getByText('paste its decision ID').waitFor()
    const filter = page.getByRole('combobox', { name: 'Filter' })
    await filter.fill('nonsense')
    await filter.press('Enter')
    await page.getByText('“nonsense” is not a decision ID').waitFor()
    await filter.fill(id.toUpperCase())
    await filter.press('Enter')
    await page.getByRole('heading', { name: 'FindItem in ceo@example.com' }).waitFor()
    t.match(page.url(), `/audit/records/${id}`)
  },
}

export const AUDIT_TIME: Part = {
  name: 'a custom time of the audit is read from text, and rejected unless it is clear',
  run: async (t, { demo, admin: { page } }) => {
    await demo.findMail(demo.migration, 'ceo@example.com')
    await open(page, demo, '/audit?last=15m')
    const row = page.getByRole('row', { name: /FindItem.*ceo@example.com/ }).first()
    await pressedUntil(refresh(page), row)
    const time = page.getByRole('button', { name: /^Time/ })
    t.match(await time.textContent(), 'Last 15 minutes', 'a time that is not suggested')
    await time.click()
    await page.getByRole('option', { name: 'Custom time' }).click()
    const [from, until] = ['From', 'Until'].map(name => page.getByLabel(name, { exact: true }))
    await from?.fill('2020-01-01')
    await until?.fill('12/31/2020')
    await until?.press('Enter')
    await page.getByText('Enter year-month-day').first().waitFor()
    t.match(page.url(), /last=15m/, 'the view keeps its time')
    await until?.fill('2019-12-31')
    await page.getByRole('button', { name: 'Apply time' }).click()
    await page.getByText('The end must be later than the start.').first().waitFor()
    await checkThemes(t, page, 'with a custom time')
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )
    await until?.fill('2020-07-01 00:00')
    await until?.press('Enter')
    await row.waitFor({ state: 'detached' })
    t.match(page.url(), /from=2019-12-31T23%3A00.*&to=2020-06-30T22%3A00/)
    t.equal(await from?.inputValue(), '2020-01-01 00:00', 'the form shows the time of the view')
    await time.click()
    await page.getByRole('option', { name: 'Last 24 hours' }).click()
    await row.waitFor()
    t.equal(await page.getByRole('button', { name: 'Apply time' }).count(), 0)
  },
}

export const AUDIT_TOTALS: Part = {
  name: 'a change shows its members, a total shows who read a mailbox, and both export CSV',
  run: async (t, { demo, admin: { page } }) => {
    await demo.findMail(demo.migration, 'alice@example.com')
    const { Version: _, ...carol } = await demo.api('EwsGateway.GetUser', {
      UserId: 'carol@example.com',
    })
    for (const Enabled of [false, true]) await demo.api('EwsGateway.PutUser', { ...carol, Enabled })
    await open(page, demo, '/audit/changes?action=ewsgateway:PutUser')
    const change = page
      .getByRole('row', { name: /PutUser Allowed carol@example.com User enabled/ })
      .first()
    await pressedUntil(refresh(page), change)
    t.match(await exported(page), /^\uFEFFtime,action.*ewsgateway:PutUser/s)
    await change.getByRole('link').first().click()
    await page.getByRole('row', { name: /^enabled (true|false) (true|false)$/ }).waitFor()
    await page.getByRole('heading', { name: 'PutUser: carol@example.com' }).waitFor()
    const object = page.getByRole('link', { name: 'carol@example.com', exact: true })
    t.equal(await object.getAttribute('href'), `/console/users/${carol['UserId']}`)

    const roleId = await demo.createRole('Changed role')
    await demo.api('EwsGateway.PutImpersonationRole', {
      ImpersonationRoleId: roleId,
      Period: { NotAfter: Date.parse('2030-01-31T17:00:00Z') / 1_000 },
      Rules: [{ ImpersonationRuleId: 'one', Effect: 'ALLOW', TargetUsers: ['carol@example.com'] }],
    })
    await open(page, demo, '/audit/changes?action=ewsgateway:PutImpersonationRole')
    const put = page.getByRole('row', { name: /PutImpersonationRole Allowed Changed role Role/ })
    await pressedUntil(refresh(page), put)
    await put.getByRole('link').first().click()
    await page.getByRole('row', { name: /^notAfter – Jan 31, 2030, 6:00:00 PM GMT\+1$/ }).waitFor()
    await page.getByRole('row', { name: /^rules .*"carol@example.com"/ }).waitFor()
    await checkThemes(t, page, 'on a change')
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )
    await page.getByRole('link', { name: 'Changed role', exact: true }).click()
    await page.getByRole('heading', { name: 'Changed role' }).waitFor()

    for (let i = 0; i < 2; i++)
      await t.rejects(demo.api('WorkMailService.ListUsers', {}, demo.migration), /AccessDenied/)
    await open(page, demo, '/audit/changes?action=workmail:ListUsers&decision=DENY')
    const denied = page.getByRole('row', {
      name: /ListUsers Denied – AccessDenied.*migration-full/,
    })
    await pressedUntil(refresh(page), denied)
    await denied.getByRole('link').first().click()
    await page.getByRole('heading', { name: 'Denied call' }).waitFor()
    t.strictSame(await violations(page), [], 'axe-core finds nothing on a denied call')

    await open(page, demo, '/audit/totals?mailbox=alice@example.com&by=PRINCIPAL,VERDICT')
    await page.getByRole('row', { name: /migration-full Allowed \d+/ }).waitFor()
    t.match(await exported(page), /principal,principalId,decision,requests,.*migration-full,/s)

    const { UserId } = await demo.api('EwsGateway.GetUser', { UserId: 'alice@example.com' })
    await open(page, demo, `/users/${UserId}`)
    await page.getByRole('row', { name: /migration-full migration-full FindItem \d+/ }).waitFor()
    await page.getByRole('link', { name: 'View mailbox audit' }).click()
    await page.getByRole('heading', { name: 'Mailbox audit of alice@example.com' }).waitFor()
    const day = page.getByRole('row', {
      name: /^\w+ \d+, \d{4} migration-full migration-full Answered/,
    })
    await day.waitFor()
    await chartOf(page).waitFor()
    await checkThemes(t, page, 'on it')
    t.match(await exported(page), /day,mailbox,.*rule,.*alice@example.com,.*migration-full,/s)
    const navigation = page.getByRole('navigation', { name: 'Pages' })
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await navigation.waitFor({ state: 'detached' })
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    await navigation.waitFor()
    t.pass('it is printed without navigation')
  },
}

export const CHART: Part = {
  name: 'a bar of the overview leads to its requests, by keyboard',
  run: async (t, { demo, admin: { page } }) => {
    await demo.findMail(demo.migration, 'ceo@example.com')
    await open(page, demo, '/audit?last=1h&mailbox=ceo%40example.com&decision=DENY')
    await pressedUntil(refresh(page), page.getByRole('row', { name: /FindItem/ }).first())
    await open(page, demo, '/?last=1h')
    await chartOf(page).waitFor()
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    await checkThemes(t, page, 'here')
    await atBothWidths(page, async width =>
      t.strictSame(await cutWords(page), [], `no word is cut, ${width} pixels wide`),
    )
    await chartOf(page).focus()
    // The first key shows the first of two bars.
    for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key)
    await page.getByRole('link', { name: 'Denied', exact: true }).click()
    await page.getByText('Outcome = Denied').waitFor()
    await page
      .getByRole('row', { name: /FindItem.*ceo@example.com/ })
      .first()
      .waitFor()
    t.match(page.url(), /from=.*&to=.*&outcome=DENIED/)
  },
}

const chartOf = (page: Page) => page.getByRole('application', { name: 'Requests by outcome' })

const refresh = (page: Page) => page.getByRole('button', { name: 'Refresh' })

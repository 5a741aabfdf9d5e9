/**
 * Opens every page of the console, and measures how long it takes until the page can be used.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import { userIdOf } from '../history/rows.ts'
import type { Gateway } from './gateway.ts'

/** Path of a page, the text that it shows when it can be used, and what is done before. */
type Opened = Readonly<{ path: string; shows: string | RegExp }>

const TIMES = 3

/** Text that a page shows while it loads a part. */
const LOADING = /^Loading/

export async function* openAll(
  gateway: Gateway,
  page: Page,
): AsyncGenerator<Readonly<{ line: string; isGood: boolean }>> {
  for (const { path, shows } of await pagesOf(gateway)) {
    const times: number[] = []
    for (let n = 0; n < TIMES; n += 1)
      times.push(await open(page, gateway.controlUrl + path, shows))
    const fastest = Math.min(...times)
    const shown = times.map(ms => ms.toFixed(0).padStart(6)).join('')
    yield { line: `${path.padEnd(70)}${shown} ms`, isGood: fastest < 1_000 }
  }
}

/** @returns milliseconds from the navigation until the page is complete */
async function open(page: Page, url: string, shows: string | RegExp): Promise<number> {
  await page.goto(url)
  await page.getByText(shows).first().waitFor()
  while (await page.getByText(LOADING).filter({ visible: true }).count())
    await page.evaluate('new Promise(requestAnimationFrame)')
  return (await page.evaluate('performance.now()')) as number
}

async function pagesOf({ api }: Gateway): Promise<readonly Opened[]> {
  const first = async (target: string, list: string, id: string) => {
    const found = (await api(target, { MaxResults: 1 }))[list] as Record<string, string>[]
    return found[0]?.[id] ?? ''
  }
  const role = await first('WorkMailService.ListImpersonationRoles', 'Roles', 'ImpersonationRoleId')
  const group = await first('WorkMailService.ListGroups', 'Groups', 'Id')
  const principal = await first('EwsGateway.ListPrincipals', 'Principals', 'PrincipalId')
  const user = userIdOf(150)
  const at = (path: string, shows: Opened['shows']): Opened => ({ path: `/console${path}`, shows })
  return [
    at('/', 'Principals with most requests'),
    at('/roles', 'Role 000'),
    at('/roles/new', "it can't impersonate any user"),
    at(`/roles/${role}`, 'Recent decisions'),
    at(`/roles/${role}?tab=reach`, /^user-\d+@example.com$/),
    at(`/roles/${role}/edit`, 'No users gain or lose access'),
    at('/users', 'user-0@example.com'),
    at('/users?q=user-15023', 'user-15023@example.com'),
    at('/users/new', 'Primary'),
    at('/users/import', 'CSV file'),
    at(`/users/${user}`, 'Use over time'),
    at(`/users/${user}/edit`, 'Aliases'),
    at('/groups', 'Department 0'),
    at('/groups/new', 'Name'),
    at(`/groups/${group}`, /^user-\d+@example.com$/),
    at(`/groups/${group}/edit`, 'Name'),
    at('/access-control', 'Default'),
    at('/access-control/new', 'Source addresses'),
    at('/principals', 'auditor'),
    at('/principals/new', 'Administrative permission'),
    at(`/principals/${principal}`, 'Access keys'),
    at('/audit', /Audit/),
    at('/audit?last=400d', 'GetItem'),
    at('/audit?last=400d&contains-mailbox=user-150', 'GetItem'),
    at('/audit/changes?last=400d', 'PutImpersonationRole'),
    at('/audit/totals?last=400d', 'Group by'),
    at('/audit/totals?last=400d&by=MAILBOX', /^user-\d+@example.com$/),
    at(`/audit/mailboxes/${user}?last=400d`, 'Day by day'),
  ]
}

/**
 * Takes screenshots of every page of the console, in light and dark, 1280 and 400 pixels wide, into
 * docs/screenshots/: `npm run screenshots`, or `npm run screenshots -- roles audit` for some.
 *
 * Also checks each page with axe-core. A violation, or an error in the browser's console, results in exit
 * code 1.
 *
 * @module
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launch, type Theme, violations, visitor } from '../test/console/browser.ts'
import { makeConsole } from './console.ts'
import { type Demo, startDemo } from './screenshots/demo.ts'
import { SHOTS, type Shot } from './screenshots/shots.ts'

const FOLDER = join(import.meta.dirname, '../docs/screenshots')
const THEMES: readonly Theme[] = ['light', 'dark']
const WIDTHS = [1280, 400]
const HEIGHT = 860
/** Maximum wait for one event of a page. */
const PATIENCE_MS = 60_000
/** Maximum height. A longer page is cut off. */
const MAX_HEIGHT = 4_000

const wanted = process.argv.slice(2)
const shots = SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))

await makeConsole()
mkdirSync(FOLDER, { recursive: true })
const demos = {
  used: await startDemo(false),
  ...(shots.some(({ isNew }) => isNew) && { new: await startDemo(true) }),
}
const browser = await launch()
const findings: string[] = []
try {
  for (const theme of THEMES)
    for (const width of WIDTHS)
      for (const demo of [demos.new, demos.used]) await visit(theme, width, demo)
} finally {
  await browser.close()
  for (const demo of Object.values(demos)) await demo.stop()
}
process.stdout.write(`${shots.length * THEMES.length * WIDTHS.length} screenshots in ${FOLDER}\n`)
for (const finding of findings) process.stdout.write(`${finding}\n`)
process.exitCode = findings.length > 0 ? 1 : 0

/** Takes the screenshots of one demo. Each has a browser of its own, because cookies are the same for all ports. */
async function visit(theme: Theme, width: number, demo: Demo | undefined): Promise<void> {
  if (demo === undefined) return
  const { page, troubles, context } = await visitor(browser as Browser, {
    theme,
    width,
    height: HEIGHT,
  })
  page.setDefaultTimeout(PATIENCE_MS)
  for (const shot of shots) {
    if (shot.isNew !== (demo === demos.new)) continue
    const name = `${shot.name}-${theme}-${width}`
    try {
      await take(page, demo, shot, join(FOLDER, `${name}.png`))
      findings.push(...(await violations(page)).map(found => `${name}: ${found}`))
    } catch (error) {
      findings.push(`${name}: ${error instanceof Error ? error.message : error}`)
    }
    findings.push(...troubles.splice(0).map(trouble => `${name}: ${trouble}`))
  }
  await context.close()
}

async function take(page: Page, { controlUrl, admin, ids }: Demo, shot: Shot, file: string) {
  await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height: HEIGHT })
  const path = shot.path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? name)
  await page.goto(`${controlUrl}/console${path}`)
  const keyField = page.getByLabel('Access key ID')
  if (!shot.isOutside) {
    await Promise.race([keyField.waitFor(), page.locator('#top').waitFor()])
    if (await keyField.isVisible()) {
      await keyField.fill(admin.accessKeyId)
      await page.getByLabel('Secret access key').fill(admin.secretAccessKey)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
  }
  await page.getByText(shot.shows).first().waitFor()
  await loaded(page)
  await shot.act?.(page)
  await loaded(page)
  if (shot.isWhole) await stretch(page)
  await page.screenshot({ path: file, animations: 'disabled' })
}

/** Waits until no part of the page loads. */
async function loaded(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  while (
    await page
      .getByText(/^Loading/)
      .filter({ visible: true })
      .count()
  )
    await page.evaluate('new Promise(requestAnimationFrame)')
}

/** Makes the window as tall as the page, which can grow when more of it is visible. */
async function stretch(page: Page): Promise<void> {
  for (let before = 0; ; ) {
    const height = (await page.evaluate('document.documentElement.scrollHeight')) as number
    if (height <= before || before >= MAX_HEIGHT) return
    before = Math.min(Math.max(height, HEIGHT), MAX_HEIGHT)
    await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height: before })
    await loaded(page)
  }
}

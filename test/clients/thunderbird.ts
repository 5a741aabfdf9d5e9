/**
 * Thunderbird without a window, as its user sees it.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { testFolder } from '../kit/folder.ts'
import { until } from '../kit/until.ts'
import { without } from './desktop.ts'
import { Marionette } from './marionette.ts'

const PROGRAM = '/usr/lib/thunderbird/thunderbird-bin'
const ACTIONS = readFileSync(new URL('thunderbird-actions.js', import.meta.url), 'utf8')

export const skip = without('Thunderbird', PROGRAM)

/** Settings that keep it from asking the Internet, and from doing what no test asked for. */
const PREFERENCES: Readonly<Record<string, string | number | boolean>> = {
  'app.normandy.enabled': false,
  'app.update.auto': false,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'extensions.blocklist.enabled': false,
  'extensions.update.enabled': false,
  'mail.inappnotifications.enabled': false,
  'mail.provider.suppress_dialog_on_startup': true,
  'mailnews.start_page.enabled': false,
  'marionette.port': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.enabled': false,
}

/** An action of `thunderbird-actions.js`. */
type Action =
  | 'add'
  | 'connect'
  | 'createFolder'
  | 'destroy'
  | 'flag'
  | 'folders'
  | 'leave'
  | 'markRead'
  | 'read'
  | 'refresh'
  | 'remove'
  | 'saveDraft'
  | 'send'
  | 'shown'
  | 'transfer'

type Shown = Readonly<{
  folders: readonly string[]
  inbox: readonly Readonly<{ subject: string; isFlagged: boolean; isRead: boolean }>[]
}>

export class Thunderbird {
  readonly #session: Marionette
  /** Texts of the dialogs that opened. */
  readonly dialogs: string[] = []

  private constructor(session: Marionette) {
    this.#session = session
  }

  /** Starts it; it ends with the test. */
  static async start(t: Test): Promise<Thunderbird> {
    const folder = testFolder(t)
    const preferences = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    )
    writeFileSync(join(folder, 'user.js'), preferences.join(''))
    const options = ['--headless', '--no-remote', '--marionette', '--remote-allow-system-access']
    const child = spawn(PROGRAM, [...options, '--profile', folder], {
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, LC_ALL: 'C.UTF-8' },
    })
    const ended = once(child, 'close')
    t.teardown(async () => {
      child.kill('SIGKILL')
      await ended
    })
    const portFile = join(folder, 'MarionetteActivePort')
    const port = () => (existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0)
    await until('Thunderbird listens', () => port() > 0)
    const session = await Marionette.connect(port())
    t.teardown(() => session.close())
    await session.run(ACTIONS)
    return new Thunderbird(session)
  }

  /**
   * Starts an action, waits until it has ended, and returns what it returns. Dialogs are accepted.
   *
   * @param isStuck - whether it will not end; then it returns undefined
   */
  async do(action: Action, input: object = {}, isStuck = () => false): Promise<unknown> {
    const number = await this.#session.run('return thunderbird.start(...args)', action, input)
    let outcome: unknown
    await until(`Thunderbird ends ${action}`, async () => {
      const text = await this.#session.dialog()
      if (text !== undefined) this.dialogs.push(text)
      outcome = await this.#session.run('return thunderbird.outcomeOf(...args)', number)
      return outcome !== null || isStuck()
    })
    return outcome ?? undefined
  }

  /** Folders and messages that its windows list. */
  async shown(): Promise<Shown> {
    return (await this.do('shown')) as Shown
  }

  /** Messages of its notifications. */
  async alerts(): Promise<unknown> {
    return this.#session.run('return thunderbird.alerts()')
  }
}

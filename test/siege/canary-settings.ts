/**
 * Settings of the mailboxes of the canaries, each with a text that no other setting has, and changes of settings.
 *
 * @module
 */

import type { Mailbox } from '../../sandbox/mailbox.ts'
import { t, type XmlElement } from '../../sandbox/xml.ts'
import { foldName } from '../../src/model/identity.ts'
import type { MailboxSettings } from './server/mailbox-settings.ts'

export type SettingKind =
  | 'oof'
  | 'configurations'
  | 'conversationActions'
  | 'accepted'
  | keyof MailboxSettings

/** A planted setting. */
export type SettingPlace = Readonly<{ owner: string; what: SettingKind }>

/** A setting that was added, replaced, or removed. */
export type SettingChange = SettingPlace &
  Readonly<{
    key: string
    /** New value; undefined if the setting was removed. */
    value: XmlElement | string | undefined
  }>

/** Name of the planted user configurations, and IDs of the planted rules and delegates. */
export const CONFIGURATION = 'Canary'
export const RULE = 'canary'
export const DELEGATE = 'alice@example.com'
const CONFIGURED = ['inbox', 'calendar']

const textOf = (number: number) => `Setting-${number}-`
const TEXT = /Setting-(\d+)-/g

/** Returns the numbers of the settings that are in a text. */
export const settingsIn = (text: string): number[] =>
  [...text.matchAll(TEXT)].map(([, number]) => Number(number))

/** Plants settings in a mailbox. @param first - number of the first one */
export function plantSettings(
  mailbox: Mailbox,
  { delegates, rules }: MailboxSettings,
  first: number,
): SettingPlace[] {
  const places: SettingPlace[] = []
  const next = (what: SettingKind): string => {
    places.push({ owner: mailbox.user.primarySmtpAddress, what })
    return textOf(first + places.length - 1)
  }
  const message = t('Message', next('oof'))
  mailbox.oof.set(
    'settings',
    t(
      'OofSettings',
      t('OofState', 'Enabled'),
      t('ExternalAudience', 'All'),
      t('InternalReply', message),
      t('ExternalReply', message),
    ),
  )
  for (const name of CONFIGURED) {
    const folder = mailbox.primary.distinguished(name)
    const value = t('UserConfiguration', t('XmlData', next('configurations')))
    mailbox.configurations.set(`${folder?.counter} ${CONFIGURATION}`, value)
  }
  const address = t('PrimarySmtpAddress', DELEGATE)
  delegates.set(
    DELEGATE,
    t('DelegateUser', t('UserId', address, t('DisplayName', next('delegates')))),
  )
  rules.set(RULE, t('Rule', t('RuleId', RULE), t('DisplayName', next('rules'))))
  return places
}

/** The settings of a mailbox as they are now. */
export class KeptSettings {
  readonly #mailbox: Mailbox
  readonly #settings: MailboxSettings
  readonly #kept: ReadonlyMap<SettingKind, readonly (readonly [string, XmlElement | string])[]>

  constructor(mailbox: Mailbox, settings: MailboxSettings) {
    this.#mailbox = mailbox
    this.#settings = settings
    this.#kept = new Map(this.#all().map(([kind, all]) => [kind, [...all.entries()]] as const))
  }

  /** Returns what is no longer as it was. */
  changes(): readonly SettingChange[] {
    const owner = this.#mailbox.user.primarySmtpAddress
    return this.#all().flatMap(([what, all]) => {
      const kept = new Map(this.#kept.get(what))
      if (kept.size === 0 && all.size === 0) return []
      const changed = [...all.entries()]
        .filter(([key, value]) => kept.get(key) !== value)
        .map(([key, value]) => ({ owner, what, key, value }))
      const removed = [...kept.keys()]
        .filter(key => !all.has(key as never))
        .map(key => ({ owner, what, key, value: undefined }))
      return [...changed, ...removed]
    })
  }

  /** Undoes all changes. */
  restore() {
    for (const [kind, all] of this.#all()) {
      all.clear()
      for (const [key, value] of this.#kept.get(kind) ?? [])
        if (all instanceof Set) all.add(key)
        else all.set(key, value)
    }
  }

  #all() {
    const { oof, configurations, conversationActions, accepted } = this.#mailbox
    const { delegates, rules, blocked } = this.#settings
    return Object.entries({
      oof,
      configurations,
      conversationActions,
      accepted,
      delegates,
      rules,
      blocked,
    }) as [SettingKind, Map<string, XmlElement | string> | Set<string>][]
  }
}

/** Names in the server's address book, which nothing else contains. */
export const directoryName = (address: string): string => `Directory-${foldName(address)}-`

/** Returns the addresses of the entries of the address book that a text has. */
export const directoryEntriesIn = (text: string): string[] =>
  [...text.matchAll(/Directory-([^<>&"]*?)-(?=[<&"])/g)].map(([, address = '']) => address)

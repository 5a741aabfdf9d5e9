/**
 * Facts that a reader must report about a document.
 *
 * @module
 */

import type { BodyFacts, Prologue } from '../../src/model/envelope.ts'

/** Facts; an undefined one is left open. */
export type ExpectedFacts = { readonly [name in keyof BodyFacts]?: BodyFacts[name] | undefined }

/** Expected facts. A fact that is not named is compared with {@link NOTHING}. */
export type Expectation = Readonly<
  Partial<Pick<Prologue, 'requestServerVersion' | 'mailboxCulture' | 'dateTimePrecision'>> & {
    requestElement: string
    /** Absent if the document names no user. */
    connectingSid?: Prologue['connectingSid']
    facts: ExpectedFacts
  }
>

export const USER = { kind: 'PrimarySmtpAddress', value: 'user@example.com' } as const

/** Returns the expectation for a request with the usual headers. */
export const honest = (requestElement: string, facts: ExpectedFacts = {}): Expectation => ({
  requestElement,
  requestServerVersion: 'Exchange2016',
  connectingSid: USER,
  facts: { ...NOTHING, ...facts },
})

/** Facts about a body without anything of interest. */
export const NOTHING: ExpectedFacts = {
  mailboxes: [],
  pushSubscription: false,
  unknownMailbox: false,
  grants: false,
  hasIds: false,
  folders: [],
  items: [],
  itemCount: 0,
}

export const own = (address: string) => ({ address, allowed: 'own' as const })
export const permitted = (address: string) => ({ address, allowed: 'permitted' as const })

/**
 * What a reader must report of a document.
 *
 * @module
 */

import type { BodyFacts, Prologue } from '../../src/model/envelope.ts'

/** Facts; an undefined one is left open. */
export type Told = { readonly [name in keyof BodyFacts]?: BodyFacts[name] | undefined }

/** Of the facts only those that are named; the rest is compared with {@link NOTHING}. */
export type Expectation = Readonly<
  Partial<Pick<Prologue, 'requestServerVersion' | 'mailboxCulture' | 'dateTimePrecision'>> & {
    requestElement: string
    /** Absent: the document names nobody. */
    connectingSid?: Prologue['connectingSid']
    facts: Told
  }
>

export const USER = { kind: 'PrimarySmtpAddress', value: 'user@example.com' } as const

/** What the honest requests say in their headers. */
export const honest = (requestElement: string, facts: Told = {}): Expectation => ({
  requestElement,
  requestServerVersion: 'Exchange2016',
  connectingSid: USER,
  facts: { ...NOTHING, ...facts },
})

/** The facts about a body that says nothing of interest. */
export const NOTHING: Told = {
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

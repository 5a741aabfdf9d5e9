/**
 * Drafts of users, and short ways to import them.
 */

import type { UserId } from '../../src/model/identity.ts'
import type { ImportPlan, Store, UserDraft } from '../../src/store/store.ts'
import { organization } from './samples.ts'

export const draft = (name: string, more: Partial<UserDraft> = {}): UserDraft => ({
  primarySmtpAddress: `${name}@example.com`,
  aliases: [],
  ...more,
})

export const ceo = draft('ceo', {
  aliases: ['boss@example.com'],
  principalName: 'ceo@corp.example.com',
  sid: 'S-1-5-21-7',
  displayName: 'The CEO',
})

export const add = (store: Store, ...drafts: readonly UserDraft[]) =>
  store.importUsers(organization, drafts, { dryRun: false, deleteMissing: false })

const REPLACE = { dryRun: false, deleteMissing: true, acceptRemovals: true } as const

export const replaceAll = (store: Store, ...drafts: readonly UserDraft[]) =>
  store.importUsers(organization, drafts, REPLACE)

export const counts = ({ created, updated, unchanged, missing }: ImportPlan) => [
  created.length,
  updated.length,
  unchanged,
  missing.length,
]

export async function idOf(store: Store, name: string): Promise<UserId> {
  const user = await store.userByName(organization, 'SmtpAddress', `${name}@example.com`)
  if (user === undefined) throw new TypeError(`${name} is not in the store`)
  return user.id
}

/**
 * Switches of the guard and types of roles, and the effects that each excludes, from the words of docs/guard.md.
 *
 * @module
 */

import { byAddress, foldName } from '../../src/model/identity.ts'
import type { Effects } from './canary-effects.ts'
import { mayActAs } from './canary-table.ts'
import type { Reached, Violation } from './canary-verdict.ts'
import { addressesOf, resolve } from './world.ts'

/** Operations that search the server's address book. */
const LOOKUPS: ReadonlySet<string> = new Set(
  'ResolveNames ExpandDL FindPeople GetPersona GetUserPhoto GetRooms GetMailTips GetUserAvailability'.split(
    ' ',
  ),
)
/** Operations that send an item as it is stored, so its sender is not in the request. */
const STORED: ReadonlySet<string> = new Set(['SendItem', 'UpdateItem', 'DeleteItem'])

type Check = (effects: Effects, reached: Reached) => string | false | undefined

const CHECKS: Readonly<Record<string, Check>> = {
  READ_ONLY: (effects, { by }) => by.role.type === 'READ_ONLY' && changesOf(effects),
  'no push subscriptions': ({ run }) =>
    run.answer.includes('ErrorInvalidPushSubscriptionUrl') && 'subscribes a URL',
  'Back doors: always denied': ({ operation, run }, { by }) =>
    !(operation === 'UploadItems' && by.role.guard.inboxRules) &&
    run.hidden.some(({ kind, by }) => kind === 'app' || /property 0x7c0/i.test(by)) &&
    'installs an app or roaming data',
  InboxRules: ({ run }, { by }) =>
    !by.role.guard.inboxRules &&
    run.hidden.some(
      ({ kind, by: reason }) => kind !== 'grant' && !reason.startsWith('configuration'),
    ) &&
    'creates an inbox rule or a hidden item',
  Delegation: ({ run }, { by }) =>
    !by.role.guard.delegation && run.hidden.some(({ kind }) => kind === 'grant') && 'grants access',
  DirectoryLookups: ({ operation, addresses }, { by }) => {
    if (by.role.guard.directoryLookups) return undefined
    if (addresses.length > 0) return 'tells entries of the address book'
    return LOOKUPS.has(operation) && 'searches the address book'
  },
  Sending: ({ run, later }, { by }) => {
    if (by.role.guard.sending) return undefined
    if (run.sent.length > 0) return 'sends'
    if (later.includes('sends')) return 'makes the server send later'
    return run.set.some(({ what }) => what === 'oof') && 'sets automatic replies'
  },
  ExtraReads: ({ settings }, { by: { role } }) =>
    role.type === 'READ_ONLY' &&
    !role.guard.extraReads.includes('GetUserConfiguration') &&
    settings.some(({ what }) => what === 'configurations') &&
    'reads a user configuration',
  Senders: (effects, { by, enforcesSendAs }) => {
    if (enforcesSendAs && STORED.has(effects.operation)) return undefined
    const { senders } = by.role.guard
    if (senders === 'server' && enforcesSendAs) return undefined
    const own = addressesOf(effects.actAs)
    const mayBe = (address: string) => {
      if (address === '' || own.includes(foldName(address))) return true
      const user = resolve(byAddress(address))
      return (
        senders === 'permitted' &&
        user !== undefined &&
        mayActAs(user.primarySmtpAddress, by.isProtected)
      )
    }
    const isForeign = effects.run.sent.some(
      ({ from, sender }) => !mayBe(from.address) || !mayBe(sender.address),
    )
    return isForeign && 'sends as another user'
  },
}

function changesOf({ run, touched, folders }: Effects): string | false {
  if (run.sent.length > 0) return 'sends'
  if (run.hidden.length > 0 || run.set.length > 0) return 'changes settings'
  return (touched.length > 0 || folders.changed.length > 0) && 'changes the mailbox'
}

/** Returns the first switch that a request broke. */
export function brokenSwitch(reached: Reached): Violation | undefined {
  for (const [name, check] of Object.entries(CHECKS)) {
    const effect = check(reached.effects, reached)
    if (effect) return { promise: `guard.md: ${name}`, effect }
  }
  return undefined
}

/**
 * Actions that read and replace an access control rule by its version.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import { findRule, ruleOf, ruleOnWire } from './access-control.ts'
import { type Action, action } from './action.ts'
import { NONE, replace, versionOf } from './concurrency.ts'
import * as contract from './contract/access-control.ts'
import { ApiError } from './errors.ts'

const describeRule = action(contract.describeRule, async (call, { Name }) => {
  const rule = await findRule(call, Name)
  if (rule !== undefined) return { ...ruleOnWire(rule), Version: versionOfRule(rule) }
  throw new ApiError('ResourceNotFoundException', `The access control rule ${Name} does not exist`)
})

const replaceRule = action(contract.replaceRule, async (call, { ExpectedVersion, ...input }) => {
  const { ports, organization } = call
  const { before, after } = await replace({
    expected: ExpectedVersion,
    read: () => findRule(call, input.Name),
    versionOf: versionOfRule,
    write: async present => {
      const draft = await ruleOf(call, input, present)
      await ports.store.putAccessControlRule(organization.id, draft)
      return draft
    },
  })
  call.changed(before, after)
  return { Version: versionOfRule(after) }
})

export const ACCESS_CONTROL_VERSION_ACTIONS: readonly Action[] = [describeRule, replaceRule]

type Draft = Omit<AccessControlRule, 'createdAt' | 'modifiedAt'>

/** Returns the version of a rule. It depends on the content, not on the times. */
function versionOfRule(rule: (Draft & Partial<AccessControlRule>) | undefined): string {
  if (rule === undefined) return NONE
  const { createdAt: _, modifiedAt: __, ...draft } = rule
  return versionOf(...Object.entries(draft).sort(([a], [b]) => (a < b ? -1 : 1)))
}

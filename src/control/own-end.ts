/**
 * Prevents that a caller with an end gives access beyond it, whatever the action: the store that its actions use rejects
 * such changes.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import { without } from '../model/members.ts'
import type { Principal } from '../model/principal.ts'
import { type RoleDraft, roleDraftOf } from '../model/role.ts'
import { accessControlGives, protectionGivesAfter, roleGivesAfter } from '../policy/lasting.ts'
import type { Store } from '../store/store.ts'
import { beyondOwnEnd } from './privilege.ts'

/**
 * Returns the store for the actions of a caller. Changes of principals, keys, identities, and tools are checked by their
 * actions, because what these give also depends on other objects.
 */
export function storeFor(
  { principal }: Readonly<{ principal: Principal }>,
  organization: OrganizationId,
  store: Store,
): Store {
  const { notAfter: end } = principal
  if (end === undefined) return store
  const require = (isAllowed: boolean) => {
    if (!isAllowed) throw beyondOwnEnd(principal, end)
  }
  const requireRole = async (after: RoleDraft) => {
    const stored = await store.role(organization, after.id)
    const before = stored && roleDraftOf(stored)
    const lock = after.lock ?? before?.lock
    require(!roleGivesAfter(end, before, { ...after, ...(lock && { lock }) }))
  }
  const requireAccessControl = async (name: string, draft?: Rule) => {
    const before = await store.accessControlRules(organization)
    const others = before.filter(rule => rule.name !== name)
    const after = draft ? [...others, { ...draft, createdAt: 0, modifiedAt: 0 }] : others
    require(!accessControlGives(before, after))
  }
  return {
    ...store,
    putRole: async role => {
      await requireRole(role)
      return await store.putRole(role)
    },
    createRole: async (role, key) => {
      await requireRole(role)
      return await store.createRole(role, key)
    },
    lockRole: async (of, id, lock) => {
      const stored = await store.role(of, id)
      if (stored) {
        const before = roleDraftOf(stored)
        const after = { ...without(before, ['lock']), ...(lock && { lock }) }
        require(!roleGivesAfter(end, before, after))
      }
      return await store.lockRole(of, id, lock)
    },
    putAccessControlRule: async (of, rule) => {
      await requireAccessControl(rule.name, rule)
      await store.putAccessControlRule(of, rule)
    },
    deleteAccessControlRule: async (of, name) => {
      await requireAccessControl(name)
      await store.deleteAccessControlRule(of, name)
    },
    putProtection: async (of, protection) => {
      require(!protectionGivesAfter(end, await store.protection(of), protection))
      await store.putProtection(of, protection)
    },
    // Users, groups, and names have no end, and what they give depends on all roles.
    putUser: async (of, draft) => {
      require(draft.enabled === false)
      return await store.putUser(of, draft)
    },
    importUsers: async (of, drafts, options) => {
      require(options.dryRun)
      return await store.importUsers(of, drafts, options)
    },
    putGroup: async () => {
      throw beyondOwnEnd(principal, end)
    },
    importGroups: async (of, drafts, options) => {
      require(options.dryRun)
      return await store.importGroups(of, drafts, options)
    },
    releaseName: async () => {
      throw beyondOwnEnd(principal, end)
    },
  }
}

type Rule = Parameters<Store['putAccessControlRule']>[1]

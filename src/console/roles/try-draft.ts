/**
 * Attaches drafts to roles.
 *
 * @module
 */

import type { Role } from '../api/roles.ts'
import type { Shadow, ShadowDraft } from '../api/shadows.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'

export const draftPath = (roleId: string) => `/roles/${encodeURIComponent(roleId)}?tab=draft`

/** Returns a function that attaches a draft in place of an earlier one, and then shows it. */
export function useTryDraft(): (
  role: Pick<Role, 'ImpersonationRoleId' | 'Name'>,
  draft: ShadowDraft,
) => Promise<void> {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  return async ({ ImpersonationRoleId, Name }, Draft) => {
    await call('EwsGateway.PutRoleShadow', { ImpersonationRoleId, Draft })
    succeeded(`Attached the draft to role ${Name}. It has no effect on requests.`)
    leave(draftPath(ImpersonationRoleId))
  }
}

/** Returns a saved draft for a request. */
export const draftOfShadow = (draft: NonNullable<Shadow['Draft']>): ShadowDraft => ({
  ...draft,
  Profile: draft.Profile as NonNullable<ShadowDraft['Profile']>,
})

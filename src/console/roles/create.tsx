/**
 * Page that creates a role.
 *
 * @module
 */

import { useState } from 'react'
import { useFlashes } from '../parts/flashes.tsx'
import { periodIn } from '../parts/period.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { RoleEditor, rolePath } from './editor.tsx'
import { EMPTY_FORM, isSame, isStrict, type RoleForm, writtenOf } from './form.ts'
import { TAKES_EFFECT } from './words.ts'

export function CreateRolePage() {
  const { call } = useSession()
  const { succeeded, failed } = useFlashes()
  const [form, setForm] = useState<RoleForm>(EMPTY_FORM)
  const [error, setError] = useState<unknown>()
  // Idempotency token, so that saving again after a lost response creates no second role.
  const [clientToken, setClientToken] = useState(() => crypto.randomUUID())
  const change = (next: RoleForm) => {
    setForm(next)
    setError(undefined)
    setClientToken(crypto.randomUUID())
  }

  const hasProfile = !isSame(form.profile, EMPTY_FORM.profile)
  // WorkMail's action accepts neither groups, nor periods, nor profiles.
  const hasMore =
    hasProfile ||
    !isSame(form.period, {}) ||
    form.rules.some(
      ({ TargetGroups, NotTargetGroups, NotBefore, NotAfter, Temporary }) =>
        TargetGroups || NotTargetGroups || NotBefore !== undefined || NotAfter || Temporary,
    )

  const save = async () => {
    try {
      const { ImpersonationRoleId } = await call('WorkMailService.CreateImpersonationRole', {
        ...writtenOf(form),
        // Creates the role without rules then. The next call adds them.
        ...(hasMore && { Rules: [] }),
        ClientToken: clientToken,
      })
      succeeded(`Created role ${form.name.trim()}. ${TAKES_EFFECT}`)
      if (hasMore) await saveRest(ImpersonationRoleId)
      else if (!isStrict(form.guard)) await saveGuard(ImpersonationRoleId)
      leave(rolePath(ImpersonationRoleId))
    } catch (problem) {
      setError(problem)
      window.scrollTo(0, 0)
    }
  }
  /** Adds the rules to the new role, which can't impersonate any user until then, and sets the rest. */
  const saveRest = async (ImpersonationRoleId: string) => {
    try {
      await call('EwsGateway.PutImpersonationRole', {
        ImpersonationRoleId,
        ...writtenOf(form),
        Guard: form.guard,
        Period: periodIn(form.period),
        ...(hasProfile && { Profile: form.profile }),
      })
    } catch (problem) {
      failed(problem)
    }
  }
  /** Sets the guard. A new role has the strict guard. */
  const saveGuard = (ImpersonationRoleId: string) =>
    call('EwsGateway.PutRoleGuard', { ImpersonationRoleId, Guard: form.guard }).catch(failed)

  return (
    <RoleEditor
      title="Create impersonation role"
      verb="Create role"
      roleId={undefined}
      initial={EMPTY_FORM}
      form={form}
      onChange={change}
      onSave={save}
      onCancel={() => go('/roles')}
      error={error}
    />
  )
}

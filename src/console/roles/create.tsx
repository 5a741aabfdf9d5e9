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
import { EMPTY_FORM, type RoleForm, writtenOf } from './form.ts'
import { TAKES_EFFECT } from './words.ts'

export function CreateRolePage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const [form, setForm] = useState<RoleForm>(EMPTY_FORM)
  const [error, setError] = useState<unknown>()
  // Idempotency token, so that saving again after a lost response creates no second role.
  const [clientToken, setClientToken] = useState(() => crypto.randomUUID())
  const change = (next: RoleForm) => {
    setForm(next)
    setError(undefined)
    setClientToken(crypto.randomUUID())
  }

  const save = async () => {
    try {
      const { ImpersonationRoleId } = await call('EwsGateway.PutImpersonationRole', {
        ...writtenOf(form),
        Guard: form.guard,
        Period: periodIn(form.period),
        Profile: form.profile,
        ExpectedVersion: 'NONE',
        ClientToken: clientToken,
      })
      succeeded(`Created role ${form.name.trim()}. ${TAKES_EFFECT}`)
      leave(rolePath(ImpersonationRoleId))
    } catch (problem) {
      setError(problem)
      window.scrollTo(0, 0)
    }
  }

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

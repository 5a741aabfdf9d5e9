/**
 * Page that creates a role.
 *
 * @module
 */

import { useState } from 'react'
import { useFlashes } from '../parts/flashes.tsx'
import { useForm } from '../parts/form.ts'
import { periodIn } from '../parts/period.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { RoleEditor, rolePath } from './editor.tsx'
import { EMPTY_FORM, problemsOf, type RoleForm, writtenOf } from './form.ts'
import { TAKES_EFFECT } from './words.ts'

export function CreateRolePage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const form = useForm(EMPTY_FORM, problemsOf)
  // Idempotency token, so that saving again after a lost response creates no second role.
  const [clientToken, setClientToken] = useState(() => crypto.randomUUID())
  const change = (values: RoleForm) => {
    form.change(values)
    setClientToken(crypto.randomUUID())
  }

  const save = () =>
    form.submit(async values => {
      const { ImpersonationRoleId } = await call('EwsGateway.PutImpersonationRole', {
        ...writtenOf(values),
        Guard: values.guard,
        Period: periodIn(values.period),
        Profile: values.profile,
        ExpectedVersion: 'NONE',
        ClientToken: clientToken,
      })
      succeeded(`Created role ${values.name.trim()}. ${TAKES_EFFECT}`)
      leave(rolePath(ImpersonationRoleId))
    })

  return (
    <RoleEditor
      title="Create impersonation role"
      verb="Create role"
      roleId={undefined}
      state={{ ...form, change }}
      onSave={save}
      onCancel={() => go('/roles')}
    />
  )
}

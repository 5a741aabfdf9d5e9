/**
 * Pages that create and edit a user.
 *
 * @module
 */

import { useState } from 'react'
import { CallFailure } from '../api/failure.ts'
import type { User } from '../api/users.ts'
import { useAction } from '../parts/action-state.ts'
import { Conflict } from '../parts/conflict.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { isSame } from '../roles/form.ts'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { UserFields } from './user-fields.tsx'
import { differencesOf, fieldsOf, formOf, NEW_USER } from './user-form.ts'

export function NewUserPage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const action = useAction()
  const [form, setForm] = useState(NEW_USER)
  const save = () =>
    action.run(async () => {
      const { UserId } = await call('EwsGateway.PutUser', {
        ...fieldsOf(form),
        ExpectedVersion: 'NONE',
      })
      succeeded(`Created user ${form.address.trim()}.`)
      go(`/users/${UserId}`)
    })
  return (
    <UserFields
      title="Create user"
      verb="Create user"
      description="If you create a user with an address of a deleted user, the deleted user is restored with the same ID. To give a former name to another user, release the name first."
      form={form}
      onChange={setForm}
      onSave={save}
      onCancel={() => go('/users')}
      action={action}
      isDirty={!isSame(form, NEW_USER)}
    />
  )
}

export function EditUserPage({ params }: PageProps) {
  const { data, error, reload } = useQuery('EwsGateway.GetUser', { UserId: params['id'] ?? '' })
  usePageName(data && `Edit ${data.PrimarySmtpAddress}`)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the user" />
  return <Edit user={data} />
}

function Edit({ user }: { user: User }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const action = useAction()
  const [form, setForm] = useState(() => formOf(user))
  const [theirs, setTheirs] = useState<User>()
  const page = `/users/${user.UserId}`

  const save = (version: string) =>
    action.run(async () => {
      const input = { ...fieldsOf(form), UserId: user.UserId, ExpectedVersion: version }
      try {
        await call('EwsGateway.PutUser', input)
        succeeded(`Saved changes to ${form.address.trim()}.`)
        go(page)
      } catch (error) {
        if (!(error instanceof CallFailure && error.type === 'ConflictException')) throw error
        setTheirs(await call('EwsGateway.GetUser', { UserId: user.UserId }))
      }
    })

  return (
    <UserFields
      title={`Edit ${user.PrimarySmtpAddress}`}
      verb="Save changes"
      form={form}
      onChange={setForm}
      onSave={() => save(theirs?.Version ?? user.Version)}
      onCancel={() => go(page)}
      action={action}
      isDirty={!isSame(form, formOf(user))}
      notice={
        theirs && (
          <Conflict
            what="this user"
            differences={differencesOf(form, formOf(theirs))}
            onKeepMine={() => save(theirs.Version)}
            onTakeTheirs={() => leave(page)}
          />
        )
      }
    />
  )
}

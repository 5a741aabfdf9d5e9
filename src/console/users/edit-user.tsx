/**
 * Pages that create and edit a user.
 *
 * @module
 */

import type { User } from '../api/users.ts'
import { Conflict } from '../parts/conflict.tsx'
import { useEditing } from '../parts/editing.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { useForm } from '../parts/form.ts'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { UserFields } from './user-fields.tsx'
import { fieldsOf, formOf, NEW_USER, problemsOf, textsOf } from './user-form.ts'

export function NewUserPage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const form = useForm(NEW_USER, problemsOf)
  const save = () =>
    form.submit(async values => {
      const input = { ...fieldsOf(values), ExpectedVersion: 'NONE' }
      const { UserId } = await call('EwsGateway.PutUser', input)
      succeeded(`Created user ${values.address.trim()}.`)
      leave(`/users/${UserId}`)
    })
  return (
    <UserFields
      title="Create user"
      verb="Create user"
      description="If you create a user with an address of a deleted user, the deleted user is restored with the same ID. To give a former name to another user, release the name first."
      state={form}
      onSave={save}
      onCancel={() => go('/users')}
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
  const { UserId } = user
  const page = `/users/${UserId}`
  const editing = useEditing({
    opened: user,
    valuesOf: formOf,
    problemsOf,
    page,
    read: () => call('EwsGateway.GetUser', { UserId }),
    write: async (form, { Version }) => {
      await call('EwsGateway.PutUser', { ...fieldsOf(form), UserId, ExpectedVersion: Version })
      succeeded(`Saved changes to ${form.address.trim()}.`)
    },
  })
  return (
    <UserFields
      title={`Edit ${user.PrimarySmtpAddress}`}
      verb="Save changes"
      state={editing}
      onSave={editing.save}
      onCancel={() => go(page)}
      notice={
        <Conflict
          what="this user"
          editing={editing}
          textsOf={theirs => textsOf(formOf(theirs))}
          mine={textsOf(editing.values)}
        />
      }
    />
  )
}

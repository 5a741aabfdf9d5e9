/**
 * Pages that create a group, and change its name and address.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { GroupUse } from '../api/groups.ts'
import { type ActionState, useAction } from '../parts/action-state.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { FormPage } from '../parts/form-page.tsx'
import { remember } from '../parts/names.ts'
import { Optional } from '../parts/optional.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { takenIn } from '../parts/taken.ts'
import type { PageProps } from '../routing/route.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'

type GroupForm = Readonly<{ name: string; address: string }>

export function NewGroupPage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const action = useAction()
  const save = ({ name, address }: GroupForm) =>
    action.run(async () => {
      const { GroupId } = await call('EwsGateway.PutGroup', {
        Name: name,
        ...(address !== '' && { PrimarySmtpAddress: address }),
      })
      succeeded(`Created group ${name}. Add its members now.`)
      go(`/groups/${GroupId}`)
    })
  return (
    <Fields
      title="Create group"
      verb="Create group"
      description="If you create a group with the name or address of a deleted group, the deleted group is restored with the same ID."
      saved={{ name: '', address: '' }}
      onSave={save}
      onCancel={() => go('/groups')}
      action={action}
    />
  )
}

export function EditGroupPage({ params }: PageProps) {
  const input = { GroupId: params['id'] ?? '' }
  const { data, error, reload } = useQuery('EwsGateway.DescribeGroupUse', input)
  usePageName(data && `Edit ${data.Name}`)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the group" />
  return <Edit group={data} />
}

function Edit({ group }: { group: GroupUse }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const action = useAction()
  const { GroupId, Name, PrimarySmtpAddress = '' } = group
  const page = `/groups/${GroupId}`
  const save = ({ name, address }: GroupForm) =>
    action.run(async () => {
      await call('EwsGateway.UpdateGroup', {
        GroupId,
        ...(name !== Name && { Name: name }),
        ...(address !== PrimarySmtpAddress && { PrimarySmtpAddress: address }),
      })
      remember(GroupId, name)
      succeeded(`Saved changes to ${name}.`)
      go(page)
    })
  return (
    <Fields
      title={`Edit ${Name}`}
      verb="Save changes"
      saved={{ name: Name, address: PrimarySmtpAddress }}
      onSave={save}
      onCancel={() => go(page)}
      action={action}
    />
  )
}

type FieldsProps = {
  title: string
  verb: string
  description?: string
  saved: GroupForm
  /** Called with values without outer spaces. */
  onSave: (form: GroupForm) => void
  onCancel: () => void
  action: ActionState
}

function Fields({ saved, onSave, ...page }: FieldsProps) {
  const [form, setForm] = useState(saved)
  const [isTried, setTried] = useState(false)
  const taken = takenIn(page.action.error)
  const name = form.name.trim()
  const change = (next: Partial<GroupForm>) => {
    page.action.reset()
    setForm({ ...form, ...next })
  }
  return (
    <FormPage
      {...page}
      isDirty={form.name !== saved.name || form.address !== saved.address}
      onSave={() => {
        setTried(true)
        if (name !== '') onSave({ name, address: form.address.trim() })
      }}
    >
      <FormField
        label="Name"
        description="Name by which rules and administrators find the group."
        constraintText="At most 256 characters. The name must be unique in the organization."
        errorText={taken['Name'] ?? (isTried && name === '' ? 'Enter a name.' : undefined)}
      >
        <Input
          value={form.name}
          placeholder="Sales"
          onChange={({ detail }) => change({ name: detail.value })}
        />
      </FormField>
      <FormField
        label={<Optional>Primary address</Optional>}
        description="Address of the group, if it has one. No request can impersonate a group."
        errorText={taken['PrimarySmtpAddress']}
      >
        <Input
          value={form.address}
          placeholder="sales@example.com"
          spellcheck={false}
          onChange={({ detail }) => change({ address: detail.value })}
        />
      </FormField>
    </FormPage>
  )
}

/**
 * Pages that create a group, and change its name and address.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import type { GroupUse } from '../api/groups.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { type FormState, type Problems, useForm } from '../parts/form.ts'
import { FormPage } from '../parts/form-page.tsx'
import { Optional } from '../parts/optional.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { takenIn } from '../parts/taken.ts'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'

type GroupForm = Readonly<{ name: string; address: string }>

const NEW_GROUP: GroupForm = { name: '', address: '' }

const trimmed = ({ name, address }: GroupForm): GroupForm => ({
  name: name.trim(),
  address: address.trim(),
})

const problemsOf = ({ name }: GroupForm): Problems =>
  name.trim() === '' ? { name: 'Enter a name.' } : {}

export function NewGroupPage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const form = useForm(NEW_GROUP, problemsOf)
  const save = () =>
    form.submit(async values => {
      const { name, address } = trimmed(values)
      const { GroupId } = await call('EwsGateway.PutGroup', {
        Name: name,
        ...(address !== '' && { PrimarySmtpAddress: address }),
      })
      succeeded(`Created group ${name}. Add its members now.`)
      leave(`/groups/${GroupId}`)
    })
  return (
    <Fields
      title="Create group"
      verb="Create group"
      description="If you create a group with the name or address of a deleted group, the deleted group is restored with the same ID."
      state={form}
      onSave={save}
      onCancel={() => go('/groups')}
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
  const { call, names } = useSession()
  const { succeeded } = useFlashes()
  const { GroupId, Name, PrimarySmtpAddress = '' } = group
  const page = `/groups/${GroupId}`
  const form = useForm({ name: Name, address: PrimarySmtpAddress }, problemsOf)
  const save = () =>
    form.submit(async values => {
      const { name, address } = trimmed(values)
      await call('EwsGateway.UpdateGroup', {
        GroupId,
        ...(name !== Name && { Name: name }),
        ...(address !== PrimarySmtpAddress && { PrimarySmtpAddress: address }),
      })
      names.set(GroupId, name)
      succeeded(`Saved changes to ${name}.`)
      leave(page)
    })
  return (
    <Fields
      title={`Edit ${Name}`}
      verb="Save changes"
      state={form}
      onSave={save}
      onCancel={() => go(page)}
    />
  )
}

type FieldsProps = {
  title: string
  verb: string
  description?: string
  state: FormState<GroupForm>
  onSave: () => void
  onCancel: () => void
}

function Fields(props: FieldsProps) {
  const { values, change, action, problems } = props.state
  const taken = takenIn(action.error)
  return (
    <FormPage {...props}>
      <FormField
        label="Name"
        description="Name by which rules and administrators find the group."
        constraintText="At most 256 characters. The name must be unique in the organization."
        errorText={taken['Name'] ?? problems['name']}
      >
        <Input
          value={values.name}
          placeholder="Sales"
          onChange={({ detail }) => change({ ...values, name: detail.value })}
        />
      </FormField>
      <FormField
        label={<Optional>Primary address</Optional>}
        description="Address of the group, if it has one. No request can impersonate a group."
        errorText={taken['PrimarySmtpAddress']}
      >
        <Input
          value={values.address}
          placeholder="sales@example.com"
          spellcheck={false}
          onChange={({ detail }) => change({ ...values, address: detail.value })}
        />
      </FormField>
    </FormPage>
  )
}

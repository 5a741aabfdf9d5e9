/**
 * Pages that create and edit an access control rule.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { VersionedRule } from '../api/access-control.ts'
import { isConflict, isMissing } from '../api/failure.ts'
import { Conflict } from '../parts/conflict.tsx'
import { type Editing, useEditing } from '../parts/editing.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { useForm } from '../parts/form.ts'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { TAKES_EFFECT } from '../roles/words.ts'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { useNames } from './names.ts'
import { RuleFields } from './rule-fields.tsx'
import { formOf, inputOf, NEW_RULE, problemsOf, type RuleForm } from './rule-form.ts'
import { textsOf } from './rule-words.ts'

const LIST = '/access-control'

export function NewRulePage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const form = useForm(NEW_RULE, problemsOf)
  const [takenName, setTakenName] = useState<string>()
  const save = () =>
    form.submit(async values => {
      const input = { ...inputOf(values), ExpectedVersion: 'NONE' }
      try {
        await call('EwsGateway.ReplaceAccessControlRule', input)
      } catch (error) {
        if (!isConflict(error)) throw error
        setTakenName(input.Name)
        return
      }
      succeeded(`Created rule ${input.Name}. ${TAKES_EFFECT}`)
      leave(LIST)
    })
  return (
    <RuleFields
      title="Create access control rule"
      isNew
      takenName={takenName}
      state={form}
      onSave={save}
      onCancel={() => go(LIST)}
    />
  )
}

export function EditRulePage({ params }: PageProps) {
  const name = params['name'] ?? ''
  const { data, error, reload } = useQuery('EwsGateway.DescribeAccessControlRule', { Name: name })
  usePageName(data?.Name)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the rule" />
  const form = formOf(data)
  if (form === undefined) return <NotHere name={name} />
  return <Edit rule={data} form={form} />
}

const NotHere = ({ name }: { name: string }) => (
  <Alert
    type="info"
    header={`You can't edit ${name} here`}
    action={<Button onClick={() => go(LIST)}>View rules</Button>}
  >
    The rule both includes and excludes values for one condition, which this form can't show. Use
    the API action PutAccessControlRule.
  </Alert>
)

/** Undefined if the rule was deleted. */
type Saved = VersionedRule | undefined

function Edit({ rule, form }: { rule: VersionedRule; form: RuleForm }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const { Name } = rule
  const editing = useEditing<Saved, RuleForm>({
    opened: rule,
    valuesOf: () => form,
    problemsOf,
    page: LIST,
    read: () =>
      call('EwsGateway.DescribeAccessControlRule', { Name }).catch((error: unknown) => {
        if (isMissing(error)) return undefined
        throw error
      }),
    write: async (values, replaced) => {
      const ExpectedVersion = replaced?.Version ?? 'NONE'
      await call('EwsGateway.ReplaceAccessControlRule', { ...inputOf(values), ExpectedVersion })
      succeeded(`Saved changes to ${Name}. ${TAKES_EFFECT}`)
    },
  })
  return (
    <RuleFields
      title={`Edit ${Name}`}
      isNew={false}
      state={editing}
      onSave={editing.save}
      onCancel={() => go(LIST)}
      notice={<RuleConflict editing={editing} />}
    />
  )
}

function RuleConflict({ editing }: { editing: Editing<Saved, RuleForm> }) {
  const { opened, values, conflict } = editing
  const mine = inputOf(values)
  const names = useNames([opened ?? {}, conflict?.theirs ?? {}, mine])
  return (
    <Conflict
      what="this rule"
      editing={editing}
      textsOf={rule => rule && textsOf(rule, names)}
      mine={textsOf(mine, names)}
    />
  )
}

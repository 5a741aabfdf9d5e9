/**
 * Pages that create and edit an access control rule.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { AccessControlRule, VersionedRule } from '../api/access-control.ts'
import { CallFailure } from '../api/failure.ts'
import { useAction } from '../parts/action-state.ts'
import { Conflict } from '../parts/conflict.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { isSame } from '../roles/form.ts'
import { TAKES_EFFECT } from '../roles/words.ts'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { useNames } from './names.ts'
import { RuleFields } from './rule-fields.tsx'
import { formOf, inputOf, NEW_RULE, type RuleForm } from './rule-form.ts'
import { conditionsInWords } from './rule-words.ts'

const LIST = '/access-control'

export const NewRulePage = () => <Editor title="Create access control rule" form={NEW_RULE} />

export function EditRulePage({ params }: PageProps) {
  const name = params['name'] ?? ''
  const { data, error, reload } = useQuery('EwsGateway.DescribeAccessControlRule', { Name: name })
  usePageName(data?.Name)
  if (isMissing(error)) return <NoSuchRule name={name} />
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the rule" />
  const form = formOf(data)
  if (form === undefined) return <NotHere name={name} />
  return <Editor title={`Edit ${name}`} form={form} opened={data} />
}

const isMissing = (error: unknown): boolean =>
  error instanceof CallFailure && error.type === 'ResourceNotFoundException'

const NoSuchRule = ({ name }: { name: string }) => (
  <Empty
    title={`Rule ${name} not found`}
    action={<Button onClick={() => go(LIST)}>View rules</Button>}
  >
    The rule might have been deleted.
  </Empty>
)

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

type EditorProps = { title: string; form: RuleForm; opened?: VersionedRule }

/** Saved version in a conflict. `rule` is undefined if the rule was deleted. */
type SavedVersion = { rule: VersionedRule | undefined }

function Editor({ title, form: first, opened }: EditorProps) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const action = useAction()
  const [form, setForm] = useState(first)
  const [theirs, setTheirs] = useState<SavedVersion>()
  const [takenName, setTakenName] = useState<string>()
  const names = useNames([inputOf(form), theirs?.rule ?? {}])
  const replaced = theirs ? theirs.rule : opened

  const save = () =>
    action.run(async () => {
      const Name = form.name.trim()
      const ExpectedVersion = replaced?.Version ?? 'NONE'
      try {
        await call('EwsGateway.ReplaceAccessControlRule', { ...inputOf(form), ExpectedVersion })
        const done = opened === undefined ? 'Created rule' : 'Saved changes to'
        succeeded(`${done} ${Name}. ${TAKES_EFFECT}`)
        go(LIST)
      } catch (error) {
        if (!(error instanceof CallFailure && error.type === 'ConflictException')) throw error
        if (opened === undefined) return setTakenName(Name)
        setTheirs({ rule: await find(Name) })
      }
    })
  const find = (Name: string): Promise<VersionedRule | undefined> =>
    call('EwsGateway.DescribeAccessControlRule', { Name }).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })

  const inWords = (rule: AccessControlRule | undefined) =>
    rule === undefined ? 'Deleted' : conditionsInWords(rule, names).join('; ')
  return (
    <RuleFields
      title={title}
      form={form}
      onChange={setForm}
      isNew={opened === undefined}
      takenName={takenName}
      onSave={save}
      onCancel={() => go(LIST)}
      action={action}
      isDirty={!isSame(form, first)}
      notice={
        theirs && (
          <Conflict
            what="this rule"
            onKeepMine={save}
            onTakeTheirs={() => leave(LIST)}
            differences={[
              { field: 'Effect', mine: form.effect, theirs: theirs.rule?.Effect ?? '' },
              {
                field: 'Description',
                mine: form.description,
                theirs: theirs.rule?.Description ?? '',
              },
              {
                field: 'Conditions',
                mine: conditionsInWords(inputOf(form), names).join('; '),
                theirs: inWords(theirs.rule),
              },
            ]}
          />
        )
      }
    />
  )
}

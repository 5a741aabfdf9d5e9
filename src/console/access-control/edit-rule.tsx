/**
 * Creating an access control rule, and editing one.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { AccessControlRule } from '../api/access-control.ts'
import { useDoing } from '../parts/action.ts'
import { Conflict } from '../parts/conflict.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { leave } from '../parts/unsaved.tsx'
import { isSame } from '../roles/form.ts'
import type { PageProps } from '../routing/route.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { useName } from '../shell/crumb.tsx'
import { useNames } from './names.ts'
import { RuleFields } from './rule-fields.tsx'
import { formOf, inputOf, NEW_RULE, type RuleForm } from './rule-form.ts'
import { conditionsInWords } from './rule-words.ts'

const LIST = '/access-control'

export const NewRulePage = () => <Editor title="Create access control rule" form={NEW_RULE} />

export function EditRulePage({ params }: PageProps) {
  const { data, error, reload } = useQuery('WorkMailService.ListAccessControlRules', {})
  const rule = data?.Rules.find(({ Name }) => Name === params['name'])
  useName(rule?.Name)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the rule" />
  if (rule === undefined) return <NoSuchRule name={params['name'] ?? ''} />
  const form = formOf(rule)
  if (form === undefined) return <NotHere name={rule.Name} />
  return <Editor title={`Edit ${rule.Name}`} form={form} opened={rule} />
}

const NoSuchRule = ({ name }: { name: string }) => (
  <Empty
    title={`There is no rule ${name}`}
    action={<Button onClick={() => go(LIST)}>All rules</Button>}
  >
    It may have been deleted since the link was made.
  </Empty>
)

const NotHere = ({ name }: { name: string }) => (
  <Alert
    type="info"
    header={`${name} cannot be edited here`}
    action={<Button onClick={() => go(LIST)}>All rules</Button>}
  >
    It has both kinds of list for one condition, which this form has no place for. Change it with
    PutAccessControlRule of the API.
  </Alert>
)

type EditorProps = { title: string; form: RuleForm; opened?: AccessControlRule }

/** What stands there in the place of what was opened; deleted: undefined. */
type Found = { rule: AccessControlRule | undefined }

function Editor({ title, form: first, opened }: EditorProps) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const doing = useDoing()
  const [form, setForm] = useState(first)
  const [theirs, setTheirs] = useState<Found>()
  const names = useNames([inputOf(form), theirs?.rule ?? {}])

  // The API has no version of these rules: they are read again just before they are written.
  const save = (seen: AccessControlRule | undefined) =>
    doing.run(async () => {
      const name = form.name.trim()
      const { Rules } = await call('WorkMailService.ListAccessControlRules', {})
      const present = Rules.find(({ Name }) => Name === name)
      if (present?.DateModified !== seen?.DateModified) {
        setTheirs({ rule: present })
        return
      }
      await call('WorkMailService.PutAccessControlRule', inputOf(form))
      succeeded(`The rule ${name} is saved. The test answers from it already.`)
      go(LIST)
    })

  const inWords = (rule: AccessControlRule | undefined) =>
    rule === undefined ? 'Deleted' : conditionsInWords(rule, names).join('; ')
  return (
    <RuleFields
      title={title}
      form={form}
      onChange={setForm}
      isNew={opened === undefined}
      onSave={() => save(opened)}
      onCancel={() => go(LIST)}
      doing={doing}
      isDirty={!isSame(form, first)}
      notice={
        theirs && (
          <Conflict
            what={opened === undefined ? `the rule ${form.name.trim()}` : 'this rule'}
            onKeepMine={() => save(theirs.rule)}
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

/**
 * Pages that create and edit a principal.
 *
 * @module
 */

import type { ReactNode } from 'react'
import type { Principal } from '../api/principals.ts'
import { Conflict } from '../parts/conflict.tsx'
import { useEditing } from '../parts/editing.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { type FormState, isSame, useForm } from '../parts/form.ts'
import { FormPage } from '../parts/form-page.tsx'
import { periodIn } from '../parts/period.ts'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { takenName } from '../parts/taken.ts'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { type Draft, draftOf, NEW_PRINCIPAL, policyOfDraft, problemsOf, textsOf } from './draft.ts'
import { PrincipalFields } from './principal-fields.tsx'

export function NewPrincipalPage() {
  const { call, session } = useSession()
  const { succeeded } = useFlashes()
  const form = useForm(NEW_PRINCIPAL, problemsOf)
  const save = () =>
    form.submit(async draft => {
      const Name = draft.name.trim()
      const { PrincipalId } = await call('EwsGateway.CreatePrincipal', {
        Name,
        Policy: policyOfDraft(draft, session.organizationId),
        Period: periodIn(draft.period),
      })
      succeeded(`Created principal ${Name}. To let it sign in, create an access key.`)
      leave(`/principals/${PrincipalId}`)
    })
  return (
    <Editor
      title="Create principal"
      verb="Create principal"
      description="A principal is a tool or an administrator. For a tool with one role, you can also create an access key on the page of the role."
      state={form}
      onSave={save}
      onCancel={() => go('/principals')}
    />
  )
}

export function EditPrincipalPage({ params }: PageProps) {
  const { data, error, reload } = useQuery('EwsGateway.GetPrincipal', {
    PrincipalId: params['id'] ?? '',
  })
  usePageName(data && `Edit ${data.Name}`)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the principal" />
  return <Edit principal={data} />
}

function Edit({ principal }: { principal: Principal }) {
  const { call, session } = useSession()
  const { succeeded } = useFlashes()
  const { PrincipalId } = principal
  const page = `/principals/${PrincipalId}`
  const draftFor = (saved: Principal) => draftOf(saved, session.organizationId)
  const policyOf = (draft: Draft) => policyOfDraft(draft, session.organizationId)
  const editing = useEditing({
    opened: principal,
    valuesOf: draftFor,
    problemsOf,
    page,
    read: () => call('EwsGateway.GetPrincipal', { PrincipalId }),
    write: async (draft, replaced) => {
      const Name = draft.name.trim()
      const before = draftFor(replaced)
      const Policy = policyOf(draft)
      const Period = periodIn(draft.period)
      await call('EwsGateway.UpdatePrincipal', {
        PrincipalId,
        Name,
        // The same policy can have another spelling in the form, which must not replace that of the saved policy.
        ...(!isSame(Policy, policyOf(before)) && { Policy }),
        ...(!isSame(Period, periodIn(before.period)) && { Period }),
        ExpectedVersion: replaced.Version,
      })
      succeeded(`Saved changes to ${Name}. They also apply to its tokens.`)
    },
  })
  const texts = (draft: Draft) => textsOf(draft, session.organizationId)
  return (
    <Editor
      title={`Edit ${principal.Name}`}
      verb="Save changes"
      state={editing}
      onSave={editing.save}
      onCancel={() => go(page)}
      notice={
        <Conflict
          what="this principal"
          editing={editing}
          textsOf={saved => texts(draftFor(saved))}
          mine={texts(editing.values)}
        />
      }
    />
  )
}

type EditorProps = {
  title: string
  verb: string
  description?: string
  state: FormState<Draft>
  onSave: () => void
  onCancel: () => void
  notice?: ReactNode
}

function Editor(props: EditorProps) {
  const { values: draft, change, action, problems } = props.state
  const name = takenName(action.error, draft.name)
  return (
    <FormPage {...props}>
      <PrincipalFields
        draft={draft}
        onChange={change}
        problems={{ ...problems, ...(name !== undefined && { name }) }}
      />
    </FormPage>
  )
}

/**
 * Pages that create and edit a principal.
 *
 * @module
 */

import { useState } from 'react'
import { CallFailure } from '../api/failure.ts'
import type { PolicyDocument, Principal } from '../api/principals.ts'
import { useAction } from '../parts/action-state.ts'
import { Conflict } from '../parts/conflict.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { FormPage } from '../parts/form-page.tsx'
import { type Period, periodIn, periodInWords } from '../parts/period.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { takenName } from '../parts/taken.ts'
import { localZone } from '../parts/zone.ts'
import { isSame } from '../roles/form.ts'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { readAll, usePrincipal } from './all.ts'
import { type Draft, draftOf, NEW_PRINCIPAL, policyOfDraft, problemsOf } from './draft.ts'
import { NoSuchPrincipal } from './principal.tsx'
import { PrincipalFields } from './principal-fields.tsx'

export function NewPrincipalPage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const save = async (Name: string, Policy: PolicyDocument, Period: Period) => {
    const { PrincipalId } = await call('EwsGateway.CreatePrincipal', { Name, Policy, Period })
    succeeded(`Created principal ${Name}. To let it sign in, create an access key.`)
    go(`/principals/${PrincipalId}`)
  }
  return (
    <Editor
      title="Create principal"
      verb="Create principal"
      description="A principal is a tool or an administrator. For a tool with one role, you can also create an access key on the page of the role."
      first={NEW_PRINCIPAL}
      back="/principals"
      save={save}
    />
  )
}

export function EditPrincipalPage({ params }: PageProps) {
  const { data, error, reload } = usePrincipal(params['id'] ?? '')
  usePageName(data?.principal && `Edit ${data.principal.Name}`)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the principal" />
  if (data.principal === undefined) return <NoSuchPrincipal />
  return <Edit principal={data.principal} />
}

function Edit({ principal }: { principal: Principal }) {
  const { call, session } = useSession()
  const { succeeded } = useFlashes()
  const { PrincipalId } = principal
  const [theirs, setTheirs] = useState<Principal>()
  const page = `/principals/${PrincipalId}`
  const first = draftOf(principal, session.organizationId)
  // Whether the user changed the policy. An equivalent policy of the form can differ in spelling, and must not
  // replace the original if only the name was changed.
  const isChanged = (policy: PolicyDocument) =>
    theirs !== undefined || !isSame(policy, policyOfDraft(first, session.organizationId))
  const save = async (Name: string, Policy: PolicyDocument, Period: Period) => {
    const ExpectedVersion = (theirs ?? principal).Version
    try {
      await call('EwsGateway.UpdatePrincipal', {
        PrincipalId,
        Name,
        ...(isChanged(Policy) && { Policy }),
        ...((theirs !== undefined || !isSame(Period, first.period)) && { Period }),
        ExpectedVersion,
      })
      succeeded(`Saved changes to ${Name}. They also apply to its tokens.`)
      go(page)
    } catch (error) {
      if (!(error instanceof CallFailure && error.type === 'ConflictException')) throw error
      const all = await readAll(call)
      setTheirs(all.find(other => other.PrincipalId === PrincipalId))
    }
  }
  return (
    <Editor
      title={`Edit ${principal.Name}`}
      verb="Save changes"
      first={first}
      back={page}
      save={save}
      theirs={theirs}
    />
  )
}

type EditorProps = {
  title: string
  verb: string
  description?: string
  first: Draft
  /** Path of the page that opens if the user cancels. */
  back: string
  save: (name: string, policy: PolicyDocument, period: Period) => Promise<void>
  theirs?: Principal | undefined
}

function Editor({ title, verb, description, first, back, save, theirs }: EditorProps) {
  const { session } = useSession()
  const action = useAction()
  const [draft, setDraft] = useState(first)
  const [isTried, setTried] = useState(false)
  const problems = problemsOf(draft)
  const name = takenName(action.error, draft.name)
  const submit = () => {
    setTried(true)
    if (Object.keys(problems).length > 0) return
    action.run(() =>
      save(draft.name.trim(), policyOfDraft(draft, session.organizationId), periodIn(draft.period)),
    )
  }
  const shown = (policy: PolicyDocument) => JSON.stringify(policy)
  return (
    <FormPage
      title={title}
      verb={verb}
      description={description}
      onSave={submit}
      onCancel={() => go(back)}
      action={action}
      isDirty={!isSame(draft, first)}
      notice={
        theirs && (
          <Conflict
            what="this principal"
            onKeepMine={submit}
            onTakeTheirs={() => leave(back)}
            differences={[
              { field: 'Name', mine: draft.name.trim(), theirs: theirs.Name },
              {
                field: 'Validity',
                mine: periodInWords(draft.period, localZone()),
                theirs: periodInWords(periodIn(theirs.Period ?? {}), localZone()),
              },
              {
                field: 'Policy',
                mine: problems['json'] ?? shown(policyOfDraft(draft, session.organizationId)),
                theirs: shown(theirs.Policy),
              },
            ]}
          />
        )
      }
    >
      <PrincipalFields
        draft={draft}
        onChange={next => {
          action.reset()
          setDraft(next)
        }}
        problems={{
          ...(isTried && problems),
          ...(name !== undefined && { name }),
        }}
      />
    </FormPage>
  )
}

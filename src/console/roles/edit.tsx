/**
 * Page that edits a role.
 *
 * @module
 */

import { useState } from 'react'
import { CallFailure } from '../api/failure.ts'
import type { Role } from '../api/roles.ts'
import type { Shadow, ShadowDraft } from '../api/shadows.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { periodIn } from '../parts/period.ts'
import { useQuery } from '../parts/query.ts'
import { useSearch } from '../parts/search.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { go, leave } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { Conflict } from './conflict.tsx'
import { RoleEditor, rolePath } from './editor.tsx'
import { formOf, isSame, profileOf, type RoleForm, writtenOf } from './form.ts'
import { useTryDraft } from './try-draft.ts'
import { TAKES_EFFECT } from './words.ts'

export function EditRolePage({ params }: PageProps) {
  const { data, error, reload } = useQuery('EwsGateway.DescribeImpersonationRole', {
    ImpersonationRoleId: params['roleId'] ?? '',
  })
  const { params: search } = useSearch()
  const isDraft = search.get('from') === 'draft'
  const shadow = useQuery(
    'EwsGateway.GetRoleShadow',
    isDraft ? { ImpersonationRoleId: params['roleId'] ?? '' } : undefined,
  )
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (shadow.error !== undefined)
    return <Failed error={shadow.error} onRetry={shadow.reload} title="Cannot load the draft" />
  if (data === undefined || (isDraft && shadow.data === undefined))
    return <Loading what="the role" />
  return <Edit opened={data} draft={shadow.data?.Draft} />
}

/** @param draft - attached draft that the form starts with; undefined: it starts with the role */
function Edit({ opened, draft }: { opened: Role; draft: Shadow['Draft'] | undefined }) {
  const { call, may } = useSession()
  const tryDraft = useTryDraft()
  const { succeeded } = useFlashes()
  /** Version of the role that the form started with. Saving replaces only this version. */
  const [base, setBase] = useState(opened)
  const [form, setForm] = useState<RoleForm>(() => ({ ...formOf(opened), ...partsOf(draft) }))
  const [error, setError] = useState<unknown>()
  /** Version that someone else saved after this page was opened, if any. */
  const [theirs, setTheirs] = useState<Role>()
  const { ImpersonationRoleId } = opened
  usePageName(`Edit ${opened.Name}`)

  const save = async (expecting: Role) => {
    setError(undefined)
    try {
      await call('EwsGateway.PutImpersonationRole', {
        ImpersonationRoleId,
        ...writtenOf(form),
        Guard: form.guard,
        Period: periodIn(form.period),
        // A role can have a profile that only a later version of the gateway knows.
        ...(!isSame(form.profile, profileOf(expecting.Profile)) &&
          may('ewsgateway:PutRoleProfile') && { Profile: form.profile }),
        ExpectedVersion: expecting.Version,
      })
      succeeded(`Saved changes to ${form.name.trim()}. ${TAKES_EFFECT}`)
      leave(rolePath(ImpersonationRoleId))
    } catch (problem) {
      await showProblem(problem)
      window.scrollTo(0, 0)
    }
  }
  const showProblem = async (problem: unknown) => {
    if (!(problem instanceof CallFailure) || problem.type !== 'ConflictException')
      return setError(problem)
    try {
      setTheirs(await call('EwsGateway.DescribeImpersonationRole', { ImpersonationRoleId }))
    } catch (readProblem) {
      setError(readProblem)
    }
  }
  const takeTheirs = () => {
    if (theirs === undefined) return
    setBase(theirs)
    setForm(formOf(theirs))
    setTheirs(undefined)
  }

  return (
    <RoleEditor
      title={`Edit ${opened.Name}`}
      verb="Save changes"
      roleId={ImpersonationRoleId}
      initial={formOf(base)}
      form={form}
      onChange={next => {
        setForm(next)
        setError(undefined)
      }}
      onSave={() => save(base)}
      onTry={
        may('ewsgateway:PutRoleShadow')
          ? () => tryDraft(opened, shadowOf(form)).catch(setError)
          : undefined
      }
      onCancel={() => go(rolePath(ImpersonationRoleId))}
      error={error}
      notice={
        theirs && (
          <Conflict
            opened={formOf(base)}
            theirs={formOf(theirs)}
            mine={form}
            onTakeTheirs={takeTheirs}
            onSaveMine={() => void save(theirs)}
          />
        )
      }
    />
  )
}

/** Returns the values of a draft for the form. */
const partsOf = (draft: Shadow['Draft'] | undefined): Partial<RoleForm> =>
  draft === undefined
    ? {}
    : {
        type: draft.Type,
        rules: draft.Rules,
        guard: draft.Guard,
        profile: profileOf(draft.Profile),
      }

/** Returns the draft of a form. */
const shadowOf = ({ type, rules, guard, profile }: RoleForm): ShadowDraft => ({
  Type: type,
  Rules: rules,
  Guard: guard,
  Profile: profile,
})

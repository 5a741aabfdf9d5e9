/**
 * Page that edits a role.
 *
 * @module
 */

import type { Role } from '../api/roles.ts'
import type { Shadow, ShadowDraft } from '../api/shadows.ts'
import { Conflict } from '../parts/conflict.tsx'
import { type Editing, useEditing } from '../parts/editing.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { isSame } from '../parts/form.ts'
import { periodIn } from '../parts/period.ts'
import { useQuery } from '../parts/query.ts'
import { useSearch } from '../parts/search.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { RoleEditor, rolePath } from './editor.tsx'
import { formOf, problemsOf, profileOf, type RoleForm, writtenOf } from './form.ts'
import { textsOf } from './role-parts.ts'
import { useRuleDescription } from './rule-description.ts'
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
  return <Edit role={data} draft={shadow.data?.Draft} />
}

/** @param draft - attached draft that the form starts with; undefined: it starts with the role */
function Edit({ role, draft }: { role: Role; draft: Shadow['Draft'] | undefined }) {
  const { call, may } = useSession()
  const tryDraft = useTryDraft()
  const { succeeded } = useFlashes()
  const { ImpersonationRoleId } = role
  const page = rolePath(ImpersonationRoleId)
  usePageName(`Edit ${role.Name}`)

  const editing = useEditing<Role, RoleForm>({
    opened: role,
    valuesOf: formOf,
    first: { ...formOf(role), ...partsOf(draft) },
    problemsOf,
    page,
    read: () => call('EwsGateway.DescribeImpersonationRole', { ImpersonationRoleId }),
    write: async (form, replaced) => {
      await call('EwsGateway.PutImpersonationRole', {
        ImpersonationRoleId,
        ...writtenOf(form),
        Guard: form.guard,
        Period: periodIn(form.period),
        // A role can have a profile that only a later version of the gateway knows.
        ...(!isSame(form.profile, profileOf(replaced.Profile)) &&
          may('ewsgateway:PutRoleProfile') && { Profile: form.profile }),
        ExpectedVersion: replaced.Version,
      })
      succeeded(`Saved changes to ${form.name.trim()}. ${TAKES_EFFECT}`)
    },
  })
  const attach = () => editing.submit(form => tryDraft(role, shadowOf(form)))

  return (
    <RoleEditor
      title={`Edit ${role.Name}`}
      verb="Save changes"
      roleId={ImpersonationRoleId}
      state={editing}
      onSave={editing.save}
      onTry={may('ewsgateway:PutRoleShadow') ? attach : undefined}
      onCancel={() => go(page)}
      notice={<RoleConflict editing={editing} />}
    />
  )
}

function RoleConflict({ editing }: { editing: Editing<Role, RoleForm> }) {
  const { opened, values, conflict } = editing
  const rules = [opened, conflict?.theirs].flatMap(role => role?.Rules ?? [])
  const describe = useRuleDescription([...rules, ...values.rules])
  return (
    <Conflict
      what="this role"
      editing={editing}
      textsOf={role => textsOf(formOf(role), describe)}
      mine={textsOf(values, describe)}
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

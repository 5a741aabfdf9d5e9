/**
 * Page that edits a role.
 *
 * @module
 */

import { useState } from 'react'
import { CallFailure } from '../api/failure.ts'
import type { Role } from '../api/roles.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { periodIn } from '../parts/period.ts'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { askBeforeLeaving } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { Conflict } from './conflict.tsx'
import { RoleEditor, toRole } from './editor.tsx'
import { formOf, type RoleForm, writtenOf } from './form.ts'
import { TAKES_EFFECT } from './words.ts'

export function EditRolePage({ params }: PageProps) {
  const { data, error, reload } = useQuery('EwsGateway.DescribeImpersonationRole', {
    ImpersonationRoleId: params['roleId'] ?? '',
  })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the role" />
  return <Edit opened={data} />
}

function Edit({ opened }: { opened: Role }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  /** Version of the role that the form started with. Saving replaces only this version. */
  const [base, setBase] = useState(opened)
  const [form, setForm] = useState<RoleForm>(() => formOf(opened))
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
        ExpectedVersion: expecting.Version,
      })
      askBeforeLeaving(undefined)
      succeeded(`Saved changes to ${form.name.trim()}. ${TAKES_EFFECT}`)
      toRole(ImpersonationRoleId)
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
      onCancel={() => toRole(ImpersonationRoleId)}
      mayWriteGuard
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

/**
 * Page with the fields, rules, and guard of a role.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useEffect, useState } from 'react'
import type { Rule } from '../api/roles.ts'
import type { FormState } from '../parts/form.ts'
import { useFocusRejected } from '../parts/invalid-field.ts'
import { Failed } from '../parts/states.tsx'
import { isAtFields, takenName } from '../parts/taken.ts'
import { Unsaved } from '../parts/unsaved.tsx'
import { useSession } from '../session/session.ts'
import { draftOf, type RoleForm } from './form.ts'
import { GuardForm } from './guard-form.tsx'
import { Preview } from './preview.tsx'
import { ProfileForm } from './profile-form.tsx'
import { RoleFields } from './role-fields.tsx'
import { AllowAllNotice, RuleDialog } from './rule-dialog.tsx'
import { RulesTable } from './rules-table.tsx'
import { TestDialog } from './test-dialog.tsx'
import { isAllowAll } from './words.ts'

type Props = {
  title: string
  /** Text of the button that saves the role. */
  verb: string
  /** Undefined for a new role. */
  roleId: string | undefined
  state: FormState<RoleForm>
  onSave: () => void
  /** Attaches the values to the role as a draft; undefined if that is not possible. */
  onTry?: (() => void) | undefined
  onCancel: () => void
  /** Notice above the form, such as a version conflict. */
  notice?: ReactNode
}

/** State of the open rule dialog: the rule to edit, or undefined to add one. */
type Open = { rule: Rule | undefined }

export function RoleEditor(props: Props) {
  const { title, verb, roleId, state, onSave, onTry, onCancel, notice } = props
  const { values: form, change, isDirty, action, problems } = state
  const { isBusy, error } = action
  const { may } = useSession()
  const [open, setOpen] = useState<Open>()
  const [isTesting, setTesting] = useState(false)
  useEffect(() => {
    if (error !== undefined) window.scrollTo(0, 0)
  }, [error])
  const fields = useFocusRejected<HTMLDivElement>(state)
  const set = (part: Partial<RoleForm>) => change({ ...form, ...part })
  const taken = takenName(error, form.name)
  const keep = (rule: Rule) => {
    const isNew = open?.rule === undefined
    const rules = isNew
      ? [...form.rules, rule]
      : form.rules.map(one => (one === open.rule ? rule : one))
    set({ rules })
    setOpen(undefined)
  }

  return (
    <ContentLayout header={<Header variant="h1">{title}</Header>}>
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              Cancel
            </Button>
            {may('ewsgateway:ExplainDecision') && (
              <Button onClick={() => setTesting(true)}>Test draft</Button>
            )}
            {onTry && (
              <Button disabled={isBusy} onClick={onTry}>
                Try as draft
              </Button>
            )}
            <Button variant="primary" loading={isBusy} onClick={onSave}>
              {verb}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {error !== undefined && !isAtFields(error) && (
            <Failed error={error} title="Cannot save the role" />
          )}
          {notice}
          <div ref={fields}>
            <RoleFields
              form={form}
              problems={{ ...problems, ...(taken !== undefined && { name: taken }) }}
              mayWritePeriod={may('ewsgateway:PutRolePeriod')}
              onChange={set}
            />
          </div>
          <RulesTable
            rules={form.rules}
            editing={{
              onAdd: () => setOpen({ rule: undefined }),
              onEdit: rule => setOpen({ rule }),
              onRemove: rule => set({ rules: form.rules.filter(one => one !== rule) }),
            }}
          />
          {form.rules.length === 0 && (
            <Alert type="info">
              You can save the role without rules, but it can't impersonate any user.
            </Alert>
          )}
          {form.rules.some(isAllowAll) && <AllowAllNotice />}
          {may('ewsgateway:PutRoleGuard') && (
            <GuardForm guard={form.guard} type={form.type} onChange={guard => set({ guard })} />
          )}
          {may('ewsgateway:ListRoleProfiles') && may('ewsgateway:PutRoleProfile') && (
            <ProfileForm profile={form.profile} onChange={profile => set({ profile })} />
          )}
          {may('ewsgateway:PreviewImpersonationRole') && (
            <Preview roleId={roleId} draft={draftOf(form)} />
          )}
        </SpaceBetween>
      </Form>
      {open && (
        <RuleDialog
          rule={open.rule}
          others={form.rules.filter(rule => rule !== open.rule)}
          onSave={keep}
          onCancel={() => setOpen(undefined)}
        />
      )}
      {isTesting && (
        <TestDialog
          {...(roleId !== undefined && { roleId })}
          draft={draftOf(form)}
          name={form.name.trim() === '' ? 'the draft' : `the draft of ${form.name.trim()}`}
          onClose={() => setTesting(false)}
        />
      )}
      <Unsaved isDirty={isDirty && !isBusy} />
    </ContentLayout>
  )
}

export const rolePath = (id: string) => `/roles/${encodeURIComponent(id)}`

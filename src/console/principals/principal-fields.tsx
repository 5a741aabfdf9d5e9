/**
 * Fields of a principal: its name, and its policy as a form or as JSON.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs from '@cloudscape-design/components/tabs'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { PeriodFields } from '../parts/period-fields.tsx'
import { useSession } from '../session/session.ts'
import { type Draft, switchTab } from './draft.ts'
import { PolicyFields } from './policy-fields.tsx'

type Props = {
  draft: Draft
  onChange: (draft: Draft) => void
  problems: Readonly<Record<string, string>>
}

export function PrincipalFields({ draft, onChange, problems }: Props) {
  const { session } = useSession()
  const [isJsonOnly, setJsonOnly] = useState(false)
  const select = (tab: string) => {
    if (tab === draft.tab) return
    const converted = switchTab(draft, session.organizationId)
    setJsonOnly(converted === undefined)
    if (converted) onChange(converted)
  }
  return (
    <SpaceBetween size="l">
      <FormField label="Name" errorText={problems['name']}>
        <Input
          value={draft.name}
          placeholder="backup-server-1"
          onChange={({ detail }) => onChange({ ...draft, name: detail.value })}
        />
      </FormField>
      <PeriodFields
        period={draft.period}
        problem={problems['period']}
        onChange={period => onChange({ ...draft, period })}
      />
      <Tabs
        ariaLabel="Policy editor"
        activeTabId={draft.tab}
        onChange={({ detail }) => select(detail.activeTabId)}
        tabs={[
          {
            id: 'FORM',
            label: 'Permissions',
            content: (
              <PolicyFields
                form={draft.form}
                problem={problems['form']}
                onChange={form => onChange({ ...draft, form })}
              />
            ),
          },
          {
            id: 'JSON',
            label: 'JSON',
            content: (
              <SpaceBetween size="s">
                {isJsonOnly && (
                  <Alert type="info">
                    The form can't show all parts of this policy. Edit the policy as JSON.
                  </Alert>
                )}
                <FormField
                  label="Policy"
                  description="An IAM policy. The gateway rejects unknown elements and permissions, and permissions that your own policy doesn't allow."
                  errorText={problems['json']}
                  stretch
                >
                  <Textarea
                    value={draft.json}
                    rows={18}
                    spellcheck={false}
                    onChange={({ detail }) => {
                      setJsonOnly(false)
                      onChange({ ...draft, json: detail.value })
                    }}
                  />
                </FormField>
              </SpaceBetween>
            ),
          },
        ]}
      />
    </SpaceBetween>
  )
}

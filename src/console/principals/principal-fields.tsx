/**
 * The fields of a principal: its name, and its policy as a form or as JSON.
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
  const [isStuck, setStuck] = useState(false)
  const turn = (tab: string) => {
    if (tab === draft.tab) return
    const turned = switchTab(draft, session.organizationId)
    setStuck(turned === undefined)
    if (turned) onChange(turned)
  }
  return (
    <>
      <FormField label="Name" errorText={problems['name']}>
        <Input
          value={draft.name}
          placeholder="backup-server-1"
          onChange={({ detail }) => onChange({ ...draft, name: detail.value })}
        />
      </FormField>
      <Tabs
        ariaLabel="What it may do"
        activeTabId={draft.tab}
        onChange={({ detail }) => turn(detail.activeTabId)}
        tabs={[
          {
            id: 'FORM',
            label: 'What it may do',
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
                {isStuck && (
                  <Alert type="info">
                    The form has no place for all that this policy says, so it stays JSON.
                  </Alert>
                )}
                <FormField
                  label="Policy"
                  description="As IAM writes them. What the gateway does not know is refused, and so is more than your own policy allows."
                  errorText={problems['json']}
                  stretch
                >
                  <Textarea
                    value={draft.json}
                    rows={18}
                    spellcheck={false}
                    onChange={({ detail }) => {
                      setStuck(false)
                      onChange({ ...draft, json: detail.value })
                    }}
                  />
                </FormField>
              </SpaceBetween>
            ),
          },
        ]}
      />
    </>
  )
}

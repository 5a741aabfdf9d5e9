/**
 * Dialog that lets a role reach protected mailboxes until a time.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import { DateTimeField } from '../parts/date-time-field.tsx'
import { ActDialog } from '../parts/dialog.tsx'
import { useRoles } from '../parts/roles.ts'
import type { Save } from './change.ts'
import { exceptionOf, problemsOf } from './exception-form.ts'

type Props = { save: Save; onClose: () => void }

export function AddException({ save, onClose }: Props) {
  const { options, nameOf } = useRoles()
  const [roleId, setRoleId] = useState<string>()
  const [notAfter, setNotAfter] = useState<number>()
  const [reason, setReason] = useState('')
  const form = { roleId, notAfter, reason }
  const problems = problemsOf(form, gatewayNow())
  const exception = exceptionOf(form, gatewayNow())
  return (
    <ActDialog
      title="Add exception"
      action="Add exception"
      isDisabled={exception === undefined}
      onCancel={onClose}
      onAct={async () => {
        if (exception === undefined) return
        await save(
          ({ Exceptions }) => ({ Exceptions: [...Exceptions, exception] }),
          `Added an exception for ${nameOf(exception.ImpersonationRoleId)}.`,
        )
        onClose()
      }}
    >
      <Alert type="warning">
        Until the end, the role reaches all protected mailboxes that its rules allow.
      </Alert>
      <FormField label="Role">
        <Select
          selectedOption={options.find(({ value }) => value === roleId) ?? null}
          options={options}
          filteringType="auto"
          filteringAriaLabel="Find roles"
          placeholder="Choose a role"
          empty="No roles"
          expandToViewport
          onChange={({ detail }) => setRoleId(detail.selectedOption.value)}
        />
      </FormField>
      <DateTimeField
        label="End"
        value={notAfter}
        problem={!Number.isNaN(notAfter) && problems.notAfter}
        onChange={setNotAfter}
      />
      <FormField
        label="Reason"
        description="Why the role needs access. The audit keeps it."
        constraintText="At most 256 characters."
        errorText={problems.reason}
      >
        <Input
          value={reason}
          placeholder="Investigation 7"
          onChange={({ detail }) => setReason(detail.value)}
        />
      </FormField>
    </ActDialog>
  )
}

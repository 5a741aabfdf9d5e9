/**
 * Dialog that binds a principal to an account of the directory, or to a subject of an issuer's tokens.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { describeFailure } from '../api/failure.ts'
import type { Identity, Principal } from '../api/principals.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { Optional } from '../parts/optional.tsx'
import { UserSuggest } from '../parts/user-suggest.tsx'
import { useSession } from '../session/session.ts'
import {
  CLAIMS,
  type IdentityForm,
  type IdentityProblems,
  identityOf,
  isTaken,
  missingIn,
  NEW_IDENTITY,
  problemsIn,
} from './identity-form.ts'

type Props = {
  principal: Principal
  /** Identities that the principal is bound to, and the version of this list. */
  present: { Identities: readonly Identity[]; Version: string }
  onClose: () => void
}

export function BindIdentityDialog({ principal, present, onClose }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const [form, setForm] = useState(NEW_IDENTITY)
  const [problems, setProblems] = useState<IdentityProblems>({})
  const change = (next: Partial<IdentityForm>) => {
    setProblems({})
    setForm({ ...form, ...next })
  }
  const fail = (found: IdentityProblems) => {
    setProblems(found)
    throw new Error('Correct the fields that have an error.')
  }
  const bind = async () => {
    const missing = missingIn(form)
    if (Object.keys(missing).length > 0) fail(missing)
    const index = present.Identities.length
    try {
      await call('EwsGateway.PutPrincipalIdentities', {
        PrincipalId: principal.PrincipalId,
        Identities: [...present.Identities, identityOf(form)],
        ExpectedVersion: present.Version,
      })
    } catch (error) {
      const found = problemsIn(error, index)
      if (Object.keys(found).length > 0) fail(found)
      throw isTaken(error, index) ? new Error(TAKEN) : error
    }
    succeeded(`Bound an identity to ${principal.Name}.`)
    onClose()
  }
  return (
    <ActDialog
      title={`Bind identity to ${principal.Name}`}
      action="Bind identity"
      onAct={bind}
      onCancel={onClose}
    >
      <FormField label="Type">
        <RadioGroup
          value={form.kind}
          items={KINDS}
          onChange={({ detail }) =>
            change({ kind: detail.value === 'TOKEN' ? 'TOKEN' : 'ACCOUNT' })
          }
        />
      </FormField>
      {form.kind === 'ACCOUNT' ? (
        <AccountFields form={form} onChange={change} problems={problems} />
      ) : (
        <TokenFields form={form} onChange={change} problems={problems} />
      )}
    </ActDialog>
  )
}

const TAKEN =
  'This principal or another one is already bound to the account, to one of its names, or to the subject. Check what you entered, or unbind the identity there first.'

const KINDS = [
  {
    value: 'ACCOUNT',
    label: 'Account of the directory',
    description: 'The tool sends the name and the password of an account of Active Directory.',
  },
  {
    value: 'TOKEN',
    label: 'Token of an issuer',
    description: 'The tool sends a token of AD FS, Entra, or another issuer in signIn.issuers.',
  },
]

type FieldsProps = {
  form: IdentityForm
  onChange: (next: Partial<IdentityForm>) => void
  problems: IdentityProblems
}

function AccountFields({ form, onChange, problems }: FieldsProps) {
  const { may } = useSession()
  return (
    <SpaceBetween size="l">
      {may('ewsgateway:GetUser') && <FromUser onFound={onChange} />}
      <FormField
        label="objectSid"
        description="Security identifier of the account. It stays the same if the account is renamed."
        constraintText="In PowerShell: (Get-ADUser NAME).SID.Value"
        errorText={problems.sid}
      >
        <Input
          value={form.sid}
          placeholder="S-1-5-21-…"
          autoComplete={false}
          onChange={({ detail }) => onChange({ sid: detail.value })}
        />
      </FormField>
      <FormField
        label="Names"
        description="Each user name that tools send, one for each line."
        constraintText="Like svc-backup@example.com or EXAMPLE\svc-backup. At most 10 names."
        errorText={problems.names}
      >
        <Textarea
          value={form.names}
          rows={3}
          spellcheck={false}
          onChange={({ detail }) => onChange({ names: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  )
}

/** Fills in the SID and the name of a user of the organization. */
function FromUser({ onFound }: { onFound: FieldsProps['onChange'] }) {
  const { call } = useSession()
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<string>()
  const fill = async () => {
    setProblem(undefined)
    try {
      const user = await call('EwsGateway.GetUser', { UserId: typed.trim() })
      const { Sid, PrincipalName, PrimarySmtpAddress } = user
      if (Sid === undefined) setProblem(`${typed.trim()} has no SID here. Enter it below.`)
      onFound({
        names: PrincipalName ?? PrimarySmtpAddress,
        ...(Sid !== undefined && { sid: Sid }),
      })
    } catch (error) {
      setProblem(describeFailure(error))
    }
  }
  return (
    <FormField
      label={<Optional>User</Optional>}
      description="If the account is a user of the organization, fill in its SID and name. For another account, enter them below."
      errorText={problem}
      secondaryControl={
        <Button disabled={typed.trim() === ''} onClick={() => void fill()}>
          Fill in
        </Button>
      }
    >
      <UserSuggest value={typed} onChange={setTyped} label="User" />
    </FormField>
  )
}

function TokenFields({ form, onChange, problems }: FieldsProps) {
  const [options, selected] = [CLAIMS.map(value => ({ value })), { value: form.claim }]
  return (
    <SpaceBetween size="l">
      <FormField
        label="Issuer"
        description="Exactly the iss of the tokens. It must be in signIn.issuers."
        errorText={problems.issuer}
      >
        <Input
          value={form.issuer}
          placeholder="https://adfs.example.com/adfs/services/trust"
          autoComplete={false}
          onChange={({ detail }) => onChange({ issuer: detail.value })}
        />
      </FormField>
      <FormField
        label="Claim"
        description="Claim that names the tool: appid for an application, oid or sub for a person."
      >
        <Select
          selectedOption={selected}
          options={options}
          onChange={({ detail }) =>
            onChange({
              claim: CLAIMS.find(claim => claim === detail.selectedOption.value) ?? 'sub',
            })
          }
        />
      </FormField>
      <FormField
        label="Value"
        description="Value of the claim, compared exactly."
        errorText={problems.subject}
      >
        <Input
          value={form.subject}
          autoComplete={false}
          onChange={({ detail }) => onChange({ subject: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  )
}

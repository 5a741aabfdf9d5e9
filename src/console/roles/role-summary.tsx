/**
 * Type, dates, and guard of a role.
 *
 * @module
 */

import Badge from '@cloudscape-design/components/badge'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Role } from '../api/roles.ts'
import { Copy } from '../parts/copy.tsx'
import { PeriodText } from '../parts/period-fields.tsx'
import { Time } from '../parts/time.tsx'
import { extraReadText } from './extra-reads.ts'
import { MAILBOXES, SENDERS, SWITCHES, TransitiveWarning } from './guard-form.tsx'
import { TYPE_MEANING, TYPES } from './words.ts'

export function RoleSummary({ role }: { role: Role }) {
  const { Guard, Type } = role
  const allowed = SWITCHES.filter(
    ({ name, fullOnly }) => Guard[name] && (Type === 'FULL_ACCESS' || !fullOnly),
  ).map(({ text }) => text)
  const extra = Type === 'READ_ONLY' ? Guard.ExtraReads.map(extraReadText) : []
  return (
    <Container header={<Header variant="h2">Role details</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={3}
          items={[
            {
              label: 'Role type',
              value: (
                <>
                  <Badge color={Type === 'FULL_ACCESS' ? 'blue' : 'grey'}>{TYPES[Type]}</Badge>
                  <div>{TYPE_MEANING[Type]}</div>
                </>
              ),
            },
            {
              label: 'Accessible mailboxes',
              value: MAILBOXES.find(({ value }) => value === Guard.Mailboxes)?.label,
            },
            {
              label: 'Permitted actions',
              value: [...allowed, ...extra].map(text => <div key={text}>{text}</div>),
            },
            ...(Type === 'FULL_ACCESS' && Guard.Sending
              ? [
                  {
                    label: 'Permitted senders',
                    value: SENDERS.find(({ value }) => value === Guard.Senders)?.label,
                  },
                ]
              : []),
            { label: 'Validity', value: <PeriodText period={role.Period} /> },
            { label: 'Role ID', value: <Copy value={role.ImpersonationRoleId} what="Role ID" /> },
            { label: 'Created', value: <Time at={role.DateCreated} /> },
            { label: 'Last changed', value: <Time at={role.DateModified} /> },
          ]}
        />
        {Guard.Mailboxes === 'any' && <TransitiveWarning />}
      </SpaceBetween>
    </Container>
  )
}

/**
 * Waits for the first request of a tool, and shows what was decided on it.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useEffect, useState } from 'react'
import type { Decision } from '../api/history.ts'
import { Time } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'
import { reasonInWords } from './words.ts'

const EVERY_MS = 1_500

export function FirstRequest({ principalId }: { principalId: string }) {
  const decision = useFirstDecision(principalId)
  if (decision === undefined)
    return <StatusIndicator type="in-progress">Waiting for the first request</StatusIndicator>
  const { Verdict, Operation = 'Request', Mailbox, SourceAddress, Reason, Time: at } = decision
  const isAllowed = Verdict === 'ALLOW'
  return (
    <Alert
      type={isAllowed ? 'success' : 'error'}
      header={`The first request is ${isAllowed ? 'allowed' : 'refused'}`}
    >
      {Operation} {Mailbox !== undefined && `as ${Mailbox} `}from {SourceAddress}, <Time at={at} />.{' '}
      {reasonInWords(Reason)}
    </Alert>
  )
}

function useFirstDecision(principalId: string): Decision | undefined {
  const { call } = useSession()
  const [decision, setDecision] = useState<Decision>()
  const isFound = decision !== undefined
  useEffect(() => {
    if (isFound) return
    const leaving = new AbortController()
    const look = async () => {
      const now = Math.ceil(Date.now() / 1_000)
      const { Decisions } = await call(
        'EwsGateway.ListDecisions',
        {
          StartTime: now - 3_600,
          EndTime: now + 60,
          Filters: [{ Property: 'PRINCIPAL', Operator: 'EQUALS', Value: principalId }],
          MaxResults: 100,
        },
        leaving.signal,
      )
      setDecision(Decisions.at(-1))
    }
    // A look that fails is followed by the next.
    const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS)
    return () => {
      clearInterval(timer)
      leaving.abort()
    }
  }, [principalId, isFound, call])
  return decision
}

/**
 * Waits for the first allowed request of a new tool, and shows the requests that were denied before.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useEffect, useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import { describeFailure } from '../api/failure.ts'
import type { Decision } from '../api/history.ts'
import { Time } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'
import { remedyOf } from './remedies.ts'
import { reasonInWords } from './words.ts'

const POLL_INTERVAL_MS = 1_500
/** Maximum number of denied requests that are listed. */
const MAX_LISTED = 5

export function FirstRequest({ principalId }: { principalId: string }) {
  const { decisions, error } = useDecisions(principalId)
  const allowed = decisions.find(isAllowed)
  const denied = decisions.filter(decision => !isAllowed(decision)).slice(0, MAX_LISTED)
  return (
    <div aria-live="polite">
      <SpaceBetween size="s">
        {allowed && (
          <Alert type="success" header="The first request is allowed">
            <Summary decision={allowed} />
          </Alert>
        )}
        {!allowed && (
          <StatusIndicator type="in-progress">
            {denied.length === 0
              ? 'No request of this tool has arrived. Waiting for the first request'
              : 'All requests so far were denied or failed. Waiting for an allowed request'}
          </StatusIndicator>
        )}
        {!allowed && error !== undefined && (
          <StatusIndicator type="warning" wrapText>
            Cannot load requests. Trying again. {describeFailure(error)}
          </StatusIndicator>
        )}
        {!allowed && denied[0] && <Denial decision={denied[0]} />}
        {denied.length > (allowed ? 0 : 1) && (
          <div>
            <Box variant="awsui-key-label">Earlier requests</Box>
            <ul className="plain">
              {denied.slice(allowed ? 0 : 1).map(decision => (
                <li key={decision.DecisionId}>
                  <Summary decision={decision} /> {reasonInWords(decision.Reason)}
                </li>
              ))}
            </ul>
          </div>
        )}
      </SpaceBetween>
    </div>
  )
}

function Denial({ decision }: { decision: Decision }) {
  const isDenied = decision.Verdict === 'DENY'
  return (
    <Alert
      type={isDenied ? 'error' : 'warning'}
      header={isDenied ? 'The last request was denied' : 'The last request failed'}
    >
      <Summary decision={decision} /> {reasonInWords(decision.Reason)}{' '}
      {remedyOf(decision.Reason, decision.Operation)}
    </Alert>
  )
}

function Summary({ decision }: { decision: Decision }) {
  const { Operation = 'Request', Mailbox, SourceAddress, Time: at } = decision
  return (
    <>
      {Operation} {Mailbox !== undefined && `as ${Mailbox} `}
      {SourceAddress !== undefined && `from ${SourceAddress}`}, <Time at={at} />.
    </>
  )
}

const isAllowed = ({ Verdict }: Decision): boolean => Verdict === 'ALLOW'

/** Polls the decisions on the principal's requests, including those with a wrong password, until one is allowed. */
function useDecisions(principalId: string) {
  const { call } = useSession()
  const [decisions, setDecisions] = useState<readonly Decision[]>([])
  const [error, setError] = useState<unknown>()
  const isFound = decisions.some(isAllowed)
  useEffect(() => {
    if (isFound) return
    const leaving = new AbortController()
    const poll = async () => {
      const now = Math.ceil(gatewayNow() / 1_000)
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
      setDecisions(Decisions)
      setError(undefined)
    }
    // Continues to poll after a failure.
    const timer = setInterval(
      () => void poll().catch(problem => !leaving.signal.aborted && setError(problem)),
      POLL_INTERVAL_MS,
    )
    return () => {
      clearInterval(timer)
      leaving.abort()
    }
  }, [principalId, isFound, call])
  return { decisions, error }
}

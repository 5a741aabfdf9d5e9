/**
 * Steps to set up an organization, each with its status and one button.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { Overview } from '../api/overview.ts'
import { follow, hrefOf } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { type NextStep, type Step, stepsOf } from './steps.ts'

type Props = {
  overview: Overview
  /** Whether the check of the server has passed since the page was opened. */
  hasPassed: boolean
  onCheck: () => void
}

export function Checklist({ overview, hasPassed, onCheck }: Props) {
  const steps = stepsOf(overview, hasPassed)
  const first = steps.find(({ isDone }) => isDone !== true)
  const done = steps.filter(({ isDone }) => isDone === true).length
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${done}/${steps.length})`}
          description="Complete these steps to allow the first request. Then, this list disappears."
        >
          Get started
        </Header>
      }
    >
      <ol className="checklist">
        {steps.map(step => (
          <Row key={step.title} step={step} isFirst={step === first} onCheck={onCheck} />
        ))}
      </ol>
    </Container>
  )
}

const STATES = {
  true: ['success', 'Done'],
  false: ['pending', 'Not done'],
  undefined: ['pending', 'Unknown'],
} as const

type RowProps = { step: Step; isFirst: boolean; onCheck: () => void }

function Row({ step: { title, isDone, text, next }, isFirst, onCheck }: RowProps) {
  const [type, state] = STATES[`${isDone}`]
  return (
    <li>
      <div>
        <Box variant="h3" padding="n">
          {title}
        </Box>
        <Box color="text-body-secondary">{text}</Box>
      </div>
      <StatusIndicator type={type}>{state}</StatusIndicator>
      <div className="next">
        {isDone !== true && <Next next={next} isFirst={isFirst} onCheck={onCheck} />}
      </div>
    </li>
  )
}

type NextProps = { next: NextStep; isFirst: boolean; onCheck: () => void }

function Next({ next: { label, needs, path }, isFirst, onCheck }: NextProps) {
  const { may } = useSession()
  if (!may(needs)) return null
  const variant = isFirst ? 'primary' : 'normal'
  if (path === undefined)
    return (
      <Button variant={variant} onClick={onCheck}>
        {label}
      </Button>
    )
  return (
    <Button variant={variant} href={hrefOf(path)} onFollow={follow}>
      {label}
    </Button>
  )
}

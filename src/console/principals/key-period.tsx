/**
 * Dialog that changes when an access key is valid.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import { useState } from 'react'
import type { AccessKey } from '../api/principals.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { type Period, periodIn, periodProblem } from '../parts/period.ts'
import { PeriodFields } from '../parts/period-fields.tsx'
import { useSession } from '../session/session.ts'

/** Returns the times of a key for a request. */
export const timesOfKey = ({ NotBefore, NotAfter }: Period) => ({
  ...(NotBefore !== undefined && { NotBefore }),
  ...(NotAfter !== undefined && { ExpiresTime: NotAfter }),
})

export const periodOfKey = ({ NotBefore, ExpiresTime }: AccessKey): Period => ({
  ...periodIn(NotBefore === undefined ? {} : { NotBefore }),
  ...periodIn(ExpiresTime === undefined ? {} : { NotAfter: ExpiresTime }),
})

export function KeyPeriodDialog({ of, onClose }: { of: AccessKey; onClose: () => void }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const [period, setPeriod] = useState(() => periodOfKey(of))
  const [isTried, setTried] = useState(false)
  const { AccessKeyId, Version: ExpectedVersion } = of
  const problem = periodProblem(period)
  const save = async () => {
    setTried(true)
    if (problem !== undefined) throw new Error(problem)
    await call('EwsGateway.UpdateAccessKey', {
      AccessKeyId,
      ...timesOfKey(period),
      ExpectedVersion,
    })
    succeeded(`Changed the dates of access key ${AccessKeyId}.`)
    onClose()
  }
  return (
    <ActDialog
      title={`Change dates of access key ${AccessKeyId}`}
      action="Change dates"
      onAct={save}
      onCancel={onClose}
    >
      <Box>Its tokens end with the key.</Box>
      <PeriodFields
        period={period}
        problem={isTried && problem}
        withoutEnd="the present end stays"
        onChange={setPeriod}
      />
    </ActDialog>
  )
}

/**
 * Advice on the next step to replace an access key.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import type { AccessKey } from '../api/principals.ts'
import { Ago } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'
import { rotationOf } from './key-rotation.ts'

type Props = {
  keys: readonly AccessKey[]
  reload: () => void
  onRetire: (key: AccessKey) => void
}

export function RotationAdvice({ keys, reload, onRetire }: Props) {
  const { may } = useSession()
  const rotation = rotationOf(keys)
  if (rotation.step === 'CREATE') return null
  const { old, fresh } = rotation
  if (rotation.step === 'SWITCH')
    return (
      <Alert
        type="info"
        header={`Enter ${fresh.AccessKeyId} in the tool`}
        action={<Button onClick={reload}>Refresh</Button>}
      >
        Both access keys work. Last use of the old access key, {old.AccessKeyId}:{' '}
        <Ago at={old.DateLastUsed} never="never" />. After the tool has used the new access key, you
        can disable the old one here.
      </Alert>
    )
  return (
    <Alert
      type="success"
      header={`${fresh.AccessKeyId} is in use`}
      action={
        old.Enabled &&
        may('ewsgateway:UpdateAccessKey') && (
          <Button onClick={() => onRetire(old)}>Disable old access key</Button>
        )
      }
    >
      Last use of the old access key, {old.AccessKeyId}: <Ago at={old.DateLastUsed} never="never" />
      .{' '}
      {old.Enabled
        ? 'Disable it. If all tools still work after some time, delete it.'
        : 'It is disabled. If all tools still work after some time, delete it.'}
    </Alert>
  )
}

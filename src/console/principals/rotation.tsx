/**
 * What to do next while a key is being replaced.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import type { AccessKey } from '../api/principals.ts'
import { Ago } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'
import { rotationOf } from './key-state.ts'

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
        header={`Give ${fresh.AccessKeyId} to the tool`}
        action={<Button onClick={reload}>Look again</Button>}
      >
        Both keys are good. The old one, {old.AccessKeyId}, was last used{' '}
        <Ago at={old.DateLastUsed} never="never" />. Once the tool uses the new one, it says so
        here, and the old one can go.
      </Alert>
    )
  return (
    <Alert
      type="success"
      header={`${fresh.AccessKeyId} is in use`}
      action={
        old.Enabled &&
        may('ewsgateway:UpdateAccessKey') && (
          <Button onClick={() => onRetire(old)}>Disable the old key</Button>
        )
      }
    >
      The old key, {old.AccessKeyId}, was last used <Ago at={old.DateLastUsed} never="never" />.{' '}
      {old.Enabled
        ? 'Disable it, and delete it when nothing has missed it for a while.'
        : 'It is disabled: delete it when nothing has missed it for a while.'}
    </Alert>
  )
}

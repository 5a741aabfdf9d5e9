/**
 * Dialog that disables, enables, or deletes an access key.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import type { AccessKey } from '../api/principals.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { Ago } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'

export type KeyAction = { act: 'DISABLE' | 'ENABLE' | 'DELETE'; key: AccessKey }

const WORDS = {
  DISABLE: {
    verb: 'Disable',
    done: 'Disabled',
    effect: 'Requests with this access key are rejected until you enable it. Its tokens end.',
  },
  ENABLE: {
    verb: 'Enable',
    done: 'Enabled',
    effect: 'Tools can use this access key again.',
  },
  DELETE: {
    verb: 'Delete',
    done: 'Deleted',
    effect:
      "The access key is permanently deleted. Requests with it are rejected, and its tokens end. If you aren't sure that no tool uses it, disable it first.",
  },
} as const

export function KeyDialog({ keyAction, onClose }: { keyAction: KeyAction; onClose: () => void }) {
  const { call, session } = useSession()
  const { succeeded } = useFlashes()
  const { act, key } = keyAction
  const { verb, done, effect } = WORDS[act]
  const { AccessKeyId, Version: ExpectedVersion } = key
  const run = async () => {
    if (act === 'DELETE') await call('EwsGateway.DeleteAccessKey', { AccessKeyId })
    else {
      const Enabled = act === 'ENABLE'
      await call('EwsGateway.UpdateAccessKey', { AccessKeyId, Enabled, ExpectedVersion })
    }
    succeeded(`${done} access key ${AccessKeyId}.`)
  }
  return (
    <Confirm
      title={`${verb} access key ${AccessKeyId}`}
      verb={`${verb} access key`}
      act={run}
      onClose={onClose}
    >
      <Box>{effect}</Box>
      {act !== 'ENABLE' && (
        <Box>
          Last used: <Ago at={key.DateLastUsed} />
        </Box>
      )}
      {act !== 'ENABLE' && session.accessKeyId === AccessKeyId && (
        <Alert type="warning">
          You're signed in with this access key. This action also ends your session.
        </Alert>
      )}
    </Confirm>
  )
}

/**
 * Disabling, enabling and deleting an access key.
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
    done: 'disabled',
    what: 'Whatever uses the key is refused from now on, until it is enabled again. Its tokens end.',
  },
  ENABLE: { verb: 'Enable', done: 'enabled', what: 'The key is good again at once.' },
  DELETE: {
    verb: 'Delete',
    done: 'deleted',
    what: 'Whatever uses the key is refused from now on, its tokens end, and it does not come back. Disable it first where you are not sure that nothing needs it.',
  },
} as const

export function KeyDialog({ question, onClose }: { question: KeyAction; onClose: () => void }) {
  const { call, session } = useSession()
  const { succeeded } = useFlashes()
  const { act, key } = question
  const { verb, done, what } = WORDS[act]
  const { AccessKeyId, Version: ExpectedVersion } = key
  const run = async () => {
    if (act === 'DELETE') await call('EwsGateway.DeleteAccessKey', { AccessKeyId })
    else {
      const Enabled = act === 'ENABLE'
      await call('EwsGateway.UpdateAccessKey', { AccessKeyId, Enabled, ExpectedVersion })
    }
    succeeded(`The key ${AccessKeyId} is ${done}.`)
  }
  return (
    <Confirm title={`${verb} ${AccessKeyId}`} verb={verb} act={run} onClose={onClose}>
      <Box>{what}</Box>
      {act !== 'ENABLE' && (
        <Box>
          Last used: <Ago at={key.DateLastUsed} />
        </Box>
      )}
      {act !== 'ENABLE' && session.accessKeyId === AccessKeyId && (
        <Alert type="warning">You are signed in with this key: it ends your session too.</Alert>
      )}
    </Confirm>
  )
}

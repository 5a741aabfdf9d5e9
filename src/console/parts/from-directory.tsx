/**
 * Says that users and groups come from a directory, so that the console can't change them.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import { useSession } from '../session/session.ts'
import { useQuery } from './query.ts'

/** @param what - subject of the sentence, such as "Groups" */
export function FromDirectory({ what }: { what: string }) {
  const { may } = useSession()
  const { data } = useQuery(
    'EwsGateway.DescribeDirectory',
    may('ewsgateway:DescribeDirectory') ? {} : undefined,
  )
  if (data?.Kind !== 'ldap') return null
  return (
    <Alert type="info" header={`${what} come from the directory`}>
      You can't change them here. Change them in the directory. The gateway applies the change with
      its next synchronization.
    </Alert>
  )
}

/**
 * Text of the demo: URLs, credentials, and commands to try.
 *
 * @module
 */

import type { User } from '../model/identity.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { CREATE, curlCommand, FIND, shellWord } from './sample-request.ts'

export type Key = Readonly<{ accessKeyId: string; secretAccessKey: string }>

/** Content of the file that `--credentials` names. */
export type DemoCredentials = Readonly<{
  ewsUrl: string
  controlUrl: string
  opsUrl: string
  organizationId: string
  users: readonly Pick<User, 'id' | 'primarySmtpAddress' | 'aliases' | 'principalName' | 'sid'>[]
  roles: readonly Pick<ImpersonationRole, 'id' | 'name' | 'type'>[]
  admin: Key
  clients: readonly (Key & Readonly<{ roleName: string }>)[]
}>

/**
 * Returns the text that the demo prints when it is ready.
 *
 * @param hasConsole - whether the console is built
 */
export function introduce(demo: DemoCredentials, auditFolder: string, hasConsole: boolean): string {
  const backup = demo.clients.find(({ roleName }) => roleName === 'backup-readonly')
  const migration = demo.clients.find(({ roleName }) => roleName === 'migration-full')
  const curl = (key: typeof backup, address: string, operation: string) => {
    const credentials = shellWord(`${key?.accessKeyId}:${key?.secretAccessKey}`)
    return curlCommand({ url: demo.ewsUrl, credentials, address, operation })
  }
  return `The gateway is ready, in front of a sandbox Exchange server. Press Ctrl-C to stop it and remove its data folder.

  EWS       ${demo.ewsUrl}
  console   ${demo.controlUrl}/console/${hasConsole ? '' : ' (not built: run npm run build)'}
  control   ${demo.controlUrl}
  ops       ${demo.opsUrl}/metrics
  audit     ${auditFolder}

Sign in to the console, and to the control API, as the administrator:

  ${'admin'.padEnd(16)} ${demo.admin.accessKeyId}  ${demo.admin.secretAccessKey}

Point any EWS client at the EWS URL. User name and password:

${demo.clients.map(({ roleName, accessKeyId, secretAccessKey }) => `  ${roleName.padEnd(16)} ${accessKeyId}  ${secretAccessKey}`).join('\n')}

1. backup-readonly finds the mail in alice's inbox:

${curl(backup, 'alice@example.com', FIND)}

2. backup-readonly cannot write: ErrorAccessDenied.

${curl(backup, 'alice@example.com', CREATE)}

3. migration-full can act as everyone except the CEO: ErrorImpersonateUserDenied.

${curl(migration, 'ceo@example.com', FIND)}

4. Another address of the CEO is denied too: ErrorImpersonateUserDenied.

${curl(migration, 'boss@example.com', FIND)}

`
}

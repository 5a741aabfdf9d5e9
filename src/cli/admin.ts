/**
 * The commands that work on the store itself, whether or not a gateway runs: the first
 * administrator's key, and a new epoch after a restore.
 *
 * @module
 */

import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { openCommandAudit } from '../app/auditing.ts'
import { openStore } from '../app/compose.ts'
import type { ChangeRecord } from '../audit/audit.ts'
import type { Config } from '../config/schema.ts'
import { principalNameShape } from '../control/shapes.ts'
import { makeAccessKey } from '../credentials/access-key.ts'
import type { PolicyDocument } from '../model/iam.ts'
import { type OrganizationId, organizationId } from '../model/identity.ts'
import { type Principal, principalId } from '../model/principal.ts'
import { type Output, organizationOf } from './users.ts'

/** A command that cannot be done; the message says why. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
}

/** Everything, in one organization. */
const mayAdminister = (organization: OrganizationId): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['workmail:*', 'ewsgateway:*'],
      Resource: [`arn:aws:workmail:*:*:organization/${organization}`],
    },
  ],
})

/**
 * Makes an administrator of an organization with a key, and prints the key, as an environment has
 * it: the secret is never told again.
 *
 * @throws UsersError where there is no such organization
 * @throws AdminError
 */
export async function createKey(
  config: Config,
  settings: Readonly<{ organization: string; name: string }>,
  { print, warn }: Output,
): Promise<void> {
  const organization = organizationId(organizationOf(config, settings.organization).id)
  const name = nameOf(settings.name)
  await withAudit(config, warn, async record => {
    const { store, masterKey } = await openStore(config, warn)
    try {
      const principal: Principal = {
        id: principalId(randomUUID()),
        organizationId: organization,
        name,
        enabled: true,
        policy: mayAdminister(organization),
      }
      const { key, secret } = makeAccessKey(masterKey, principal.id, { now: Date.now })
      await store.putPrincipal(principal)
      await store.putKey(key)

      const policyVersion = await store.policyVersion(organization)
      const common = { organizationId: organization, policyVersion }
      record({ ...common, action: 'ewsgateway:CreatePrincipal', after: principal })
      const shown = { id: key.id, principalId: principal.id, createdAt: key.createdAt }
      record({ ...common, action: 'ewsgateway:CreateAccessKey', after: shown })
      print(`AWS_ACCESS_KEY_ID=${key.id}\nAWS_SECRET_ACCESS_KEY=${secret.reveal()}\n`)
    } finally {
      await store.close()
    }
  })
}

function nameOf(name: string): string {
  const { success, error } = principalNameShape.safeParse(name)
  if (success) return name
  throw new AdminError(`--name ${error.issues[0]?.message}`)
}

/** Begins another epoch: every gateway forgets what it cached, and no token from before is good. */
export async function newEpoch(config: Config, { print, warn }: Output): Promise<void> {
  await withAudit(config, warn, async record => {
    const { store } = await openStore(config, warn)
    try {
      const before = await store.epoch()
      const after = await store.newEpoch()
      record({ action: 'ewsgateway:NewEpoch', before: { epoch: before }, after: { epoch: after } })
      print(`A new epoch has begun, ${after}: caches and tokens from before are void.\n`)
    } finally {
      await store.close()
    }
  })
}

type Change = Pick<ChangeRecord, 'action' | 'organizationId' | 'policyVersion' | 'before' | 'after'>

/** The audit is opened first: without it nothing is changed. */
async function withAudit(
  config: Config,
  warn: Output['warn'],
  change: (record: (change: Change) => void) => Promise<void>,
): Promise<void> {
  const { audit, close } = openCommandAudit(config, warn)
  try {
    await change(changed =>
      audit.record({
        type: 'change',
        at: Date.now(),
        decisionId: randomUUIDv7(),
        verdict: 'allow',
        ...changed,
      }),
    )
  } finally {
    await close()
  }
}

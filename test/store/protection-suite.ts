/**
 * Tests how a store handles protected mailboxes. Part of the suite.
 */

import type { Test } from 'tap'
import { groupId, userId } from '../../src/model/identity.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import { roleId } from '../../src/model/role.ts'
import { elsewhere, organization } from './samples.ts'
import type { Open } from './suite.ts'

export async function protectionSuite(t: Test, open: Open): Promise<void> {
  t.test(
    'putProtection() replaces what an organization protects, and raises its version',
    async t => {
      const store = await open(t)
      const board = {
        users: [userId('u-ceo')],
        groups: [groupId('g-board')],
        exceptions: [{ roleId: roleId('r'), notAfter: 2_000, reason: 'Investigation 7' }],
      }
      const versionAfter = async (write: () => Promise<void>) => {
        await write()
        return await store.policyVersion(organization)
      }
      t.strictSame(await store.protection(organization), NO_PROTECTION)
      t.equal(await versionAfter(() => store.putProtection(organization, board)), 1)
      t.strictSame(await store.protection(organization), board)
      t.strictSame(await store.protection(elsewhere), NO_PROTECTION, 'no other organization')
      t.equal(await versionAfter(() => store.putProtection(organization, board)), 1, 'nothing new')
      t.equal(await versionAfter(() => store.putProtection(organization, NO_PROTECTION)), 2)
      t.strictSame(await store.protection(organization), NO_PROTECTION)
    },
  )
}

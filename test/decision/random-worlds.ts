/**
 * Compares random worlds.
 *
 * A world is a role, with its rules, guard, and lock, and a caller with a policy. Several roles
 * share the users, groups, and access control rules of one organization, which is written again
 * with other ones for the next worlds.
 */

import { decideNaively } from '../../scripts/decisions/naive.ts'
import { Random } from '../../scripts/decisions/random.ts'
import { randomQuestion } from '../../scripts/decisions/random-question.ts'
import { principalsOf, randomWorld } from '../../scripts/decisions/random-world.ts'
import { compareWorld, openOrganization } from './compare-world.ts'
import type { Findings } from './findings.ts'
import { ORGANIZATIONS, type TestGateway } from './gateway.ts'

/** Size of an organization. */
const SIZE = { roles: 20, principals: 4 }

/** Stops early when there are differences. */
export async function compareRandomWorlds(
  gateway: TestGateway,
  seed: number,
  worlds: number,
  findings: Findings,
): Promise<void> {
  const random = new Random(seed)
  const opened = await Promise.all(
    ORGANIZATIONS.map(async settings => {
      const principals = principalsOf(settings, SIZE.principals)
      return {
        settings,
        organization: await openOrganization(gateway, settings, principals, findings),
      }
    }),
  )
  while (findings.compared < worlds && findings.differences.length === 0)
    for (const { settings, organization } of opened) {
      const world = randomWorld(random, settings, SIZE, organization.last.world)
      const asked = world.roles.flatMap(role =>
        world.principals.map(({ id }) => {
          const question = randomQuestion(random, world, role, id)
          return { role, question, answer: decideNaively(world, question) }
        }),
      )
      await compareWorld(organization, world, asked)
    }
}

/** docs/profiles.md explains everything in which a step of a client differs in a role. */

import t from 'tap'
import {
  DESKTOP,
  EXPLANATIONS,
  NOTES,
  readSurface,
  type ServerSurface,
} from '../../scripts/docs/surface.ts'
import { type FolderClass, PROFILES, type ProfileName } from '../../src/model/profile.ts'
import { accessOf, profileNamed } from '../../src/policy/profiles.ts'

/** Areas of steps that are no class of folders. */
const AREAS: Readonly<Record<string, FolderClass>> = { sending: 'mail', meetings: 'calendar' }

const isProfile = (role: string): role is ProfileName => PROFILES.some(name => name === role)

/** Whether the operations or the folders of a profile exclude a denied operation of a step. */
function isOutside(profile: ProfileName, area: string, operation: string): boolean {
  const access = accessOf(profile, operation)
  if (access === 'none') return true
  const { sending, draftsOnly, deleting } = profileNamed(profile)
  if (!deleting && operation === 'MoveItem') return true
  if (sending === 'nothing' && area in AREAS) return true
  if (draftsOnly && /^(Create|Update)/.test(operation)) return true
  return (
    access !== 'any' && area !== 'root' && !access.includes(AREAS[area] ?? (area as FolderClass))
  )
}

/** Whether the page explains a difference. */
function isExplained(role: string, step: string, area: string, difference: string): boolean {
  if (NOTES[step] !== undefined) return true
  if (difference === 'fewer') return isProfile(role) && accessOf(role, 'FindItem') !== 'any'
  return difference.split(', ').every(denied => {
    const [operation = '', reason] = denied.split(': ')
    if (reason === 'role-is-read-only') return role === 'READ_ONLY'
    // It needs an entry in `ExtraReads`.
    if (operation === 'GetUserConfiguration' && role === 'READ_ONLY') return true
    return reason === 'outside-profile' && isProfile(role) && isOutside(role, area, operation)
  })
}

/** Operations of the steps of desktop clients, by the beginning of their names. The requests that they also send are not recorded. */
const STEPS: Readonly<Record<string, string>> = {
  connect: 'SyncFolderHierarchy',
  list: 'SyncFolderHierarchy',
  read: 'FindItem',
  save: 'CreateItem',
  invite: 'CreateItem',
  send: 'CreateItem',
  copy: 'CopyItem',
  move: 'MoveItem',
  flag: 'UpdateItem',
  mark: 'UpdateItem',
  change: 'UpdateItem',
  'delete the created folder': 'DeleteFolder',
  delete: 'DeleteItem',
  cancel: 'DeleteItem',
  'create a folder': 'CreateFolder',
  rename: 'UpdateFolder',
  find: 'ResolveNames',
}

const operationOf = (step: string) =>
  Object.entries(STEPS).find(([beginning]) => step.startsWith(beginning))?.[1] ?? step

/** Whether the page explains a difference of a desktop client. */
function isExplainedFor(
  client: (typeof DESKTOP)[number],
  role: string,
  step: string,
  area: string,
): boolean {
  const operation = operationOf(step)
  if (role === 'READ_ONLY') return READ_ONLY_DENIED.test(operation)
  if (isProfile(role) && isOutside(role, area, operation)) return true
  return EXPLANATIONS[client].some(
    ({ roles, steps }) => roles.includes(role) && (steps === undefined || steps.includes(step)),
  )
}

const READ_ONLY_DENIED = /^(Copy|Create|Delete|Move|Update)/

const surface = readSurface()
for (const server of ['exchange', 'grommunio'] as const) {
  const check = (
    client: 'exchangelib' | (typeof DESKTOP)[number],
    isExplained: (role: string, step: string, area: string, difference: string) => boolean,
  ) =>
    t.test(`every difference of ${client} at ${server} is explained`, async t => {
      const { steps } = surface[client]
      const { differences }: ServerSurface = surface[client][server]
      for (const [step, found] of Object.entries(differences))
        for (const [difference, roles] of Object.entries(found))
          for (const role of roles.split(' '))
            if (!isExplained(role, step, steps[step] ?? '', difference))
              t.fail(`${role}: ${step}: ${difference}`)
      t.ok(Object.keys(differences).length > 8)
    })
  check('exchangelib', isExplained)
  for (const client of DESKTOP)
    check(
      client,
      // A step that is not reached follows one that differs, too.
      (role, step, area, difference) =>
        difference === 'not reached' || isExplainedFor(client, role, step, area),
    )
}

t.test('every note is about a step that differs', async t => {
  for (const step of Object.keys(NOTES)) t.ok(surface.exchangelib.exchange.differences[step], step)
})

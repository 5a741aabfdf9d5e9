/**
 * Shows regularly in metrics what ends soon, so that access that is still needed can be extended in time.
 *
 * @module
 */

import { holdersOf } from '../control/holders.ts'
import type { OrganizationId } from '../model/identity.ts'
import { END_KINDS, endsBetween } from '../policy/ends.ts'
import type { PrincipalStore, ProtectionStore, RoleStore } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { regularly } from './regularly.ts'

const INTERVAL_MS = 10 * 60_000
const SOON_MS = 30 * 24 * 60 * 60_000

type Watched = Readonly<{
  store: Pick<PrincipalStore, 'principals' | 'keys'> &
    Pick<RoleStore, 'roles'> &
    Pick<ProtectionStore, 'protection'>
  organizations: readonly OrganizationId[]
  metrics: Pick<Metrics, 'ends'>
  log: Pick<Log, 'debug'>
  now: () => number
}>

/** Counts ends now and regularly. @returns function that stops it. It never rejects */
export function watchEnds(watched: Watched): () => Promise<void> {
  const look = () =>
    countEnds(watched).catch((error: unknown) =>
      watched.log.debug({ err: error }, 'Cannot read from the store what ends soon'),
    )
  return regularly(look, INTERVAL_MS)
}

async function countEnds({ store, organizations, metrics, now }: Watched): Promise<void> {
  for (const organization of organizations) {
    const roles = await store.roles(organization)
    const { exceptions } = await store.protection(organization)
    const holders = await holdersOf(store, organization)
    const at = now()
    const ends = endsBetween({ roles, exceptions, holders }, at, at + SOON_MS)
    const countOf = (kind: string) => ends.filter(end => end.kind === kind).length
    const counts = END_KINDS.map(kind => [kind, countOf(kind)] as const)
    metrics.ends.found(organization, Object.fromEntries(counts))
  }
}

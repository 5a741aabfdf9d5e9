/**
 * A store that reads each value once for each state of an organization. Everything else in a decision
 * is as usual, and a comparison of thousands of them spends its time on decisions.
 */

import type { OrganizationId } from '../../src/model/identity.ts'
import type { IdOf, StoredKind, ValueOf } from '../../src/model/policy-data.ts'
import type { PolicySnapshot, Store } from '../../src/store/store.ts'

/** The store, and a function that is called after each change. */
export type RememberingStore = Readonly<{ store: Store; forget: () => void }>

export function rememberReads(store: Store): RememberingStore {
  let reads = new Map<string, Promise<unknown>>()

  function once<T>(subject: readonly unknown[], read: () => Promise<T>): Promise<T> {
    const key = JSON.stringify(subject)
    const known = reads.get(key) ?? read()
    reads.set(key, known)
    return known as Promise<T>
  }

  const readValue = <Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Promise<ValueOf<Kind> | undefined> =>
    once([organization, kind, id], async () => {
      const read = ({ values }: PolicySnapshot) => values(organization, kind, [id])
      const [value] = await store.snapshot(read)
      return value
    })

  const snapshotOf = async (): Promise<PolicySnapshot> => ({
    policyVersions: await once(['policyVersions'], () => store.policyVersions()),
    values: (organization, kind, ids) =>
      Promise.all(ids.map(id => readValue(organization, kind, id))),
    principal: (organization, id) =>
      once(['principal', organization, id], () => store.principal(organization, id)),
  })

  return {
    store: {
      ...store,
      credential: id => once(['credential', id], () => store.credential(id)),
      snapshot: async read => read(await snapshotOf()),
    },
    forget: () => {
      reads = new Map()
    },
  }
}

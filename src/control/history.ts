/**
 * Queries the history: time range, filters, and errors that all queries share.
 *
 * @module
 */

import type { Filter, HistoryReader } from '../history/history.ts'
import { accessControlRule } from '../model/deciding-rule.ts'
import { foldName } from '../model/identity.ts'
import { foldPrincipalName } from '../model/principal.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'
import { invalid } from './problems.ts'
import { usersOf } from './targets.ts'

/** Returns a time range in milliseconds. @throws ApiError InvalidParameterException if it is empty */
export function spanOf({ StartTime, EndTime }: Readonly<{ StartTime: number; EndTime: number }>) {
  if (StartTime >= EndTime) throw invalid('EndTime must be after StartTime')
  return { from: Math.floor(StartTime * 1_000), until: Math.ceil(EndTime * 1_000) }
}

type FilterInput<Property extends string> = readonly Readonly<{
  Property: Property
  Operator: 'EQUALS' | 'NOT_EQUALS' | 'CONTAINS'
  Value: string
}>[]

/** Returns filters that all must match. Values of one property with EQUALS or CONTAINS are alternatives. */
export async function filtersOf<Property extends string>(
  call: Call,
  given: FilterInput<Property>,
): Promise<Filter<Lowercase<Property>>[]> {
  const groups = Map.groupBy(given, ({ Property, Operator }) => `${Property} ${Operator}`)
  return await Promise.all(
    [...groups.values()].map(async group => {
      const [{ Property, Operator }] = group as [(typeof group)[number]]
      const property = Property.toLowerCase() as Lowercase<Property>
      const texts = group.map(({ Value }) => Value)
      if (Operator === 'CONTAINS')
        return { property, not: false, ...(await partsOf(call, Property, texts)) }
      const values = await Promise.all(texts.map(text => valuesOf(call, Property, text)))
      return { property, values: values.flat(), not: Operator === 'NOT_EQUALS' }
    }),
  )
}

/**
 * Returns the values that a filter compares. A mailbox filter matches records with this address, and records of
 * users who have this name now. A principal filter matches records of the principal with this ID, or with this name now.
 */
async function valuesOf(call: Call, property: string, value: string): Promise<readonly string[]> {
  if (property === 'VERDICT') return [value.toLowerCase()]
  if (property === 'RULE') return [value, accessControlRule(value)]
  if (property === 'PRINCIPAL') {
    const name = foldPrincipalName(value)
    return [value, ...(await principalsThat(call, other => other === name))]
  }
  if (property !== 'MAILBOX') return [value]
  const users = await usersOf(call.ports.store, call.organization.id, value)
  return [value, foldName(value), ...users.map(({ id }) => id)]
}

/** Returns what a filter searches for. Only the store has the names of principals: those that they have now. */
async function partsOf(call: Call, property: string, parts: readonly string[]) {
  if (property !== 'PRINCIPAL') return { values: [], parts }
  const folded = parts.map(foldPrincipalName)
  const values = await principalsThat(call, name => folded.some(part => name.includes(part)))
  return { values, parts }
}

/** Returns the IDs of the principals whose folded name passes. */
const principalsThat = async (call: Call, passes: (name: string) => boolean) =>
  [...(await principalNames(call))]
    .filter(([, name]) => passes(foldPrincipalName(name)))
    .map(([id]) => id)

/**
 * Runs a query of the history.
 *
 * @throws ApiError ServiceUnavailableException if the gateway keeps no history, or if it is not available
 */
export async function askHistory<T>(
  { ports }: Call,
  question: (history: HistoryReader) => Promise<T>,
): Promise<T> {
  if (!ports.history)
    throw new ApiError(
      'ServiceUnavailableException',
      'This gateway keeps no history, because audit.history.enabled is false',
    )
  try {
    return await ports.history.ask(question)
  } catch {
    throw new ApiError(
      'ServiceUnavailableException',
      'The history is not available now. Try again later. The audit journal has every record',
    )
  }
}

/**
 * Reads when requests were last allowed.
 *
 * @returns a function that returns the member LastUsed for an ID, or no member if the history is not available
 */
export async function lastUses(
  { ports, organization }: Call,
  by: Parameters<HistoryReader['lastUsed']>[1],
  filters: readonly Filter[],
): Promise<(id: string) => Readonly<{ LastUsed?: number }>> {
  const times = await ports.history
    ?.ask(history => history.lastUsed(organization.id, by, filters))
    .catch(() => undefined)
  return id => {
    const at = times?.get(id)
    return at === undefined ? {} : { LastUsed: at / 1_000 }
  }
}

/** Returns an object without members that are empty or undefined. */
export function definedMembers<T extends Readonly<Record<string, string | number | undefined>>>(
  members: T,
): { [Member in keyof T]?: Exclude<T[Member], undefined> } {
  // A response can have 10,000 rows, for which Object.entries() takes twice as long.
  const defined: Record<string, string | number> = {}
  for (const name of Object.keys(members)) {
    const value = members[name]
    if (value !== undefined && value !== '') defined[name] = value
  }
  return defined as ReturnType<typeof definedMembers<T>>
}

/** Returns the current names of principals by their IDs. */
export async function principalNames({ ports, organization }: Call): Promise<Map<string, string>> {
  const principals = await ports.store.principals(organization.id)
  return new Map(principals.map(({ id, name }) => [id, name]))
}

/**
 * Grants of a complete deployment, and the users that they need.
 *
 * @module
 */

import { addressImported } from './command-line.ts'
import {
  accessControl,
  addressMoved,
  allowOnly,
  type Client,
  type Grant,
  roleDeletion,
  roleLock,
  roleRule,
  userDisabled,
  userRemoved,
} from './grants.ts'
import {
  keyDeleted,
  keyDisabled,
  keyEnds,
  principalDisabled,
  principalEnds,
  principalPolicy,
  roleEnds,
  ruleEnds,
  token,
} from './grants-of-keys.ts'
import { type Handover, handover, type Person, person } from './people.ts'
import type { TestEnvironment } from './test-environment.ts'

const ONE_PERSON = {
  roleRule: (...given: Parameters<typeof roleLock>) => roleRule(...given),
  roleLock,
  roleDeletion,
  accessControl,
  userDisabled,
  userRemoved,
  keyDisabled,
  keyDeleted,
  principalDisabled,
  principalPolicy,
  token,
  keyEnds,
  principalEnds,
  roleEnds,
  ruleEnds,
  untouched: (...given: Parameters<typeof roleLock>) => roleRule(...given, 'untouched'),
}

export type AllGrants = Readonly<{
  /** Those that change by the control API. */
  grants: readonly Grant[]
  /** Changes by the command line. */
  commandLine: Grant
  /** Never changes. */
  untouched: Grant
  all: readonly Grant[]
}>

type Kind = keyof typeof ONE_PERSON

const KINDS = Object.keys(ONE_PERSON) as Kind[]

export class GrantSetup {
  readonly #people = new Map(KINDS.map(kind => [kind, person(kind.toLowerCase())]))
  readonly #moved = handover('moved')
  readonly #imported = handover('imported')

  get users(): readonly Person[] {
    const { owner, heir } = this.#moved
    return [...this.#people.values(), owner, heir, this.#imported.owner, this.#imported.heir]
  }

  /** Makes roles, principals and keys for everybody. */
  async create(environment: TestEnvironment): Promise<AllGrants> {
    const grants = new Map<Kind, Grant>()
    for (const [kind, whom] of this.#people) {
      const grant = ONE_PERSON[kind](await environment.newClient(kind), whom)
      if (kind === 'token') await environment.change(grant, 'granted')
      else environment.add(grant)
      grants.set(kind, grant)
    }
    const moved = environment.add(
      addressMoved(await this.#newAddressClient(environment, this.#moved), this.#moved),
    )
    const client = await this.#newAddressClient(environment, this.#imported)
    const commandLine = environment.add(
      addressImported(environment.deployment, client, this.#imported),
    )
    const untouched = grants.get('untouched')
    if (untouched === undefined) throw new TypeError('Nothing is left untouched')
    grants.delete('untouched')
    const changing = [...grants.values(), moved]
    return { grants: changing, commandLine, untouched, all: [...changing, commandLine, untouched] }
  }
  async #newAddressClient(environment: TestEnvironment, { owner }: Handover): Promise<Client> {
    const client = await environment.newClient('address')
    await allowOnly(client, owner)(environment.control())
    return client
  }
}

/**
 * Policy data for decisions: everything is there at first, and each test takes away or loads what it
 * wants to.
 */

import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest } from '../../src/decision/decision.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../../src/model/access-control.ts'
import type { Decision } from '../../src/model/decision.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { ASSUME_ROLE, type PolicyDocument } from '../../src/model/iam.ts'
import {
  byAddress,
  foldName,
  type Organization,
  organizationId,
  type User,
  userId,
} from '../../src/model/identity.ts'
import type {
  DataKind,
  Entry,
  Freshness,
  IdOf,
  MissingSubject,
  PolicySource,
  ValueOf,
} from '../../src/model/policy-data.ts'
import { accessKeyId, type Credential, principalId } from '../../src/model/principal.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import { DEFAULT_GUARD, type ImpersonationRole, roleId } from '../../src/model/role.ts'

export const ORGANIZATION: Organization = {
  id: organizationId('m-0123456789abcdef0123456789abcdef'),
  alias: 'example',
  serviceAddresses: ['service@example.com'],
  neutralMailbox: 'neutral@example.com',
}

export const person = (name: string, aliases: readonly string[] = []): User => ({
  id: userId(`u-${name}`),
  primarySmtpAddress: `${name}@example.com`,
  aliases,
  principalName: `${name}@corp.example.com`,
  enabled: true,
})

/** fixtures/guard calls Ann Alice. */
const ALIASES = ['Ann.Alias@example.com', 'alice@example.com']
export const [ANN, BOB] = [person('ann', ALIASES), person('bob')]
export const OFF: User = { ...person('off'), enabled: false }
export const USERS: readonly User[] = [ANN, BOB, OFF, person('service'), person('neutral')]

export const ROLE: ImpersonationRole = {
  id: roleId('r'),
  organizationId: ORGANIZATION.id,
  name: 'Role',
  type: 'FULL_ACCESS',
  rules: [{ id: 'everyone', effect: 'ALLOW' }],
  guard: DEFAULT_GUARD,
  version: 1,
  tokensValidFrom: 1,
  createdAt: 0,
  modifiedAt: 0,
}

const POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [ASSUME_ROLE],
      Resource: ['*'],
      Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE.id] } },
    },
  ],
}

export const CREDENTIAL: Credential = {
  principal: {
    id: principalId('p'),
    organizationId: ORGANIZATION.id,
    name: 'Tool',
    enabled: true,
    policy: POLICY,
  },
  key: {
    id: accessKeyId('AKIAAAAAAAAAAAAAAAAA'),
    principalId: principalId('p'),
    secretHash: new Uint8Array(32).fill(7),
    sealedSecret: new Uint8Array(),
    enabled: true,
    extendedProtection: 'allow',
    createdAt: 0,
  },
}

export const AT = 1_000_000

export const GET_FOLDER: AuthorizationRequest<'EWS'> = {
  purpose: 'EWS',
  organization: ORGANIZATION,
  caller: { kind: 'key', keyId: CREDENTIAL.key.id, secretHash: CREDENTIAL.key.secretHash },
  sourceAddress: '192.0.2.7',
  secureTransport: true,
  at: AT,
  requestElement: 'GetFolder',
  connectingSid: byAddress(ANN.primarySmtpAddress),
}

type Key = string

const keyOf = (kind: DataKind, id: unknown): Key => `${kind} ${textOf(id)}`

const textOf = (id: unknown): string =>
  typeof id === 'string' ? id : JSON.stringify(id, (_, value: unknown) => value)

const nameOf = (name: string) => foldName(name)

/** Data of an organization whose values are all read at version 1, and known up to it. */
export class TestData implements PolicySource {
  readonly loaded: MissingSubject[] = []
  fresh: Freshness | undefined = { version: 1, at: AT - 5 }
  readonly #values = new Map<Key, Entry<unknown>>()
  /** Subjects that are known only when they have been loaded. */
  readonly #unknown = new Set<Key>()
  /** Returns entries for subjects that were never put. */
  readonly #others: (kind: DataKind, id: unknown) => Entry<unknown> | undefined

  constructor(others: (kind: DataKind, id: unknown) => Entry<unknown> | undefined = absent) {
    this.#others = others
    this.put('access-control', 'rules', [DEFAULT_ACCESS_CONTROL_RULE])
    this.put('protection', 'list', NO_PROTECTION)
    this.put('credential', CREDENTIAL.key.id, CREDENTIAL)
    this.put('role', ROLE.id, ROLE)
    this.put('epoch', 'current', 'e')
    this.put('signing-key', 'k', true)
  }

  put<Kind extends DataKind>(
    kind: Kind,
    id: IdOf<Kind>,
    value: ValueOf<Kind> | undefined,
    from = 1,
  ) {
    this.#values.set(keyOf(kind, id), { value, from })
  }

  /** Makes a subject unknown until it is loaded. */
  hide<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>) {
    this.#unknown.add(keyOf(kind, id))
  }

  freshness() {
    return this.fresh
  }

  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    const key = keyOf(kind, id)
    if (this.#unknown.has(key)) return undefined
    return (this.#values.get(key) ?? this.#others(kind, id)) as Entry<ValueOf<Kind>> | undefined
  }

  async load(missing: readonly MissingSubject[]) {
    this.loaded.push(...missing)
    for (const subject of missing)
      if (subject.kind === 'freshness') this.fresh = { version: subject.version, at: AT }
      else this.#unknown.delete(keyOf(subject.kind, subject.id))
  }
}

/** Users by every name, and no shared mailbox. */
function absent(kind: DataKind, id: unknown): Entry<unknown> {
  if (kind === 'shared-mailbox') return { value: false, from: 0 }
  if (kind === 'user') return { value: USERS.find(user => user.id === id), from: 1 }
  if (kind !== 'name') return { value: undefined, from: 1 }
  const { value } = id as { value: string }
  const has = ({ primarySmtpAddress, aliases, principalName = '' }: User) =>
    [primarySmtpAddress, ...aliases, principalName].map(nameOf).includes(nameOf(value))
  return { value: USERS.find(has), from: 1 }
}

/** Returns the decision on an operation as {@link ANN} in a role. @param body - undefined before the body is read */
export function decisionOn(
  role: ImpersonationRole,
  requestElement: string,
  body?: BodyFacts,
): Decision {
  const data = new TestData()
  data.put('role', ROLE.id, role)
  const decided = authorize({ ...GET_FOLDER, requestElement, ...(body && { body }) }, data)
  if ('missing' in decided) throw new Error('Something is missing')
  return decided.decision
}

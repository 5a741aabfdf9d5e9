/**
 * Requests that are constructed from the schemas for a role: mostly with operations that the role can use.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { CanaryMailboxes } from './canary-mailboxes.ts'
import { allows, type CanaryRole } from './canary-roles.ts'
import { ACTOR, OWNERS } from './canary-table.ts'
import { CanaryTexts } from './canary-texts.ts'
import { construct } from './oracle/construct.ts'
import { type Feature, featuresOf } from './oracle/features.ts'
import { typeOfRequest } from './oracle/schema.ts'
import { type Tree, write } from './oracle/tree.ts'
import type { Random } from './random.ts'
import { requestOf } from './seeds.ts'

type Row = Readonly<{ operation: string; requestElement: string }>

const TABLE = new URL('../../fixtures/ews-operations.json', import.meta.url)
/** Operations that the schemas describe. */
const OPERATIONS: readonly Row[] = (JSON.parse(readFileSync(TABLE, 'utf8')) as Row[]).filter(
  ({ requestElement }) => typeOfRequest(requestElement) !== undefined,
)
/** How often an operation is chosen, if not once: those with much content more often. */
const WEIGHTS: Readonly<Record<string, number>> = {
  CreateItem: 14,
  UpdateItem: 10,
  CreateAttachment: 4,
  DeleteItem: 4,
  SendItem: 3,
  UploadItems: 4,
  CreateFolder: 3,
  UpdateFolder: 4,
  GetItem: 4,
  FindItem: 4,
  SyncFolderItems: 3,
  MoveItem: 3,
  CopyItem: 3,
  Subscribe: 3,
  ApplyConversationAction: 6,
  MarkAllItemsAsRead: 2,
  UpdateInboxRules: 3,
  AddDelegate: 2,
  GetUserConfiguration: 2,
  ConvertId: 2,
  ResolveNames: 2,
  ExpandDL: 3,
}
const weighted = (rows: readonly Row[]): readonly Row[] =>
  rows.flatMap(row => Array<Row>(WEIGHTS[row.operation] ?? 1).fill(row))
const ALL = weighted(OPERATIONS)

/** Whether requests to an operation can be constructed. */
export const isConstructed = (operation: string): boolean =>
  OPERATIONS.some(row => row.operation === operation)

/** A constructed request: the operation's tree, and the user as which it acts. */
export type Constructed = Readonly<{ tree: Tree; actAs: string }>

export class ConstructedRequests {
  readonly #mailboxes: CanaryMailboxes
  readonly #only: readonly Row[] | undefined
  readonly #features = new Map<string, readonly Feature[]>()
  readonly #allowed = new WeakMap<CanaryRole['limits'], readonly Row[]>()

  /** @param only - operation of all requests; undefined: those that a role can use, and a few others */
  constructor(mailboxes: CanaryMailboxes, only: string | undefined) {
    this.#mailboxes = mailboxes
    this.#only = only === undefined ? undefined : OPERATIONS.filter(row => row.operation === only)
  }

  /** Returns a request for a role. Half of them have a certain feature of the schemas. */
  request(by: CanaryRole, random: Random): Constructed {
    const { requestElement } = random.pick(
      this.#only ?? (random.once(8) ? ALL : this.#operationsFor(by)),
    )
    const feature = random.once(2) ? undefined : random.pick(this.#featuresOf(requestElement))
    const texts = new CanaryTexts(this.#mailboxes, by, random)
    const tree = construct(requestElement, feature, texts, random)
    if (tree === undefined) throw new Error(`The schemas don't describe ${requestElement}`)
    return { tree, actAs: random.once(16) ? random.pick(OWNERS) : ACTOR }
  }

  #operationsFor({ limits }: CanaryRole): readonly Row[] {
    const known = this.#allowed.get(limits)
    if (known !== undefined) return known
    const allowed = weighted(OPERATIONS.filter(({ operation }) => allows(limits, operation)))
    this.#allowed.set(limits, allowed)
    return allowed
  }

  #featuresOf(requestElement: string): readonly Feature[] {
    const known = this.#features.get(requestElement)
    if (known !== undefined) return known
    const features = featuresOf(requestElement)
    this.#features.set(requestElement, features)
    return features
  }
}

/** Returns the bytes of a request. */
export const bytesOf = ({ tree, actAs }: Constructed): Buffer =>
  Buffer.from(requestOf(write(tree), { header: impersonationOf(actAs) }))

const impersonationOf = (address: string) =>
  `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`

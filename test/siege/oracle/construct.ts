/**
 * Constructs requests from the schemas: a feature that the request must have or lack, what the schema requires, and a
 * few optional elements and attributes by chance.
 *
 * @module
 */

import type { Random } from '../random.ts'
import { elementsOf, type Feature, valuesOf } from './features.ts'
import { type Particle, type SchemaType, typeOfRequest } from './schema.ts'
import type { Tree } from './tree.ts'

/** Supplies texts, such as IDs and addresses. */
export type Texts = Readonly<{
  /** Returns the text of an element without content. @param path - local names, from the request's element */
  text: (path: readonly string[]) => string | undefined
  attribute: (path: readonly string[], name: string) => string | undefined
}>

/** Elements and attributes without which a request has few effects. They are present more often. */
const USEFUL: ReadonlySet<string> = new Set(
  (
    'AdditionalProperties Attendee ChangeKey Content DisplayName Duration EmailAddress FolderClass ItemId Mailbox ' +
    'MessageDisposition MimeContent NewBodyContent OptionalAttendees ParentFolderId ReferenceItemId RequiredAttendees ' +
    'SavedItemFolderId SendMeetingInvitations SendMeetingInvitationsOrCancellations SendMeetingCancellations ' +
    'Subject ToRecipients FreeBusyViewOptions MailboxData TimeWindow RequestedView InboxReminder InboxReminders SendOption Message IsRead ReadFlag SuppressReadReceipts Actions ' +
    'ForwardToRecipients UserId PrimarySmtpAddress DestinationFolderId ContextFolderId BaseShape'
  ).split(' '),
)
/** Elements without which a server rejects an appointment. */
const NEEDED: ReadonlySet<string> = new Set(['End', 'Start'])
/** Elements that are present now and then, because they make many roles reject a request. */
const NOTABLE: ReadonlySet<string> = new Set(['ArchiveTag', 'IsAssociated', 'PolicyTag'])
/** Kinds of items with the most effects. Half of the items are of these. */
const FREQUENT: ReadonlySet<string> = new Set(['CalendarItem', 'Contact', 'Message', 'Task'])
/** Elements that most servers and the gateway reject, so they would hide what else a request contains. */
const SELDOM: ReadonlySet<string> = new Set(['PushSubscriptionRequest', 'AddressListId'])
const MAX_DEPTH = 9
const local = (name: string) => name.slice(name.indexOf(':') + 1)

/** Constructs a request with a feature, or only by chance. Undefined if the schemas don't describe the operation. */
export function construct(
  requestElement: string,
  feature: Feature | undefined,
  texts: Texts,
  random: Random,
): Tree | undefined {
  const type = typeOfRequest(requestElement)
  if (type === undefined) return undefined
  const builder = new Builder(texts, random)
  return builder.element(`m:${requestElement}`, type, [], feature)
}

class Builder {
  readonly #texts: Texts
  readonly #random: Random

  constructor(texts: Texts, random: Random) {
    this.#texts = texts
    this.#random = random
  }

  /** Builds an element. `feature`: what it or an element below it must have. */
  element(
    name: string,
    type: SchemaType,
    above: readonly string[],
    feature?: Feature,
    value?: string,
  ): Tree {
    const path = [...above, local(name)]
    const at = feature && feature.path.length < path.length ? feature : undefined
    const elements = path.length > MAX_DEPTH ? [] : elementsOf(type)
    const children = this.#children(elements, path, feature)
    return {
      name,
      attributes: this.#attributes(type, path, at),
      children,
      text: type.hasText ? (value ?? this.#text(type, path)) : '',
    }
  }

  #children(elements: readonly Particle[], path: readonly string[], feature?: Feature): Tree[] {
    const isHere = feature !== undefined && feature.path.length === path.length - 1
    if (isHere && feature.isAbsent && feature.element === undefined && !feature.attribute) return []
    const forced = isHere ? feature.element : feature?.path[path.length - 1]
    const absent = isHere && feature.isAbsent ? forced : undefined
    const children: Tree[] = []
    for (const group of groupsIn(elements)) {
      const [first] = group
      const must = group.find(({ name }) => name === forced && name !== absent)
      const chosen = first?.choice ? this.#ofChoice(group, must, path) : this.#ofOne(first, must)
      for (const particle of chosen) {
        if (particle.name === absent) continue
        const carries = particle === must && particle === chosen[0]
        const below = carries && !isHere ? feature : undefined
        const value = carries && isHere ? feature.value : undefined
        children.push(this.element(particle.name, particle.type, path, below, value))
      }
    }
    return children
  }

  /** Returns the chosen elements of a choice, in most lists more than one now and then, or none. */
  #ofChoice(group: readonly Particle[], must: Particle | undefined, path: readonly string[]) {
    const common = group.filter(({ name }) => !SELDOM.has(local(name)))
    const frequent = group.filter(({ name }) => FREQUENT.has(local(name)))
    const pick = () => {
      if (this.#random.once(40) || common.length === 0) return this.#random.pick(group)
      return this.#random.pick(frequent.length > 0 && this.#random.once(2) ? frequent : common)
    }
    if (path.length === 1 && must === undefined && this.#random.once(2)) return []
    const first = must ?? (this.#random.once(24) ? undefined : pick())
    if (first === undefined) return []
    return first.isRepeated && this.#random.once(5) ? [first, pick()] : [first]
  }

  #ofOne(particle: Particle | undefined, must: Particle | undefined): readonly Particle[] {
    if (particle === undefined) return []
    if (must === undefined && !this.#isPresent(local(particle.name), particle.min > 0)) return []
    return particle.isRepeated && this.#random.once(4) ? [particle, particle] : [particle]
  }

  #isPresent(name: string, isRequired: boolean): boolean {
    if (isRequired) return !this.#random.once(40)
    const percent = NEEDED.has(name) ? 85 : USEFUL.has(name) ? 45 : NOTABLE.has(name) ? 10 : 3
    return this.#random.below(100) < percent
  }

  #attributes(type: SchemaType, path: readonly string[], feature?: Feature): Tree['attributes'] {
    const isHere = feature !== undefined && feature.path.length === path.length - 1
    const entries = type.attributes.flatMap(({ name, isRequired, type: of }) => {
      const isIt = isHere && feature.attribute === name
      const isGiven = this.#random.below(100) < (USEFUL.has(name) ? 75 : 30)
      if (isIt ? feature.isAbsent : !isRequired && !isGiven) return []
      const value = isIt ? feature.value : undefined
      const chosen = value ?? this.#texts.attribute(path, name) ?? this.#valueOf(of)
      return [[name, chosen] as const]
    })
    return Object.fromEntries(entries)
  }

  #text(type: SchemaType, path: readonly string[]): string {
    return this.#texts.text(path) ?? this.#valueOf(type)
  }

  #valueOf(type: SchemaType): string {
    const values = valuesOf(type)
    if (values.length > 0) return this.#random.pick(values)
    return this.#random.pick(PLAIN[type.name] ?? ['New'])
  }
}

const TIMES = ['2026-12-02T09:00:00Z', '2026-12-02T10:00:00Z']
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  'xs:dateTime': TIMES,
  'xs:date': ['2026-12-02'],
  'xs:int': ['1', '10'],
  'xs:integer': ['1', '10'],
  'xs:long': ['1'],
  'xs:short': ['1'],
  'xs:base64Binary': ['TmV3'],
  't:GuidType': ['00062002-0000-0000-c000-000000000046'],
}

const GROUPS = new WeakMap<readonly Particle[], ReturnType<typeof groupsOf>>()

function groupsIn(elements: readonly Particle[]): ReturnType<typeof groupsOf> {
  const known = GROUPS.get(elements)
  if (known !== undefined) return known
  const groups = groupsOf(elements)
  GROUPS.set(elements, groups)
  return groups
}

/** Returns the elements in groups of those of which one is chosen. All others are alone. */
function groupsOf(elements: readonly Particle[]): readonly (readonly Particle[])[] {
  const groups: Particle[][] = []
  for (const particle of elements) {
    const last = groups.at(-1)
    if (particle.choice && last?.[0]?.choice && last[0].owner === particle.owner)
      last.push(particle)
    else groups.push([particle])
  }
  return groups
}

/**
 * Requests after which the gateway asks again for the classes of folders and items.
 */

import t from 'tap'
import { OPERATIONS, requestElementOf } from '../../src/ews/operations.ts'
import { enterChange } from '../../src/gateway/content-changes.ts'
import type { Allowed } from '../../src/gateway/context.ts'
import type { User, UserId } from '../../src/model/identity.ts'
import { ANN, BOB, ORGANIZATION } from '../decision/data.ts'

const NOTHING = { itemClasses: [], writesClassProperty: false, writesState: false, sends: false }
const WRITES = {
  nothing: NOTHING,
  'an item class': { ...NOTHING, itemClasses: ['IPM.Task'] },
  'a property with a class': { ...NOTHING, writesClassProperty: true },
  'the state of a draft': { ...NOTHING, writesState: true },
  'what is sent': { ...NOTHING, sends: true },
}

const of = ({ id }: Pick<User, 'id'>) => `${ORGANIZATION.id} ${id}`

/** Request elements that can move folders and items, change the class of a folder, or send drafts. */
const MOVING = [
  'ApplyConversationAction',
  'ArchiveItem',
  'CopyFolder',
  'CopyItem',
  'DeleteFolder',
  'EmptyFolder',
  'MarkAsJunk',
  'MoveFolder',
  'MoveItem',
  'SendItem',
  'UpdateFolder',
]

type Request = Readonly<{
  requestElement: string
  content?: (typeof WRITES)[keyof typeof WRITES]
  user: User | undefined
  others?: readonly UserId[] | undefined
}>

/** Returns the users whose classes are forgotten before a request, and after it. */
function forgotten({ requestElement, content = NOTHING, user, others }: Request) {
  const forgotten: string[] = []
  const shown: string[] = []
  const forgetting = (users: string[]) => ({
    forget: (organization: string, user: UserId) => users.push(`${organization} ${user}`),
  })
  const server = {
    ports: { contentClasses: forgetting(forgotten) },
    shadows: { shown: forgetting(shown) },
  }
  const leave = enterChange({
    read: { prologue: { requestElement }, context: { server } },
    facts: { content, sends: content.sends },
    served: { organization: ORGANIZATION },
    user,
    others,
  } as unknown as Allowed)
  const before = forgotten.splice(0)
  leave()
  if (shown.join() !== [...before, ...forgotten].join()) throw new Error('Responses still count')
  return { before, after: forgotten }
}

t.test(
  'enterChange() forgets classes before and after each request that can change them',
  async t => {
    for (const operation of Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]) {
      const requestElement = requestElementOf(operation)
      for (const [what, content] of Object.entries(WRITES)) {
        const writesClass = requestElement === 'UpdateItem' && content !== NOTHING
        const users = MOVING.includes(requestElement) || writesClass ? [of(ANN)] : []
        t.strictSame(
          forgotten({ requestElement, content, user: ANN }),
          { before: users, after: users },
          `${requestElement} that writes ${what}`,
        )
      }
    }
  },
)

t.test(
  'enterChange() forgets what was reported to each user that the request concerns',
  async t => {
    for (const [user, others, users] of [
      [ANN, [BOB.id], [ANN, BOB]],
      [ANN, undefined, [ANN]],
      [undefined, [BOB.id], [BOB]],
    ] as const)
      t.strictSame(forgotten({ requestElement: 'MoveItem', user, others }).before, users.map(of))
  },
)

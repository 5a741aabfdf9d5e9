/**
 * Requests after which the gateway asks again for the classes of folders and items.
 */

import t from 'tap'
import { OPERATIONS, requestElementOf } from '../../src/ews/operations.ts'
import { enterChange } from '../../src/gateway/content-changes.ts'
import type { Allowed } from '../../src/gateway/context.ts'
import type { User, UserId } from '../../src/model/identity.ts'
import { ANN, BOB, ORGANIZATION } from '../decision/data.ts'

const NOTHING = { itemClasses: [], writesClassProperty: false }
const WRITES = {
  nothing: NOTHING,
  'an item class': { ...NOTHING, itemClasses: ['IPM.Task'] },
  'a property with a class': { ...NOTHING, writesClassProperty: true },
}

const of = ({ id }: Pick<User, 'id'>) => `${ORGANIZATION.id} ${id}`

/** Request elements that can move folders and items, or change the class of a folder. */
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
  const contentClasses = {
    forget: (organization: string, user: UserId) => forgotten.push(`${organization} ${user}`),
  }
  const leave = enterChange({
    read: { prologue: { requestElement }, context: { server: { ports: { contentClasses } } } },
    facts: { content },
    served: { organization: ORGANIZATION },
    user,
    others,
  } as unknown as Allowed)
  const before = forgotten.splice(0)
  leave()
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

/**
 * Shape of policy documents.
 *
 * @module
 */

import {
  CONDITION_KEYS,
  CONDITION_OPERATORS,
  type Condition,
  EFFECTS,
  type PolicyDocument,
  type Statement,
} from './iam.ts'
import { isPermission } from './permissions.ts'
import {
  exactly,
  isText,
  list,
  oneOf,
  optional,
  record,
  type Shape,
  some,
  structure,
  that,
} from './shape.ts'

/** Returns the shape of an object that isn't empty. */
const filled = <T extends object>(shape: Shape<T>) =>
  that(shape, value => Object.keys(value).length > 0)

/** Whether a text is an action of a service that the gateway knows, or a pattern of one. */
const isAction = that(isText, text =>
  /^(?:\*|(?:workmail|ewsgateway):[A-Za-z*?]{1,128})$/i.test(text),
)

const isCondition: Shape<Condition> = filled(
  record(oneOf(CONDITION_OPERATORS), filled(record(oneOf(CONDITION_KEYS), some(isText)))),
)

/** A Deny that names an action which this version doesn't know would deny nothing. An Allow of it allows nothing. */
const isStatement: Shape<Statement> = that(
  structure<Statement>({
    Sid: optional(isText),
    Effect: oneOf(EFFECTS),
    Action: some(isAction),
    Resource: some(isText),
    Condition: optional(isCondition),
  }),
  ({ Effect, Action }) => Effect === 'Allow' || Action.every(isPermission),
)

export const isPolicy: Shape<PolicyDocument> = structure<PolicyDocument>({
  Version: exactly('2012-10-17'),
  Statement: list(isStatement),
})

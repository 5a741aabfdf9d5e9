/**
 * Tests that the console has a text for each reason of a decision.
 */

import t from 'tap'
import { reasonInWords, REASONS as TEXTS } from '../../../src/console/roles/words.ts'
import { REASONS } from '../../../src/model/decision.ts'

t.strictSame(Object.keys(TEXTS).sort(), REASONS.toSorted(), 'each reason has a text')
t.equal(reasonInWords('role-locked'), 'The role is locked (role-locked).')
t.equal(reasonInWords('AccessDenied'), 'AccessDenied', 'another code is shown as it is')
t.equal(reasonInWords(undefined), '')

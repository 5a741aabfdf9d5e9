/** The rule of new organizations, and the protocols, as WorkMail has them. */

import t from 'tap'
import {
  ACCESS_CONTROL_ACTIONS,
  DEFAULT_ACCESS_CONTROL_RULE,
} from '../../src/model/access-control.ts'

t.strictSame(
  DEFAULT_ACCESS_CONTROL_RULE,
  {
    name: 'Default',
    effect: 'ALLOW',
    description: 'Default WorkMail Rule',
    createdAt: 0,
    modifiedAt: 0,
  },
  'a new organization has the rule of WorkMail, which allows everyone',
)
t.strictSame(
  ACCESS_CONTROL_ACTIONS,
  ['ActiveSync', 'AutoDiscover', 'EWS', 'IMAP', 'SMTP', 'WindowsOutlook', 'WebMail'],
  'the protocols have the names of the API',
)

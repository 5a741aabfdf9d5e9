import t from 'tap'
import { accessWarning } from '../../src/model/file-access.ts'

const OWN = process.getuid?.() ?? -1
const CHMOD = 'Run chmod 600 /key'
const GROUP = 'Give it to the group of the gateway, and run chmod 640 /key'

for (const [what, uid, mode, remedy] of [
  ['its own file', OWN, 0o600, undefined],
  ['its own file, which it can only read', OWN, 0o400, undefined],
  ['its own file, which its group reads', OWN, 0o640, CHMOD],
  ['its own file, which all read', OWN, 0o604, CHMOD],
  ['its own file, which others execute', OWN, 0o601, CHMOD],
  ['a file of another user, which its group reads', OWN + 1, 0o440, undefined],
  ['a file of another user, which its group writes', OWN + 1, 0o460, GROUP],
  ['a file of another user, which all read', OWN + 1, 0o444, GROUP],
] as const)
  t.equal(
    accessWarning('the key', '/key', { uid, mode: 0o100_000 + mode }),
    remedy && `Other users can access the key /key. ${remedy}`,
    `accessWarning() of ${what}`,
  )

import t from 'tap'
import { CallFailure } from '../../../src/console/api/failure.ts'
import { isAtFields, takenIn, takenName } from '../../../src/console/parts/taken.ts'

const INVALID = 'InvalidParameterException'
const NAME = 'Name must be unique: Another role has the name "Backup" already'
const SID = 'Sid must be unique: the SID S-1-5-7 is already in use by alice@example.com'

for (const [name, error, expected] of [
  [
    'a name',
    new CallFailure(INVALID, NAME),
    { Name: 'Another role has the name "Backup" already' },
  ],
  [
    'two members',
    new CallFailure(INVALID, `${NAME}; ${SID}`),
    {
      Name: 'Another role has the name "Backup" already',
      Sid: 'The SID S-1-5-7 is already in use by alice@example.com',
    },
  ],
  ['another problem as well', new CallFailure(INVALID, `${SID}; Name must be a text`), {}],
  ['another problem', new CallFailure(INVALID, 'Name must be a text'), {}],
  ['another error', new CallFailure('ConflictException', NAME), {}],
  ['no answer', new Error(NAME), {}],
  ['nothing', undefined, {}],
] as const) {
  t.strictSame(takenIn(error), expected, `takenIn() of ${name}`)
  t.equal(isAtFields(error), Object.keys(expected).length > 0, `isAtFields() of ${name}`)
}

t.equal(takenName(new CallFailure(INVALID, NAME), ' Backup '), 'Backup is already in use')
t.equal(takenName(new CallFailure(INVALID, SID), 'Backup'), undefined)

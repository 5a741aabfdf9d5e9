import t from 'tap'
import { CallFailure } from '../../../src/console/api/failure.ts'
import {
  identityOf,
  isTaken,
  missingIn,
  NEW_IDENTITY,
  problemsIn,
} from '../../../src/console/principals/identity-form.ts'

const SID = 'S-1-5-21-1-2-3-1104'

t.test('identityOf() returns the chosen kind without space around its values', async t => {
  const form = {
    ...NEW_IDENTITY,
    sid: ` ${SID} `,
    names: ' svc@example.com\n\n EXAMPLE\\svc\n',
    issuer: ' https://issuer.example.com ',
    subject: ' app-1 ',
  }
  const Names = ['svc@example.com', 'EXAMPLE\\svc']
  t.strictSame(identityOf(form), { DirectoryAccount: { Sid: SID, Names } })
  t.strictSame(identityOf({ ...form, kind: 'TOKEN' }), {
    TokenSubject: { Issuer: 'https://issuer.example.com', Claim: 'appid', Subject: 'app-1' },
  })
})

t.test('missingIn() names the empty fields of the chosen kind', async t => {
  t.strictSame(Object.keys(missingIn({ ...NEW_IDENTITY, sid: ' ' })), ['sid', 'names'])
  t.strictSame(Object.keys(missingIn({ ...NEW_IDENTITY, kind: 'TOKEN' })), ['issuer', 'subject'])
  t.strictSame(missingIn({ ...NEW_IDENTITY, sid: SID, names: 'a@example.com' }), {})
})

t.test('problemsIn() finds the problems of one identity', async t => {
  const failure = (message: string, type = 'InvalidParameterException') =>
    new CallFailure(type, message)
  const message =
    'Identities[1].DirectoryAccount.Sid must be the objectSid of an account; ' +
    'Identities[1].DirectoryAccount.Names[0] must be a name. Nothing was changed'
  t.strictSame(problemsIn(failure(message), 1), {
    sid: 'Must be the objectSid of an account',
    names: 'Must be a name',
  })
  t.strictSame(problemsIn(failure(message), 0), {})
  t.strictSame(problemsIn(failure(message, 'ConflictException'), 1), {})
  t.strictSame(problemsIn(new Error(message), 1), {})
  t.notOk(isTaken(failure(message), 1))
  const taken = failure('Identities[1]: Another principal is bound to the account')
  t.strictSame(problemsIn(taken, 1), {})
  t.strictSame([isTaken(taken, 1), isTaken(taken, 0)], [true, false])
})

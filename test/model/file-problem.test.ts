import t from 'tap'
import { FileError, fileProblem, reasonOf } from '../../src/model/file-problem.ts'

const AUDIT = { what: 'the audit', path: '/var/lib/audit', key: 'audit.folder' } as const

const failed = (code: string) =>
  Object.assign(new Error(`${code}: as the system says it`), { code })

/** By code of the system: the reason, and whether the user of the gateway lacks access. */
const PROBLEMS: Readonly<Record<string, readonly [reason: string, isAccess: boolean]>> = {
  EACCES: ['permission denied', true],
  EPERM: ['permission denied', true],
  EROFS: ['the file system is read-only', true],
  ENOENT: ['a folder of the path does not exist and cannot be created', true],
  ENOTDIR: ['a part of the path is not a folder', false],
  EISDIR: ['it is a folder', false],
  EEXIST: ['something else is in its place', false],
  ENOSPC: ['the disk is full', false],
  EDQUOT: ['the disk quota is used up', false],
  EMFILE: ['too many files are open', false],
  ENFILE: ['too many files are open', false],
  ENAMETOOLONG: ['the path is too long', false],
  ELOOP: ['the path has too many symbolic links', false],
  EIO: ['EIO: as the system says it', false],
}

t.test('fileProblem() says why a file cannot be written, and what to do', async t => {
  for (const [code, [reason, isAccess]] of Object.entries(PROBLEMS)) {
    const advice = isAccess ? 'Make it writable for the user of the gateway' : 'Correct this'
    t.equal(
      fileProblem(AUDIT, failed(code)),
      `Cannot open the audit /var/lib/audit: ${reason}. ${advice}, or set audit.folder to another path`,
      code,
    )
  }
})

t.test('reasonOf() takes errors without a code, and values that are no errors', async t => {
  t.equal(reasonOf(new Error('it is locked')), 'it is locked')
  t.equal(reasonOf('EACCES'), 'EACCES')
  t.match(fileProblem(AUDIT, new Error('it is locked')), 'it is locked. Correct this, or set')
  t.match(fileProblem(AUDIT, 'EACCES'), 'EACCES. Correct this, or set')
  t.match(fileProblem(AUDIT, undefined), 'undefined. Correct this, or set')
})

t.test('FileError has the message and the cause', async t => {
  const cause = failed('ENOSPC')
  const error = new FileError(AUDIT, cause)
  t.equal(error.message, fileProblem(AUDIT, cause))
  t.equal(error.cause, cause)
  t.equal(error.name, 'FileError')
})

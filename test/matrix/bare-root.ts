/**
 * A bare machine: a root folder with Debian's essential packages, Node.js, and npm, and nothing else.
 *
 * A mount namespace hides the rest of this machine, and a control group limits the memory. Commands run as a user
 * who is not root. All of this needs root.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Run, run } from '../kit/checkout.ts'
import type { Tools } from './tools.ts'

/** User and group of the commands, which no account of this machine has. */
export const TESTER = 64_321
/** Path of the checkout on the bare machine. */
export const PLACE = '/srv/tester/größe und straße/gateway'

/** Folders of packages that hold no program. */
const UNUSED = /^\/usr\/share\/(?:doc|man|locale|info|lintian|bash-completion)\//
/** Folders of a root. The links are those of a Debian system. */
const FOLDERS = ['dev', 'etc', 'proc', 'root', 'sys/fs/cgroup', 'tmp', 'usr/local', 'var']
const LINKED = ['bin', 'lib', 'lib64', 'sbin']

/** Prepares the namespace, and becomes the command. Its arguments: root, checkout, place, user, group folder. */
const ENTER = `
set -eu
root=$1 checkout=$2 place=$3 user=$4 group=$5
shift 5
echo $$ > "$group/cgroup.procs"
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --bind "$checkout" "$root$place"
cd "$root"
exec chroot . setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
  env -i HOME=/srv/tester PATH=/usr/local/bin:/usr/bin:/bin "$@"
`

/** Makes the root in an empty folder. */
export function makeBareRoot(root: string, tools: Tools): void {
  for (const folder of [...FOLDERS, ...LINKED.map(name => `usr/${name}`)])
    mkdirSync(join(root, folder), { recursive: true })
  for (const name of LINKED) symlinkSync(`usr/${name}`, join(root, name))
  // tar keeps modes and links, and follows the links of the root's folders.
  const archive = execFileSync('tar', ['-C', '/', '-c', '-T', '-'], {
    input: essentialFiles().join('\n'),
    maxBuffer: 2 ** 30,
  })
  execFileSync('tar', ['-C', root, '--keep-directory-symlink', '-x'], { input: archive })
  execFileSync('cp', ['-a', tools.folder, join(root, 'usr/local/tools')])
  execFileSync('cp', ['-a', tools.bin, join(root, 'usr/local/bin')])
  const account = `tester:x:${TESTER}:${TESTER}`
  writeFileSync(
    join(root, 'etc/passwd'),
    `root:x:0:0::/root:/bin/sh\n${account}::/srv/tester:/bin/sh\n`,
  )
  writeFileSync(join(root, 'etc/group'), `root:x:0:\ntester:x:${TESTER}:\n`)
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
  mkdirSync(join(root, PLACE), { recursive: true })
  execFileSync('chown', ['-R', `${TESTER}:${TESTER}`, join(root, 'srv')])
  chmodSync(root, 0o755)
  chmodSync(join(root, 'tmp'), 0o1777)
}

export type BareOptions = Readonly<{
  root: string
  /** Checkout that the user owns. */
  checkout: string
  memoryBytes: number
  env?: Readonly<Record<string, string>>
}>

/** Runs a command in the checkout on the bare machine. */
export async function runBare(command: string, options: BareOptions): Promise<Run> {
  const { root, checkout, memoryBytes, env = {} } = options
  const group = makeGroup(memoryBytes)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const place = [root, checkout, PLACE, `${TESTER}`, group]
  const isolated = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private']
  const inside = [...variables, 'sh', '-c', `cd "$0" && ${command}`, PLACE]
  try {
    const args = [...isolated, 'sh', '-c', ENTER, 'sh', ...place, ...inside]
    return await run('unshare', args, { cwd: '/' })
  } finally {
    rmdirSync(group)
  }
}

/** Makes a control group with a limit of memory, of version 1 or 2. @returns its folder */
function makeGroup(memoryBytes: number): string {
  const first = '/sys/fs/cgroup/memory'
  const isFirst = existsSync(first)
  const group = join(isFirst ? first : '/sys/fs/cgroup', `ews-gateway-matrix-${process.pid}`)
  if (!isFirst) writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+memory')
  mkdirSync(group)
  writeFileSync(join(group, isFirst ? 'memory.limit_in_bytes' : 'memory.max'), `${memoryBytes}`)
  return group
}

/** Returns the files of Debian's essential packages and of those that they and Node.js need, without leading slash. */
function essentialFiles(): string[] {
  const needs = new Map<string, readonly string[]>()
  const wanted = new Set(['libstdc++6'])
  const fields = ['Package', 'Essential', 'Pre-Depends', 'Depends'].map(name => `\${${name}}`)
  for (const line of linesOf('dpkg-query', '-W', '-f', `${fields.join('\t')}\n`)) {
    const [name = '', isEssential, ...dependencies] = line.split('\t')
    const names = dependencies
      .join()
      .split(/[,|]/)
      .map(one => one.trim().replace(/[ (:].*/, ''))
    needs.set(
      name,
      names.filter(one => one !== ''),
    )
    if (isEssential === 'yes') wanted.add(name)
  }
  // Grows while it is read.
  for (const name of wanted)
    for (const needed of needs.get(name) ?? []) if (needs.has(needed)) wanted.add(needed)
  return linesOf('dpkg-query', '-L', ...wanted)
    .filter(path => path.startsWith('/') && !UNUSED.test(path))
    .filter(path => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false)
    .map(path => path.slice(1))
}

const linesOf = (command: string, ...args: readonly string[]) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\n')
    .filter(line => line !== '')

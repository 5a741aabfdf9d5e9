/**
 * On what was measured.
 *
 * @module
 */

import { spawnSync } from 'node:child_process'
import { arch, cpus, loadavg, release, totalmem } from 'node:os'
import { canPin, isInstalled } from './process.ts'

const PROGRAMS: readonly (readonly [name: string, flag: string, version: RegExp])[] = [
  ['nginx', '-v', /nginx\/([\d.]+)/],
  ['haproxy', '-v', /version ([\d.]+)/],
  ['wrk', '-v', /wrk (\S+)/],
  ['redis-server', '--version', /v=([\d.]+)/],
]

/** One line: processor, kernel, versions, and how busy it was. */
export function machine(): string {
  const [cpu] = cpus()
  const programs = PROGRAMS.filter(([name]) => isInstalled(name)).map(([name, flag, version]) => {
    const { stdout, stderr } = spawnSync(name, [flag], { encoding: 'utf8' })
    return `${name} ${version.exec(stdout + stderr)?.[1] ?? '?'}`
  })
  const parts = [
    `${cpus().length} × ${cpu?.model.trim()} (${arch()})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Linux ${release()}`,
    `Node.js ${process.version}`,
    ...programs,
    `load ${loadavg()[0]?.toFixed(1)} at the beginning`,
    canPin
      ? 'one core for what is measured, another for load and server'
      : 'not pinned: no taskset',
  ]
  return `${parts.join(' · ')}.`
}

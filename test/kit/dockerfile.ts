/**
 * Carries out a Dockerfile without Docker: every stage in a folder of its own.
 *
 * Does not cover the base image, users, and volumes. Only a real build of the image can.
 */

import { cpSync, mkdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT, run, textOf } from './checkout.ts'

type Instruction = Readonly<{ name: string; rest: string }>

/** A stage as far as it has been made. */
export type Stage = {
  readonly base: string
  /** Folder that replaces `/`. */
  readonly root: string
  workdir: string
  readonly env: Record<string, string>
  /** Instructions that only say something, such as EXPOSE. */
  readonly said: Record<string, string>
}

/** The instructions of the Dockerfile, continued lines joined. */
export const INSTRUCTIONS: readonly Instruction[] = textOf('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter(line => line !== '')
  .map(line => ({ name: line.replace(/ .*/, ''), rest: line.replace(/^\S+ +/, '') }))

/** Paths that .dockerignore includes in the image: its `!` lines. */
export const CONTEXT = textOf('.dockerignore')
  .split('\n')
  .filter(line => line.startsWith('!'))
  .map(line => line.slice(1))

/**
 * Carries out all instructions.
 *
 * @param folder - folder of the stages
 * @param instead - replaces a RUN command if it returns true
 * @returns the last stage
 */
export async function makeImage(
  folder: string,
  instead: (command: string, cwd: string) => Promise<boolean>,
): Promise<Stage> {
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined
  for (const { name, rest } of INSTRUCTIONS) {
    if (name === 'FROM') {
      stage = beginStage(folder, rest, stages)
      continue
    }
    if (stage === undefined) throw new Error(`${name} stands before FROM`)
    if (name === 'COPY') copy(stage, rest, stages)
    else if (name === 'RUN') await runIn(stage, rest, instead)
    else tell(stage, name, rest)
  }
  if (stage === undefined) throw new Error('The Dockerfile has no FROM')
  return stage
}

/** A path of the image as a path of this machine. */
export const pathIn = ({ root, workdir }: Stage, path: string) =>
  path.startsWith('/') ? join(root, path) : join(root, workdir, path)

function beginStage(folder: string, rest: string, stages: Map<string, Stage>): Stage {
  const [, base = '', alias = `stage-${stages.size}`] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? []
  const stage: Stage = { base, root: join(folder, alias), workdir: '/', env: {}, said: {} }
  mkdirSync(stage.root)
  stages.set(alias, stage)
  return stage
}

function copy(stage: Stage, rest: string, stages: ReadonlyMap<string, Stage>): void {
  const words = rest.split(/ +/)
  const from = words.find(word => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter(word => !word.startsWith('--'))
  const target = paths.pop() ?? ''
  const source = from === undefined ? undefined : stages.get(from)
  if (from !== undefined && !source) throw new Error(`COPY from an unknown stage ${from}`)
  for (const path of paths) {
    if (!source && !CONTEXT.includes(path)) throw new Error(`.dockerignore hides ${path}`)
    const found = source ? pathIn(source, path) : join(ROOT, path)
    const into =
      target.endsWith('/') && statSync(found).isFile() ? join(target, basename(path)) : target
    cpSync(found, pathIn(stage, into), { recursive: true, verbatimSymlinks: true })
  }
}

async function runIn(
  stage: Stage,
  command: string,
  instead: (command: string, cwd: string) => Promise<boolean>,
): Promise<void> {
  const cwd = pathIn(stage, '.')
  if (await instead(command, cwd)) return
  const { code, out, err } = await run('sh', ['-c', command], { cwd, env: stage.env })
  if (code !== 0) throw new Error(`RUN ${command} ended with ${code}:\n${out}${err}`)
}

function tell(stage: Stage, name: string, rest: string): void {
  if (name === 'WORKDIR') {
    stage.workdir = rest
    mkdirSync(pathIn(stage, '.'), { recursive: true })
  } else if (name === 'ENV') {
    const [variable = '', value = ''] = rest.split(/=(.*)/)
    stage.env[variable] = value
  } else {
    stage.said[name] = rest
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'

const MODULE = new URL('process.ts', import.meta.url)

/** Starts a server that ignores what it can, freezes it, and prints its folder. */
const PROGRAM = `
  import { ServerProcess, temporaryFolder } from ${JSON.stringify(MODULE)}
  const folder = temporaryFolder('test')
  const command = ['sh', '-c', 'trap "" TERM HUP; echo $$ > pid; echo ready; exec sleep 60']
  const server = await ServerProcess.start(command, folder, /ready/)
  server.freeze()
  console.log(folder)
  setInterval(() => undefined, 1_000)
`

t.test('ServerProcess and its folder are removed with the process that started it', async t => {
  const options = ['--input-type=module', '-e', PROGRAM]
  const program = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => program.kill('SIGKILL'))
  const [printed] = await once(program.stdout.setEncoding('utf8'), 'data')
  const folder = String(printed).trim()
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  t.ok(process.kill(pid, 0), 'it is there')

  program.kill('SIGKILL')
  await until('the folder is gone', () => !existsSync(folder))
  await until('the server is gone', () => hasEnded(pid))
})

/** Returns whether a process has ended. A zombie counts as ended. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}

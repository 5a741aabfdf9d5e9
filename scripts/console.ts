/**
 * Makes dist/console, the web console as the control listener serves it, where it is missing or
 * older than its sources: part of `npm run build`, and of `npm start` and `npm run demo`.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const root = join(import.meta.dirname, '..')
const sources = join(root, 'src/console')
const made = join(root, 'dist/console')
const unfinished = unfinishedOf(process.pid)

/** Folder that a process builds the console in. */
export function unfinishedOf(pid: number): string {
  return join(root, `dist/console-${pid}`)
}

/** Whether the console is there, made of the present sources. */
export const isConsoleBuilt = (): boolean => markOf(made) === sourceMark()

/**
 * Builds the console atomically, so that a process that serves the folder during the build finds one
 * complete console.
 */
export async function makeConsole(): Promise<void> {
  const mark = sourceMark()
  if (markOf(made) === mark) return
  const [{ build }, { default: react }] = await Promise.all([
    import('vite'),
    import('@vitejs/plugin-react'),
  ])
  await build({
    root: sources,
    base: '/console/',
    configFile: false,
    logLevel: 'warn',
    plugins: [react(), marking(mark), fontsApart],
    build: {
      outDir: unfinished,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      // A browser that doesn't know the hint loads the files a little later.
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2_000,
      reportCompressedSize: false,
      // The first file lists all others, so their names count.
      rolldownOptions: { output: { chunkFileNames: 'assets/[hash].js' } },
    },
  })
  compress(unfinished)
  mkdirSync(join(root, 'dist'), { recursive: true })
  rmSync(made, { recursive: true, force: true })
  renameSync(unfinished, made)
}

/** Endings of files that are compressed as they are. */
const DENSE = /\.(png|woff2)$/
/** Files below this size, in bytes, are not compressed. */
const SMALL = 1_024

/** Higher qualities take 20 times as long, for 7% less. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

/** Writes a file in each compression beside every file, so that a gateway compresses nothing. */
function compress(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name)
    if (DENSE.test(name) || !statSync(file).isFile() || statSync(file).size < SMALL) continue
    const bytes = readFileSync(file)
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, BROTLI))
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
  }
}

/** Folders of `src/` with the files of the console and those that they import. */
const SOURCES = ['console', 'directory', 'model', 'policy'] as const

/** Returns a short hash of the sources. `index.html` contains it. */
function sourceMark(): string {
  const hash = createHash('sha256')
  for (const folder of SOURCES) {
    const files = readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
    for (const file of files.sort().filter(name => /\.\w+$/.test(name)))
      hash.update(file).update(readFileSync(join(root, 'src', folder, file)))
  }
  for (const file of ['package.json', 'scripts/console.ts'])
    hash.update(readFileSync(join(root, file)))
  return hash.digest('base64url').slice(0, 16)
}

function markOf(folder: string): string | undefined {
  const page = join(folder, 'index.html')
  if (!existsSync(page)) return undefined
  return /name="sources" content="([^"]+)"/.exec(readFileSync(page, 'utf8'))?.[1]
}

const marking = (mark: string): Plugin => ({
  name: 'marking',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { name: 'sources', content: mark }, injectTo: 'head' },
  ],
})

const FONT = /url\(['"]?data:font\/woff2;[^,]*base64,([\w+/=]+)['"]?\)/g

/** Fonts of the style sheet as files, so that only those are loaded that a page has letters of. */
const fontsApart: Plugin = {
  name: 'fonts-apart',
  generateBundle(_, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type !== 'asset' || !asset.fileName.endsWith('.css')) continue
      asset.source = String(asset.source).replace(FONT, (_whole, base64: string) => {
        const source = Buffer.from(base64, 'base64')
        const name = `font-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.woff2`
        this.emitFile({ type: 'asset', fileName: `assets/${name}`, source })
        return `url(./${name})`
      })
    }
  },
}

// A signal ends the process at once. Threads of the build could write while it removed its folder, so run.ts does that.
if (import.meta.main) await makeConsole()

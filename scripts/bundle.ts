/**
 * Bundles the command line, so that tests start it quickly.
 *
 * A command loads up to 900 modules from the sources and packages, which takes more than half of the CPU of its
 * start. The bundle has the same code in few files. Its folder is as deep as `src/app/`, whose relative paths it keeps.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = join(root, '.tap/bundle')
const markFile = join(folder, 'mark')

/** Bundles the command line, unless that was done with the same sources and packages. @returns its file */
export async function bundleMain(): Promise<string> {
  const main = join(folder, 'main.js')
  const mark = markOfSources()
  if (existsSync(markFile) && readFileSync(markFile, 'utf8') === mark) return main
  const { build } = await import('vite')
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    // Packages that load others on demand stay as they are.
    ssr: { noExternal: true, external: ['ioredis', 'pg', 'pino'] },
    build: {
      ssr: true,
      target: 'node24',
      outDir: folder,
      emptyOutDir: true,
      copyPublicDir: false,
      rolldownOptions: {
        input: { main: 'src/main.ts', 'sqlite-worker': 'src/history/sqlite-worker.ts' },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
  writeFileSync(markFile, mark)
  return main
}

function markOfSources(): string {
  const hash = createHash('sha256')
  const sources = globSync('{src,sandbox}/**/*.ts', { cwd: root }).sort()
  for (const file of [...sources, 'package-lock.json', 'scripts/bundle.ts'])
    hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('base64url')
}

/**
 * Folder of the web console, which a checkout has only after a build.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Folder that `npm run build` writes the console to. The path is the same from src/ and from dist/. */
export const CONSOLE_FOLDER = join(import.meta.dirname, '..', '..', 'dist', 'console')

/** Log message of a gateway without a console. */
export const CONSOLE_NOT_BUILT = 'The console is not built; run npm run build to serve it'

/** Whether the console is built. */
export const hasConsole = (): boolean => existsSync(join(CONSOLE_FOLDER, 'index.html'))

/**
 * All clients for which the console shows settings. `docs/clients.md` shows the same texts.
 *
 * @module
 */

import type { Client } from './access.ts'
import { MAIL_PROGRAMS } from './mail-programs.ts'
import { PROGRAMS } from './programs.ts'

export const CLIENTS: readonly Client[] = [...PROGRAMS, ...MAIL_PROGRAMS]

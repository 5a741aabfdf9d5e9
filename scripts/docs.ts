/**
 * Writes the generated pages of docs/: `npm run docs`.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { configJsonSchema, configPage } from '../src/config/page.ts'
import { apiPage } from '../src/control/page.ts'
import { metricsPage } from '../src/telemetry/page.ts'
import { auditPage } from './audit-page.ts'

const docs = new URL('../docs/', import.meta.url)

mkdirSync(docs, { recursive: true })
writeFileSync(new URL('configuration.md', docs), configPage())
writeFileSync(
  new URL('configuration.schema.json', docs),
  `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`,
)
writeFileSync(new URL('api.md', docs), apiPage())
writeFileSync(new URL('metrics.md', docs), metricsPage())
writeFileSync(new URL('audit-fields.md', docs), auditPage())

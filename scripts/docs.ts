/**
 * Writes the generated pages of docs/: `npm run docs`.
 *
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { adrIndex } from './docs/adrs.ts'
import { apiPage } from './docs/api.ts'
import { auditPage } from './docs/audit.ts'
import { withCauses } from './docs/causes.ts'
import { configJsonSchema, configPage } from './docs/configuration.ts'
import { metricsPage } from './docs/metrics.ts'
import { profilesPage } from './docs/profiles.ts'
import { serviceModel } from './docs/service-model.ts'

const docs = new URL('../docs/', import.meta.url)

mkdirSync(docs, { recursive: true })
writeFileSync(new URL('configuration.md', docs), configPage())
writeFileSync(
  new URL('configuration.schema.json', docs),
  `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`,
)
writeFileSync(new URL('api.md', docs), apiPage())
writeFileSync(
  new URL('ewsgateway.model.json', docs),
  `${JSON.stringify(serviceModel(), undefined, 2)}\n`,
)
writeFileSync(new URL('metrics.md', docs), metricsPage())
writeFileSync(new URL('profiles.md', docs), profilesPage())
writeFileSync(new URL('audit-fields.md', docs), auditPage())
writeFileSync(new URL('adr/README.md', docs), adrIndex())
const operations = new URL('operations.md', docs)
writeFileSync(operations, withCauses(readFileSync(operations, 'utf8')))

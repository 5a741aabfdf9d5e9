/**
 * Properties with twice as many runs as in `npm test`, from other seeds where they choose one.
 *
 * @module
 */

process.env['TEST_RUNS'] = '2'

for (const file of [
  'cache/held-policy.properties',
  'cache/propagation.properties',
  'credentials/authentication-rate-limiter',
  'decision/body',
  'ews/autodiscover/forms',
  'ews/mime',
  'ews/mime-addresses',
  'ews/properties',
  'ews/property',
  'ews/senders',
  'policy/access-control',
  'policy/containment',
  'policy/guard-readers',
  'policy/strictness',
  'xml/scanner',
])
  await import(`./${file}.test.ts`)
await import('./store/properties.ts')

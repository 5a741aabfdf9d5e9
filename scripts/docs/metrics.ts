/**
 * The documentation of the metrics, made from their definitions.
 *
 * @module
 */

import { Metrics } from '../../src/telemetry/metrics.ts'

/** Returns the page that lists every metric of the gateway's own. */
export function metricsPage(): string {
  const metrics = new Metrics({ version: '', organizations: [] })
  const rows = metrics
    .described()
    .filter(({ name }) => name.startsWith('ews_gateway_'))
    .map(({ name, labelNames, help }) => `| \`${name}\` | ${labelNames.join(', ')} | ${help} |`)
  return `${INTRODUCTION}${rows.join('\n')}\n`
}

const INTRODUCTION = `# Metrics

<!-- Written by \`npm run docs\` from src/telemetry/ and scripts/docs/: change it there. -->

This page is for administrators who monitor gateways. It lists the metrics that \`/metrics\` on the ops listener returns, in Prometheus'
text form. [Alerts and dashboards](operations.md#alerts-and-dashboards) use them.

Every value of a label comes from a closed list, or is the ID of a role or principal that an administrator created, so no client can add a series. The kinds of closed connections are those of the
[limits](configuration.md#limits), and \`too-slow\`, \`body-after-answer\`, and \`pipelined\`.

In addition, there are the default metrics of prom-client, \`process_*\` and \`nodejs_*\`: memory, CPU, open files, event loop delay, and garbage
collections.

## The gateway's own

| metric | labels | meaning |
| --- | --- | --- |
`

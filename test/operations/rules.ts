/**
 * Reads the rules, the dashboards, and the runbook.
 *
 * @module
 */

import { readdirSync } from 'node:fs'
import { parse } from 'yaml'
import { ROOT, textOf } from '../kit/checkout.ts'

export const RULES_FILE = 'deploy/prometheus/rules.yaml'

export type AlertRule = Readonly<{
  alert: string
  expr: string
  for?: string
  labels: Readonly<{ severity: string }>
  annotations: Readonly<{ summary: string; description: string; runbook_url: string }>
}>

/** Returns all rules, in their order. */
export function alertRules(): readonly AlertRule[] {
  const { groups } = parse(textOf(RULES_FILE)) as { groups: readonly { rules: AlertRule[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

/** A query of a panel, with the variables of its dashboard. */
export type PanelQuery = Readonly<{ dashboard: string; panel: string; expr: string }>

export type Dashboard = Readonly<{
  uid: string
  title: string
  templating: Readonly<{ list: readonly Readonly<{ name: string; query: unknown }>[] }>
  panels: readonly Readonly<{
    id: number
    title: string
    gridPos: Readonly<{ x: number; y: number; w: number; h: number }>
    targets: readonly Readonly<{ expr: string }>[]
  }>[]
}>

const FOLDER = 'deploy/grafana'

/** Dashboards by file name. */
export const DASHBOARDS: ReadonlyMap<string, Dashboard> = new Map(
  readdirSync(`${ROOT}/${FOLDER}`).map(file => [
    file,
    JSON.parse(textOf(`${FOLDER}/${file}`)) as Dashboard,
  ]),
)

/** Returns the queries of all panels. */
export const panelQueries = (): readonly PanelQuery[] =>
  [...DASHBOARDS].flatMap(([dashboard, { panels }]) =>
    panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ dashboard, panel: title, expr })),
    ),
  )

/**
 * The Helm chart renders what the manifests in deploy/kubernetes say, and takes no other values than it describes.
 */

import t from 'tap'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { PACKAGE, textOf } from '../kit/checkout.ts'
import { KUBERNETES, type Manifest } from '../kit/deploy.ts'
import { CHART, mergeValues, renderChart, renderTemplate } from '../kit/helm.ts'
import { mistakesInManifests } from '../kit/kubernetes-schema.ts'
import { RULES_FILE } from './rules.ts'

const DEFAULTS = parse(textOf(`${CHART}/values.yaml`))
const EXAMPLE = mergeValues(DEFAULTS, parse(textOf(`${CHART}/example-values.yaml`))) as Manifest
const SCHEMA = z.fromJSONSchema(JSON.parse(textOf(`${CHART}/values.schema.json`)))

const INSTANCE = 'app.kubernetes.io/instance'
/** Files of deploy/kubernetes that no template makes. */
const OTHERS = ['gateway.yaml', 'kustomization.yaml', 'namespace.yaml', 'secret.example.yaml']

/** Removes what the chart has in addition to the manifests. */
function withoutInstance(value: Manifest): Manifest {
  if (Array.isArray(value)) return value.map(withoutInstance)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(
    ([key]) => key !== INSTANCE && key !== 'ews-gateway/config',
  )
  return Object.fromEntries(
    entries
      .map(([key, it]) => [key, withoutInstance(it)] as const)
      .filter(([key, it]) => {
        return key !== 'annotations' || Object.keys(it).length > 0
      }),
  )
}

const rendered = renderChart('ews-gateway', EXAMPLE)

t.test('the chart makes the manifests of deploy/kubernetes', async t => {
  const files = [...KUBERNETES.keys()].filter(file => !OTHERS.includes(file))
  const own = ['configmap.yaml', 'prometheus.yaml']
  t.strictSame([...rendered.keys()].sort(), [...own, ...files].sort())
  for (const file of files) {
    const expected = structuredClone(KUBERNETES.get(file)) as Manifest[]
    if (file === 'deployment.yaml') {
      const [container] = expected[0].spec.template.spec.containers
      container.image = `registry.example.com/ews-gateway:${PACKAGE.version}`
    }
    if (file === 'service.yaml') expected[0].spec.type = 'ClusterIP'
    t.strictSame(withoutInstance(rendered.get(file)), expected, file)
  }
})

t.test('the pods get the configuration, and are replaced when it changes', async t => {
  const [{ data }] = rendered.get('configmap.yaml') as Manifest[]
  t.strictSame(parse(data['gateway.yaml']), parse(textOf('deploy/kubernetes/gateway.yaml')))
  const hashOf = (values: unknown) => {
    const [{ spec }] = renderChart('one', values).get('deployment.yaml') as Manifest[]
    return spec.template.metadata.annotations['ews-gateway/config']
  }
  t.equal(hashOf(EXAMPLE), hashOf(mergeValues(EXAMPLE, { replicas: 3 })))
  t.not(hashOf(EXAMPLE), hashOf(mergeValues(EXAMPLE, { config: { publicUrl: 'https://a' } })))
})

t.test('two releases share no names and select no pods of each other', async t => {
  const other = [...renderChart('other', EXAMPLE).values()].flat()
  for (const { kind, metadata, spec } of other) {
    t.match(metadata.name, /^other(-|$)/, kind)
    const selector = spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels ?? spec?.selector
    if (selector) t.equal(selector[INSTANCE], 'other', kind)
  }
  const [{ spec }] = other.filter(({ kind }) => kind === 'Deployment')
  t.equal(spec.template.metadata.labels[INSTANCE], 'other')
  const [config] = spec.template.spec.volumes
  t.equal(config.configMap.name, 'other')
  t.equal(spec.template.spec.serviceAccountName, 'other')
})

t.test('every value changes what it says', async t => {
  const values = mergeValues(EXAMPLE, {
    image: { repository: 'example.com/mine', tag: 'v9' },
    replicas: 5,
    secrets: { gateway: 'one', tls: 'two' },
    audit: { keepDays: 9 },
    resources: { limits: { memory: '2Gi' } },
    service: { type: 'LoadBalancer', port: 8443, annotations: { a: 'b' } },
    networkPolicy: { egressPorts: [1, 2] },
    podDisruptionBudget: { maxUnavailable: 2 },
  })
  t.ok(SCHEMA.safeParse(values).success)
  const of = (file: string) => renderChart('x', values).get(file) as Manifest[]
  const [{ spec }] = of('deployment.yaml')
  const [container] = spec.template.spec.containers
  t.equal(spec.replicas, 5)
  t.match(container, { image: 'example.com/mine:v9', resources: { limits: { memory: '2Gi' } } })
  t.match(container.env, [{}, { name: /KEEP_DAYS$/, value: '9' }])
  const { sources } = spec.template.spec.volumes[1].projected
  t.strictSame(sources, [{ secret: { name: 'one' } }, { secret: { name: 'two' } }])
  t.match(of('service.yaml')[0], {
    metadata: { annotations: { a: 'b' } },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 8443 }] },
  })
  t.strictSame(of('network-policy.yaml')[0].spec.egress[1].ports, [{ port: 1 }, { port: 2 }])
  t.equal(of('pod-disruption-budget.yaml')[0].spec.maxUnavailable, 2)
  const without = mergeValues(values, { networkPolicy: { enabled: false } })
  t.strictSame(renderChart('x', without).get('network-policy.yaml'), [])
})

t.test('the chart makes objects of the Prometheus operator only if they are enabled', async t => {
  t.strictSame(rendered.get('prometheus.yaml'), [])
  const values = mergeValues(EXAMPLE, {
    prometheusOperator: {
      enabled: true,
      labels: { release: 'mine' },
      runbookUrl: 'https://wiki.example.com/$&/runbook',
    },
  })
  t.ok(SCHEMA.safeParse(values).success)
  const release = renderChart('other', values)
  const [monitor, rule] = release.get('prometheus.yaml') as Manifest[]
  for (const { metadata } of [monitor, rule]) t.match(metadata.labels, { release: 'mine' })

  const selected = (release.get('service.yaml') as Manifest[]).filter(({ metadata, spec }) => {
    const labels = Object.entries(monitor.spec.selector.matchLabels)
    const [{ port }] = monitor.spec.endpoints
    return (
      labels.every(([key, value]) => metadata.labels[key] === value) &&
      spec.ports.some((it: Manifest) => it.name === port)
    )
  })
  t.strictSame(
    selected.map(({ metadata }) => metadata.name),
    ['other-ops'],
  )
  const job = selected[0].metadata.labels[monitor.spec.jobLabel]
  t.match(textOf(RULES_FILE), `up{job="${job}"}`, 'alerts find the targets')

  const expected = textOf(RULES_FILE).replaceAll(
    'runbook_url: docs/runbook.md',
    () => 'runbook_url: https://wiki.example.com/$&/runbook',
  )
  t.strictSame(rule.spec, parse(expected))
})

/** Returns manifests by the file that they come from, and their number in it. */
const numbered = (files: ReadonlyMap<string, readonly Manifest[]>, from: string) =>
  [...files].flatMap(([file, manifests]) =>
    manifests.map((manifest, n) => [`${from}-${file}-${n}`, manifest] as const),
  )

/** Manifests with one mistake each, by its name. */
function wrongManifests(): Readonly<Record<string, Manifest>> {
  const values = mergeValues(EXAMPLE, { prometheusOperator: { enabled: true } })
  const release = renderChart('one', values)
  const changed = (file: string, change: (manifest: Manifest) => unknown) => {
    const [manifest] = structuredClone(release.get(file)) as Manifest[]
    change(manifest)
    return manifest
  }
  const deployment = (change: (spec: Manifest, container: Manifest) => unknown) =>
    changed('deployment.yaml', ({ spec }) => change(spec, spec.template.spec.containers[0]))
  return {
    field: deployment(spec => Object.assign(spec, { replica: 2 })),
    deepField: deployment((_, { readinessProbe }) =>
      Object.assign(readinessProbe.httpGet, { a: 1 }),
    ),
    type: deployment(spec => Object.assign(spec, { replicas: '2' })),
    fraction: deployment(spec => Object.assign(spec, { replicas: 1.5 })),
    missing: deployment(spec => delete spec.selector),
    policy: changed('network-policy.yaml', ({ spec }) => Object.assign(spec, { policyType: [] })),
    monitor: changed('prometheus.yaml', ({ spec }) => Object.assign(spec.endpoints[0], { a: 1 })),
    interval: changed('prometheus.yaml', ({ spec }) =>
      Object.assign(spec.endpoints[0], { interval: 'often' }),
    ),
  }
}

t.test('the manifests and the chart have the form that Kubernetes expects', async t => {
  const everything = mergeValues(EXAMPLE, {
    service: { type: 'LoadBalancer', annotations: { a: 'b' } },
    prometheusOperator: { enabled: true, labels: { a: 'b' } },
  })
  const foreign = ['gateway.yaml', 'kustomization.yaml']
  const plain = new Map([...KUBERNETES].filter(([file]) => !foreign.includes(file)))
  const right = [
    ...numbered(plain, 'plain'),
    ...numbered(renderChart('one', EXAMPLE), 'example'),
    ...numbered(renderChart('two', everything), 'everything'),
  ]
  t.ok(right.length > 25, `${right.length} manifests`)
  const wrong = Object.entries(wrongManifests())
  const mistakes = await mistakesInManifests(t, new Map([...right, ...wrong]))
  const isOf = (mistake: string, name: string) => /^\w+/.exec(mistake)?.[0] === name
  for (const [name] of wrong)
    t.ok(
      mistakes.some(mistake => isOf(mistake, name)),
      name,
    )
  t.strictSame(
    mistakes.filter(mistake => !wrong.some(([name]) => isOf(mistake, name))),
    [],
  )
  await t.rejects(mistakesInManifests(t, new Map([['x', { apiVersion: 'v9', kind: 'Pod' }]])))
})

t.test('the schema accepts the example, and rejects what the chart does not know', async t => {
  t.ok(SCHEMA.safeParse(EXAMPLE).success)
  const formerFile = '/run/ews-gateway/former.key'
  t.ok(SCHEMA.safeParse(mergeValues(EXAMPLE, { config: { masterKey: { formerFile } } })).success)
  for (const wrong of [
    DEFAULTS,
    mergeValues(EXAMPLE, { replica: 3 }),
    mergeValues(EXAMPLE, { replicas: '3' }),
    mergeValues(EXAMPLE, { replicas: 0 }),
    mergeValues(EXAMPLE, { image: { name: 'x' } }),
    mergeValues(EXAMPLE, { service: { type: 'ExternalName' } }),
    mergeValues(EXAMPLE, { networkPolicy: { egressPorts: ['https'] } }),
    mergeValues(EXAMPLE, { config: { listen: { data: '0.0.0.0:1' } } }),
    mergeValues(EXAMPLE, { config: { organizations: [] } }),
    mergeValues(EXAMPLE, { config: { masterKey: { file: 'master.key' } } }),
    mergeValues(EXAMPLE, { prometheusOperator: { labels: { release: 1 } } }),
    mergeValues(EXAMPLE, { prometheusOperator: { interval: '5s' } }),
  ])
    t.notOk(SCHEMA.safeParse(wrong).success, stringify(wrong).slice(0, 80))
})

t.test('the chart has the version of the gateway', async t => {
  const { version, appVersion } = parse(textOf(`${CHART}/Chart.yaml`))
  t.strictSame([version, appVersion], [PACKAGE.version, PACKAGE.version])
})

t.test('renderTemplate() rejects what it does not know', async t => {
  const scope = { Values: { a: 1 } }
  t.equal(renderTemplate('a: {{ .Values.a }}', scope), 'a: 1')
  for (const template of [
    '{{ include "x" . }}',
    '{{ .Values.b }}',
    '{{ .Values.a | upper }}',
    '{{ if .Values.a }}',
    '{{ end }}',
    '{{ $a := 1 }}',
    '{{.Values.a}}',
  ])
    t.throws(() => renderTemplate(template, scope), template)
})

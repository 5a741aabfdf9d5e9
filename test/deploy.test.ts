/**
 * compose.yaml and the manifests say what is: their ports, paths, variables and commands are those
 * of the image, of the configuration and of the ops listener.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError, loadConfig } from '../src/config/load.ts'
import type { Config } from '../src/config/schema.ts'
import { loadOrMakeMasterKey } from '../src/credentials/master-key-file.ts'
import { parseUsers } from '../src/directory/csv.ts'
import { ByteBudget } from '../src/http/byte-budget.ts'
import { Health, type HealthKind } from '../src/telemetry/health.ts'
import { Metrics } from '../src/telemetry/metrics.ts'
import { opsListener } from '../src/telemetry/ops.ts'
import { makeCertificates } from './kit/certificates.ts'
import { temporaryFolder, textOf } from './kit/checkout.ts'
import {
  COMPOSE,
  CONFIG,
  IMAGE_ENV,
  IMAGE_PORTS,
  KUBERNETES,
  MAKE_SECRETS,
  type Manifest,
  SECRETS,
  withoutOpenssl,
} from './kit/deploy.ts'

const DEPLOYMENT: Manifest = KUBERNETES.get('deployment.yaml')?.[0]
const POD = DEPLOYMENT.spec.template.spec
const [CONTAINER] = POD.containers

/** Environment variables of a deployed gateway: those of the image, and those of the container. */
const POD_ENV: Readonly<Record<string, string>> = {
  ...IMAGE_ENV,
  ...Object.fromEntries(CONTAINER.env.map(({ name, value }: Manifest) => [name, value])),
}

/** A configuration as it is deployed, its secrets read from a folder of this machine. */
function load(t: Test, file: string, secrets: string, env: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder(t)
  writeFileSync(join(cwd, 'gateway.yaml'), textOf(file).replaceAll(SECRETS, secrets))
  return loadConfig({ file: 'gateway.yaml', env, cwd })
}

/** Makes the secrets of a deployment: passwords, a certificate, and its authority. */
function secretsFor(t: Test): string {
  const folder = temporaryFolder(t)
  makeCertificates(folder, [{ name: 'tls', alternative: 'DNS:localhost' }])
  for (const name of ['store', 'cache', 'upstream'])
    writeFileSync(join(folder, `${name}.password`), `password of ${name}\n`)
  return folder
}

/** The files that a text names in the folder of the secrets. */
const secretsIn = (text: string) =>
  [...text.matchAll(/\/run\/ews-gateway\/([\w.-]+)/g)].map(([, name = '']) => name)

function portsOf({ store, cache, organizations }: Config): number[] {
  return [
    ...(store.kind === 'postgres' ? [store.port] : []),
    ...(cache.kind === 'redis' ? cache.nodes.map(({ port }) => port) : []),
    ...organizations.map(({ upstream }) => Number(new URL(upstream.url).port || 443)),
  ]
}

function hostsOf({ store, cache, organizations }: Config): string[] {
  return [
    ...(store.kind === 'postgres' ? [store.host] : []),
    ...(cache.kind === 'redis' ? cache.nodes.map(({ host }) => host) : []),
    ...organizations.map(({ upstream }) => new URL(upstream.url).hostname),
  ]
}

const services = Object.entries(COMPOSE.services)
const gateways = services.filter(([name]) => name.startsWith('gateway-'))

const portOf = ({ port }: Manifest) => port

t.test('make-secrets.sh creates every secret, once', { skip: withoutOpenssl }, async t => {
  const secrets = temporaryFolder(t)
  const makeSecrets = () => execFileSync('sh', [MAKE_SECRETS, secrets], { stdio: 'pipe' })
  makeSecrets()
  const all = () =>
    readdirSync(secrets).map(name => [name, readFileSync(join(secrets, name), 'utf8')] as const)
  const made = new Map(all())
  for (const file of ['compose.yaml', 'deploy/compose/gateway.yaml'])
    for (const name of secretsIn(textOf(file))) t.ok(made.has(name), `${file}: ${name}`)
  for (const name of made.keys()) {
    const mode = statSync(join(secrets, name)).mode & 0o777
    t.equal(mode, name === 'tls.crt' ? 0o644 : 0o600, name)
  }
  const passwords = [...made].filter(([name]) => name.endsWith('.password'))
  for (const [name, text] of passwords) t.match(text, /^[0-9a-f]{64}\n$/, name)
  t.equal(new Set(passwords.map(([, text]) => text)).size, 3, 'no two are the same')
  makeSecrets()
  t.strictSame(all(), [...made], 'a second start changes nothing')
  const config = () => load(t, 'deploy/compose/gateway.yaml', secrets, IMAGE_ENV)
  t.doesNotThrow(config, 'the configuration of compose.yaml accepts them')
})

t.test('the configuration of compose.yaml is accepted, and names its services', async t => {
  const config = load(t, 'deploy/compose/gateway.yaml', secretsFor(t), IMAGE_ENV)
  t.match(config, { store: { kind: 'postgres' }, cache: { kind: 'redis' } })
  for (const host of hostsOf(config)) t.ok(host in COMPOSE.services, `${host} is a service`)
  const [organization] = config.organizations
  const { hostname, port } = new URL(organization?.upstream.url ?? '')
  t.equal(port, COMPOSE.services['sandbox']?.command?.at(-1), 'where the sandbox listens')
  t.match(textOf(MAKE_SECRETS), `DNS:${hostname}`, 'its certificate has its name')

  const { drafts, errors } = parseUsers(textOf('deploy/compose/users.csv'))
  t.strictSame(errors, [])
  const addresses = drafts.map(({ primarySmtpAddress }) => primarySmtpAddress)
  t.ok(addresses.includes(organization?.neutralMailbox ?? ''), 'the neutral mailbox is a user')
  const sandbox = textOf('deploy/compose/sandbox.mjs')
  for (const address of addresses) t.match(sandbox, `'${address.replace(/@.*/, '')}'`)
  const grace = Number(COMPOSE.services['gateway-1']?.stop_grace_period?.replace(/s$/, ''))
  t.ok(grace > config.timeouts.drainSeconds, 'compose waits for the drain')
})

t.test('the configuration of the cluster is accepted, and uses TLS to every server', async t => {
  const config = load(t, 'deploy/kubernetes/gateway.yaml', secretsFor(t), POD_ENV)
  t.match(config.store, { kind: 'postgres', tls: { ca: /BEGIN/ } })
  t.match(config.cache, { kind: 'redis', tls: { ca: /BEGIN/ } })
  const [policy] = KUBERNETES.get('network-policy.yaml') ?? []
  const out = policy.spec.egress.flatMap(({ ports }: Manifest) => ports).map(portOf)
  for (const port of portsOf(config)) t.ok(out.includes(port), `${port} is let out`)
  const [, wait] = CONTAINER.lifecycle.preStop.exec.command
  t.ok(POD.terminationGracePeriodSeconds > Number(wait) + config.timeouts.drainSeconds)
})

t.test('compose.yaml starts two gateways of this image, and hides the rest', async t => {
  t.equal(gateways.length, 2)
  const published: string[] = []
  for (const [name, service] of gateways) {
    const { ports = [], cap_drop, security_opt, read_only } = service
    const inside = ports.map(port => Number(port.replace(/.*:/, '')))
    t.strictSame(inside, Object.values(IMAGE_PORTS), `${name} publishes every listener`)
    t.ok(
      ports.every(port => /^127\.0\.0\.1:\d+:\d+$/.test(port)),
      'to this machine alone',
    )
    published.push(...ports.map(port => port.replace(/:\d+$/, '')))
    t.match(
      { cap_drop, security_opt, read_only },
      {
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        read_only: true,
      },
    )
    for (const key of ['entrypoint', 'command', 'healthcheck', 'environment'])
      t.notOk(key in service, `${name} takes the image's ${key}`)
    t.ok(service.volumes?.includes('gateways:/data'), 'both find one master key')
  }
  t.equal(new Set(published).size, published.length, 'no two publish the same port')
  t.match(textOf('Dockerfile'), /HEALTHCHECK.*\n.*\/readyz/, "their health is the image's")

  for (const [name, service] of services) {
    if (service.image === 'ews-gateway')
      t.match(service, { build: '.', pull_policy: 'build' }, `${name} is never pulled`)
    if (!gateways.some(([gateway]) => gateway === name)) {
      t.equal(service.ports, undefined, `${name} publishes nothing`)
      t.notOk(service.networks?.includes('default'), `${name} has no way out`)
    }
    for (const other of Object.keys(service.depends_on ?? {})) {
      t.ok(other in COMPOSE.services, `${name} waits for ${other}`)
      const { condition } = service.depends_on?.[other] ?? {}
      if (condition === 'service_healthy')
        t.ok(COMPOSE.services[other]?.healthcheck?.test, `${other} tells its health`)
    }
    for (const network of service.networks ?? [])
      t.ok(network === 'default' || network in COMPOSE.networks, `${name} is in ${network}`)
    for (const volume of service.volumes ?? []) checkVolume(t, volume)
    for (const [variable, value] of Object.entries(service.environment ?? {}))
      if (/PASSWORD/.test(variable)) t.match(value, SECRETS, `${name}: ${variable} is a file`)
    for (const word of [...(service.entrypoint ?? []), ...(service.command ?? [])])
      if (word.startsWith(CONFIG))
        t.ok(existsSync(word.replace(CONFIG, 'deploy/compose')), `${name}: ${word}`)
  }
  t.equal(COMPOSE.networks['backend']?.internal, true)
  t.ok(COMPOSE.services['sandbox']?.healthcheck?.disable, "the image's check is not for it")
  t.match(textOf('Dockerfile'), `${CONFIG}/gateway.yaml`)
})

function checkVolume(t: Test, volume: string) {
  const [source = '', target = ''] = volume.split(':')
  if (source.startsWith('.')) t.ok(existsSync(source), volume)
  else t.ok(source in COMPOSE.volumes, volume)
  if (source === 'secrets') t.equal(target, SECRETS)
  if (source.startsWith('.')) t.equal(target, CONFIG)
}

t.test('kustomization.yaml names every manifest except the example', async t => {
  const [kustomization] = KUBERNETES.get('kustomization.yaml') ?? []
  const [{ files }] = kustomization.configMapGenerator
  t.strictSame(
    [...kustomization.resources, ...files, 'kustomization.yaml', 'secret.example.yaml'].sort(),
    [...KUBERNETES.keys()].sort(),
  )
  const [named] = kustomization.configMapGenerator
  const [config, mounted] = POD.volumes
  t.equal(config.configMap.name, named.name)
  const examples = KUBERNETES.get('secret.example.yaml') ?? []
  t.strictSame(
    mounted.projected.sources.map(({ secret }: Manifest) => secret.name),
    examples.map(({ metadata }) => metadata.name),
  )
  const keys = examples.flatMap(({ stringData }) => Object.keys(stringData))
  const wanted = secretsIn(textOf('deploy/kubernetes/gateway.yaml') + JSON.stringify(CONTAINER.env))
  t.strictSame([...new Set(wanted)].sort(), keys.sort(), 'every file, and no other')
  t.equal(kustomization.images[0].name, CONTAINER.image)

  const folder = t.testdir(Object.assign({}, ...examples.map(({ stringData }) => stringData)))
  t.throws(() => load(t, 'deploy/kubernetes/gateway.yaml', folder, POD_ENV), ConfigError)
  const master = join(folder, 'master.key')
  await t.rejects(
    loadOrMakeMasterKey({ file: master }, false, () => undefined),
    /does not contain 32 bytes/,
  )
})

t.test('the Deployment runs the image as intended, with minimal permissions', async t => {
  t.match(POD, {
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  })
  t.match(textOf('Dockerfile'), /^USER 1000:1000$/m)
  t.match(CONTAINER.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  t.match(CONTAINER.resources, { requests: { cpu: /m$/ }, limits: { memory: /i$/ } })
  t.equal(CONTAINER.command ?? CONTAINER.args, undefined, "the image's own command")
  t.strictSame(
    CONTAINER.volumeMounts.map(({ mountPath }: Manifest) => mountPath),
    [CONFIG, SECRETS, '/data'],
  )
  t.strictSame(POD.volumes.at(-1), { name: 'data', emptyDir: {} })
  t.match(IMAGE_ENV, { EWS_GATEWAY_AUDIT__JOURNAL: '/data/audit' })
  t.strictSame(
    Object.fromEntries(
      CONTAINER.ports.map(({ name, containerPort }: Manifest) => [name, containerPort]),
    ),
    IMAGE_PORTS,
  )
  // The variables that Kubernetes makes of a Service would be taken for keys.
  t.equal(POD.enableServiceLinks, false)
  const linked = { ...POD_ENV, EWS_GATEWAY_SERVICE_HOST: '10.0.0.1' }
  t.throws(() => loadConfig({ env: linked, cwd: '.' }), /EWS_GATEWAY_SERVICE_HOST/)
})

t.test('its probes request existing pages', async t => {
  const health = new Health()
  const metrics = new Metrics({ version: '1', organizations: [] })
  const budget = new ByteBudget(8 * 1_024 * 1_024)
  const ops = await opsListener({ health, metrics, budget }).listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => ops.close(0))
  const kinds = { startupProbe: 'startup', readinessProbe: 'ready', livenessProbe: 'live' } as const
  for (const [probe, kind] of Object.entries(kinds)) {
    health.add('it', { kinds: [kind as HealthKind], check: () => undefined })
    const { path, port } = CONTAINER[probe].httpGet
    t.equal(port, 'ops')
    const answer = await fetch(`http://127.0.0.1:${ops.port}${path}`)
    t.match([answer.status, await answer.json()], [200, { checks: { it: {} } }], path)
    t.ok(CONTAINER[probe].timeoutSeconds > 1, 'a check may take a second')
  }
})

t.test('the other manifests agree with the Deployment', async t => {
  const { replicas, strategy, selector, template } = DEPLOYMENT.spec
  const { labels } = template.metadata
  t.strictSame(strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 })
  t.strictSame(selector.matchLabels, labels)
  const [budget] = KUBERNETES.get('pod-disruption-budget.yaml') ?? []
  t.ok(budget.spec.maxUnavailable < replicas, 'one is always left')
  t.strictSame(budget.spec.selector.matchLabels, labels)
  const [spread] = POD.topologySpreadConstraints
  t.strictSame(spread.labelSelector.matchLabels, labels)

  const [policy] = KUBERNETES.get('network-policy.yaml') ?? []
  t.strictSame(policy.spec.podSelector.matchLabels, labels)
  const rules: Manifest[] = policy.spec.ingress
  t.strictSame(rules.flatMap(({ ports }) => ports).map(portOf), Object.keys(IMAGE_PORTS))
  for (const { ports, from } of rules)
    t.equal(from === undefined, portOf(ports[0]) === 'data', 'only EWS is for everybody')

  const [account] = KUBERNETES.get('service-account.yaml') ?? []
  t.match(account, {
    metadata: { name: POD.serviceAccountName },
    automountServiceAccountToken: false,
  })
  for (const { metadata, spec } of KUBERNETES.get('service.yaml') ?? []) {
    t.strictSame(spec.selector, labels, metadata.name)
    for (const { targetPort } of spec.ports) t.ok(targetPort in IMAGE_PORTS, targetPort)
  }
})

/**
 * Compares manifests with the schemas of Kubernetes and of the Prometheus operator.
 *
 * The types of their models know the name of every field, and their validators the form of the values, such as patterns
 * and ranges. Labels, annotations, and data of a ConfigMap can have any names.
 */

import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import * as apps from 'kubernetes-models/apps/v1'
import * as networking from 'kubernetes-models/networking.k8s.io/v1'
import * as policy from 'kubernetes-models/policy/v1'
import * as core from 'kubernetes-models/v1'
import type { Test } from 'tap'
import { ROOT, run, temporaryFolder } from './checkout.ts'
import type { Manifest } from './deploy.ts'

type Model = new (content: Manifest) => { validate(): void }
type Models = Readonly<{ from: string; models: Readonly<Record<string, unknown>> }>

const OPERATOR = '@kubernetes-models/prometheus-operator'

/** Models by API version. */
const MODELS: Readonly<Record<string, Models>> = {
  v1: { from: 'kubernetes-models/v1', models: core },
  'apps/v1': { from: 'kubernetes-models/apps/v1', models: apps },
  'networking.k8s.io/v1': { from: 'kubernetes-models/networking.k8s.io/v1', models: networking },
  'policy/v1': { from: 'kubernetes-models/policy/v1', models: policy },
  'monitoring.coreos.com/v1': { from: `${OPERATOR}/monitoring.coreos.com/v1`, models: monitoring },
}

const COMPILER = [
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--module',
  'nodenext',
  '--pretty',
  'false',
]

/** Returns what is wrong with manifests, each line with the name of one. @throws Error for an unknown kind */
export async function mistakesInManifests(
  t: Test,
  manifests: ReadonlyMap<string, Manifest>,
): Promise<readonly string[]> {
  const folder = temporaryFolder(t)
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const values: string[] = []
  for (const [name, manifest] of manifests) {
    writeFileSync(join(folder, `${name}.ts`), typedText(manifest))
    const problem = problemOf(manifest)
    if (problem !== undefined) values.push(`${name}: ${problem}`)
  }
  const files = [...manifests.keys()].map(name => `${name}.ts`)
  const { out } = await run(join(ROOT, 'node_modules/.bin/tsc'), [...COMPILER, ...files], {
    cwd: folder,
  })
  return [...values, ...out.split('\n').filter(line => /^\S/.test(line))]
}

/** Returns a program that compiles only if the fields of a manifest are those of its kind. */
function typedText(manifest: Manifest): string {
  const type = `I${manifest.kind}`
  return `import type { ${type} } from '${modelsOf(manifest).from}'
export const manifest: ${type} = ${JSON.stringify(manifest, null, 1)}
`
}

function problemOf(manifest: Manifest): string | undefined {
  const model = modelsOf(manifest).models[manifest.kind] as Model | undefined
  if (model === undefined) throw new Error(`There is no model of ${manifest.kind}`)
  try {
    new model(manifest).validate()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`
  }
}

function modelsOf({ apiVersion }: Manifest): Models {
  const found = MODELS[apiVersion]
  if (found === undefined) throw new Error(`There are no models of ${apiVersion}`)
  return found
}

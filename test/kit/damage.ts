/**
 * Changes of stored JSON that this version must not understand, as a later version or a mistake could write it.
 *
 * @module
 */

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type Path = readonly (string | number)[]

/** A change, and the changed text. */
export type Damage = Readonly<{ what: string; text: string }>

type Damages = Readonly<{
  /** Texts from closed lists. Each of them becomes an unknown one. */
  enums: readonly string[]
  /** Names of members that can be left out. */
  optional?: readonly string[]
}>

/** Returns every change of one kind at every place of a JSON text. */
export function damagesOf(text: string, { enums, optional = [] }: Damages): readonly Damage[] {
  const whole: Json = JSON.parse(text)
  const damages: Damage[] = []
  const add = (what: string, path: Path, change: (value: Json) => Json) =>
    damages.push({
      what: `${what} at /${path.join('/')}`,
      text: JSON.stringify(changed(whole, path, change)),
    })

  for (const { path, value } of placesIn(whole)) {
    add('a wrong type', path, wrongTypeOf)
    if (typeof value === 'string' && enums.includes(value))
      add('an unknown text', path, () => `${value}_LATER`)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    add('an unknown member', path, () => ({ ...value, later: true }))
    for (const name of Object.keys(value)) {
      const { [name]: member = null, ...others } = value as Readonly<Record<string, Json>>
      add(`${name} by another name`, path, () => ({ ...others, [`${name}Later`]: member }))
      if (!optional.includes(name)) add(`no ${name}`, path, () => others)
    }
  }
  const [first] = /"[^"]+"(?=:)/.exec(text) ?? []
  if (first !== undefined)
    damages.push({ what: `${first} twice`, text: text.replace('{', `{${first}:null,`) })
  damages.push({ what: 'no JSON', text: text.slice(1) })
  return damages
}

function* placesIn(value: Json, path: Path = []): Generator<Readonly<{ path: Path; value: Json }>> {
  yield { path, value }
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) yield* placesIn(inner, [...path, name])
}

function changed(value: Json, path: Path, change: (value: Json) => Json): Json {
  const [name, ...rest] = path
  if (name === undefined) return change(value)
  if (Array.isArray(value))
    return value.map((one, n) => (n === Number(name) ? changed(one, rest, change) : one))
  const object = value as Readonly<Record<string, Json>>
  return { ...object, [name]: changed(object[name] ?? null, rest, change) }
}

function wrongTypeOf(value: Json): Json {
  if (Array.isArray(value)) return {}
  if (typeof value === 'object') return []
  if (typeof value === 'string') return 7
  return String(value)
}

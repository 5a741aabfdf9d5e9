/**
 * Reads Prometheus' text form, strictly.
 */

export type Sample = Readonly<{ name: string; labels: Record<string, string>; value: number }>

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$/i
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

/**
 * Every sample.
 *
 * @throws SyntaxError where a line is no sample, or its metric has no TYPE before it
 */
export function readExposition(text: string): Sample[] {
  const types = new Set<string>()
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
    if (type?.[1]) types.add(type[1])
    if (line === '' || line.startsWith('#')) continue
    const sample = readSample(line)
    if (!types.has(sample.name) && !types.has(sample.name.replace(/_(bucket|sum|count)$/, ''))) {
      throw new SyntaxError(`No TYPE before: ${line}`)
    }
    samples.push(sample)
  }
  return samples
}

function readSample(line: string): Sample {
  const [, name, labels = '', value] = LINE.exec(line) ?? []
  if (name === undefined) throw new SyntaxError(`Not a sample: ${line}`)
  return { name, labels: readLabels(labels), value: Number(value?.replace('Inf', 'Infinity')) }
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  let at = 0
  while (at < text.length) {
    const [all, name, value] = LABEL.exec(text) ?? []
    if (all === undefined || name === undefined) throw new SyntaxError(`Not labels: ${text}`)
    labels[name] = value ?? ''
    at += all.length
  }
  return labels
}

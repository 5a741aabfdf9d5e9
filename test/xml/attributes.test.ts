import t from 'tap'
import { Attributes } from '../../src/xml/attributes.ts'
import { NO_NAME } from '../../src/xml/names.ts'
import { Namespaces } from '../../src/xml/namespaces.ts'
import { NOTHING } from '../../src/xml/text.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'

/** Adds attributes with different names to a tag. Returns how often their names are read to compare them. */
function compared(count: number): number {
  let reads = 0
  const attributes = new Attributes(count, new Vocabulary())
  for (let i = 0; i < count; i++) {
    const name = {
      ...NO_NAME,
      get written() {
        reads += 1
        return `a${i}`
      },
    }
    attributes.add(name, 0, 0)
  }
  t.equal(attributes.count, count)
  attributes.settle(NOTHING, new Namespaces())
  t.equal(attributes.count, count)
  return reads
}

// Up to four names are each compared with those before them. More names are each looked up in a set.
for (const [count, reads] of [
  [0, 0],
  [1, 0],
  [2, 1 + 1],
  [3, 2 + 3],
  [4, 3 + 6],
  [5, 5],
  [256, 256],
] as const)
  t.equal(compared(count), reads, `Attributes reads ${reads} names to compare those of ${count}`)

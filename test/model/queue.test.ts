import fc from 'fast-check'
import t from 'tap'
import { type Place, Queue } from '../../src/model/queue.ts'

const steps = fc.array(fc.oneof(fc.constant(undefined), fc.nat(20)))
const asArray = fc.property(steps, steps => {
  const queue = new Queue<number>()
  const places: Place<number>[] = []
  let added = 0
  const isSame = () => queue.first === places[0]?.value
  for (const step of steps) {
    const index = step === undefined ? -1 : step % (places.length || 1)
    const place = places[index]
    if (place === undefined) places.push(queue.add(added++))
    else {
      queue.remove(place)
      places.splice(index, 1)
    }
    if (!isSame()) return false
  }
  while (places.length > 0) {
    if (!isSame()) return false
    const place = places.shift()
    if (place) queue.remove(place)
  }
  return queue.first === undefined
})
t.doesNotThrow(() => fc.assert(asArray, { numRuns: 1_000 }), 'Queue is an array, by its first')

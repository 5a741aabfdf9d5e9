/**
 * Bytes that count their reads: a measure of work that is the same on every machine.
 *
 * @module
 */

/** Bytes, and the offset of each read, in order. Views and copies of the bytes count nothing. */
export type Counted = Readonly<{ bytes: Uint8Array; reads: readonly number[] }>

export function counted(bytes: Uint8Array): Counted {
  const reads: number[] = []
  const get = (target: Uint8Array, name: string | symbol) => {
    if (typeof name === 'string' && !(name in Uint8Array.prototype)) reads.push(Number(name))
    const value: unknown = Reflect.get(target, name)
    return typeof value === 'function' ? value.bind(target) : value
  }
  return { bytes: new Proxy(bytes, { get }), reads }
}

/** Returns the number of reads that an action makes. */
export function readsOf(bytes: Uint8Array, act: (bytes: Uint8Array) => unknown): number {
  const { bytes: same, reads } = counted(bytes)
  act(same)
  return reads.length
}

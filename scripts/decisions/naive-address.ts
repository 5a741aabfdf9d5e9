/**
 * The naive model's IP addresses: strings of bits.
 *
 * @module
 */

/** Whether an address is in a range. */
export function lies(address: string, range: string): boolean {
  const [base = '', prefix] = range.split('/')
  const [one, other] = [bitsOf(address), bitsOf(base)]
  if (one.length !== other.length) return false
  if (prefix === undefined) return one === other
  return one.slice(0, Number(prefix)) === other.slice(0, Number(prefix))
}

function bitsOf(address: string): string {
  const mapped = address.replace('::ffff:', '')
  if (mapped.includes('.'))
    return mapped
      .split('.')
      .map(octet => Number(octet).toString(2).padStart(8, '0'))
      .join('')
  const [head = '', tail = ''] = address.split('::')
  const words = (text: string) => text.split(':').filter(word => word !== '')
  const zeros = Array(8 - words(head).length - words(tail).length).fill('0')
  return [...words(head), ...(address.includes('::') ? zeros : []), ...words(tail)]
    .map(word => Number.parseInt(word, 16).toString(2).padStart(16, '0'))
    .join('')
}

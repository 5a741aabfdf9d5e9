/**
 * RC4, which NTLM requires for the exchange of a key, and which OpenSSL 3 no longer offers. Don't use it for anything
 * else.
 *
 * @module
 */

/** Encrypts or decrypts bytes. */
export function rc4(key: Uint8Array, bytes: Uint8Array): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index)
  const at = (index: number) => state[index & 0xff] ?? 0
  const swap = (one: number, other: number) => {
    ;[state[one & 0xff], state[other & 0xff]] = [at(other), at(one)]
  }
  let j = 0
  for (let i = 0; i < 256; i += 1) {
    j = (j + at(i) + (key[i % key.length] ?? 0)) & 0xff
    swap(i, j)
  }
  j = 0
  const output = Uint8Array.from(bytes, (byte, index) => {
    const i = index + 1
    j = (j + at(i)) & 0xff
    swap(i, j)
    return byte ^ at(at(i) + at(j))
  })
  return Buffer.from(output)
}

import type { Accepted } from '../accepted.ts'

export const ACCEPTED_IN_MODEL: readonly Accepted[] = [
  [
    'src/model/address.ts',
    "if (ipv4 === 32 && !text.includes(':')) return text",
    [
      "ipv4 === 32 && !text.includes(':') → false",
      '32 → (32 + 1)',
      '32 → (32 - 1)',
      "':' → ''",
      'return text → ;',
    ],
    'A shortcut: an IPv4 address is written the same way after it was read.',
  ],
]

/** Which words of a page a line break may not cut. */

import t from 'tap'
import { PROSE } from './browser.ts'

const CASES: readonly { text: string; words: readonly string[] }[] = [
  { text: 'A rule denies it (once).', words: ['rule', 'denies', 'it'] },
  { text: 'Übergrößenträger!', words: ['Übergrößenträger'] },
  { text: 'AKIAP552NIH732TTIMHA', words: [] },
  { text: 'AKIAQWERTYUIOPASDFGH', words: [] },
  { text: 'carol@example.com Europe/Berlin', words: [] },
]

for (const { text, words } of CASES)
  t.strictSame(text.match(PROSE) ?? [], words, `words of prose in ${text}`)

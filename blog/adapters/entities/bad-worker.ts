/** A worker for tests: it does what its text says, also what no text makes the real one do. */
import type { Entity } from '../../ports.ts'

export function read(text: string): readonly Entity[] {
  if (text === 'hang') for (;;) void text
  if (text === 'die') process.exit(1)
  if (text === 'throw') throw new Error('This text cannot be read')
  return [{ type: 'PERSON', text, beginOffset: 0, endOffset: text.length, score: 1 }]
}

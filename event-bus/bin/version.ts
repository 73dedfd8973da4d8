/** The version of this software, as its package.json says: two folders above what was compiled. */
import { readFile } from 'node:fs/promises'

export async function version(): Promise<string> {
  for (const path of ['../package.json', '../../package.json'])
    try {
      const text = await readFile(new URL(path, import.meta.url), 'utf8')
      return (JSON.parse(text) as { version: string }).version
    } catch {
      // It stands in the other place.
    }
  return 'unknown'
}

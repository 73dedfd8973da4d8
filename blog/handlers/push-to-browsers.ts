import type { BlogPostUpdated } from '../events.ts'
import type { Connections } from '../ports.ts'

/** The event's id is the cursor with which a browser comes back for what it missed. */
export async function pushToBrowsers(
  { id, detail }: BlogPostUpdated,
  { connections }: { connections: Connections },
): Promise<void> {
  await connections.push(id, detail)
}

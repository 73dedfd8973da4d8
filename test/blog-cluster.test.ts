/** The whole suite on a cluster behind one address. What only several nodes promise is in cluster-nodes.test.ts. */
import { after, describe } from 'node:test'
import { blogContract } from './blog.contract.ts'
import { signInContract } from './blog-sign-in.contract.ts'
import { closeDatabase, isMissing, startCluster } from './cluster.ts'
import type { Start } from './running.ts'

describe('with PostgreSQL', { skip: isMissing }, () => {
  after(closeDatabase)
  const known = new Set<string>()

  // Two that share the work, and one that goes on with what both have left: a start takes a second of a core.
  const start: Start = async (options) => {
    const nodes = known.has(options.dataDir) ? 1 : 2
    known.add(options.dataDir)
    return startCluster({ ...options, nodes })
  }
  // Nodes, database, browser and test share two cores here.
  blogContract('on a cluster', start)
  signInContract(start)
})

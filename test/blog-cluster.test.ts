/** The whole suite on a cluster behind one address, and what only several nodes promise. */
import { after } from 'node:test'
import { blogContract } from './blog.contract.ts'
import { closeDatabase, startCluster } from './cluster.ts'

after(closeDatabase)

blogContract('on a cluster', startCluster)

import { storeContract } from '../../ports.contract.ts'
import { memoryStore } from './store.ts'

storeContract(
  'memoryStore',
  async () => {
    const store = memoryStore()
    return { store, write() {}, notes: () => [], reopened: async () => store }
  },
  {
    undoesWorks: 'An application has no tables in it.',
    survivesReopening: 'It is memory: it forgets with its process.',
  },
)

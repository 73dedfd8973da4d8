/** It waits for a whole minute, beside all other files; what differs between runtimes is tried nearer to it. */
import { draftsContract } from './blog-drafts.contract.ts'
import { embedded } from './embedded.ts'

draftsContract(embedded)

/** `npm start`: alone, with a file of its own; or, told of a PostgreSQL, as a node of its cluster. */
import process from 'node:process'

await import(process.env.DATABASE_URL?.trim() ? './cluster.ts' : './embedded.ts')

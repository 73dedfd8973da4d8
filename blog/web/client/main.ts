/**
 * The one script of all pages, a module for each thing that it does. A module exports a function that looks
 * for its own data attribute, does nothing on a page without it, and is called here; so a new one is a file
 * and a line. Of the blog it may import what is named for it in `.dependency-cruiser.mjs`: nouns without a
 * package behind them. A page has the script when it says `live: true`.
 */
import { live } from './live.ts'
import { progress } from './progress.ts'

for (const start of [live, progress]) start()

/** What runs in the worker thread. Loaded there only: it takes half a second and 90 MB. */
import type { Entity } from '../../ports.ts'
import { loadGazetteer } from './gazetteer.ts'
import { recognize } from './recognize.ts'

const gazetteer = loadGazetteer()

export const read = (text: string): readonly Entity[] => recognize(text, gazetteer)

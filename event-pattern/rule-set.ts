/**
 * Many patterns, asked at once. An event is read once for all, and only the rules are asked that hang
 * on one of its values. To count instead, for each rule, how many of its fields match was 25 to 45
 * times slower.
 */
import { type PlacedBranch, passesFirst, passesRest, placedBranch } from './branch-match.ts'
import { type Field, inPathOrder, readBranches } from './branches.ts'
import { findHanging } from './find-hanging.ts'
import { type Found, found } from './found.ts'
import { type Limits, usualLimits } from './limits.ts'
import { places } from './places.ts'
import { readEvent } from './read-event.ts'
import {
  chooseHold,
  forgetEmpty,
  type Hold,
  hang,
  hanging,
  isCertain,
  unhang,
} from './rule-hanging.ts'
import {
  leaveField,
  type SharedField,
  sharedField,
  sharedFields,
  takeField,
} from './shared-fields.ts'

interface Rule<Id> {
  readonly id: Id
  /** Results come in this order. */
  readonly order: number
  /** The event that it matched last. */
  event: number
  /** The last of its branches. */
  branch: Branch<Id> | undefined
}

/**
 * A rule by one of its branches. It is also all that is remembered for taking the rule out again: with a
 * function for each step of that a rule took 3 to 7 kB instead of 1.5, and matching waited for memory.
 */
interface Branch<Id> extends PlacedBranch, Hold {
  readonly fields: readonly SharedField[]
  readonly rule: Rule<Id>
  /** The event for which it was asked last: it may hang on several of its values. */
  event: number
  readonly before: Branch<Id> | undefined
}

/** Rules by their ids, which may be of any kind that a Map tells apart. */
export class RuleSet<Id = string> {
  readonly #limits: Limits
  readonly #rules = new Map<Id, Rule<Id>>()
  readonly #places = places()
  readonly #fields = sharedFields(this.#places)
  readonly #hanging = hanging<Branch<Id>>()
  readonly #found = found<Branch<Id>>()
  readonly #matched = found<Rule<Id>>()
  #added = 0

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
  }

  get size(): number {
    return this.#rules.size
  }

  /**
   * Adds a rule, or gives a rule that is there another pattern; it keeps its place among the others.
   * Throws InvalidEventPattern (`InvalidEventPatternException`), and then nothing has changed.
   */
  add(id: Id, pattern: string | object): void {
    const branches = readBranches(pattern, this.#limits)
    const order = this.#rules.get(id)?.order ?? this.#added++
    this.#unhang(id)
    const known = new Map<Field, SharedField>()
    const rule: Rule<Id> = { id, order, event: 0, branch: undefined }
    for (const each of branches) {
      const fields = inPathOrder(each).map((field) => {
        const shared = known.get(field) ?? sharedField(this.#fields, field)
        known.set(field, shared)
        takeField(shared)
        return shared
      })
      const { first, second } = chooseHold(this.#hanging, fields)
      const { question, questions } = placedBranch(fields, (field) =>
        isCertain({ first, second }, field),
      )
      const branch = {
        rule,
        event: 0,
        question,
        questions,
        fields,
        first,
        second,
        before: rule.branch,
      }
      rule.branch = branch
      hang(this.#hanging, branch)
    }
    this.#rules.set(id, rule)
  }

  /** Answers whether there was such a rule. */
  delete(id: Id): boolean {
    this.#unhang(id)
    return this.#rules.delete(id)
  }

  /** The keys of events at or below which rules ask for something. */
  keys(): readonly string[] {
    return [...this.#places.root.children.keys()]
  }

  /**
   * The ids of the rules that the event matches, in the order in which they were added. The event
   * comes as for `compile`: as text, bytes or an object. Throws InvalidEvent (`ValidationException`).
   */
  match(event: string | Uint8Array | object): Id[] {
    readEvent(event, this.#places)
    const now = this.#places.event
    const found = this.#found
    found.count = 0
    findHanging(this.#hanging, this.#places, found)
    const matched = this.#matched
    matched.count = 0
    let isInOrder = true
    let last = -1
    for (let at = 0; at < found.count; at++) {
      const branch = found.items[at] as Branch<Id>
      if (!passesFirst(branch, this.#places) || branch.event === now) continue
      branch.event = now
      const { rule } = branch
      if (rule.event === now || !passesRest(branch, this.#places)) continue
      rule.event = now
      matched.items[matched.count++] = rule
      if (rule.order < last) isInOrder = false
      last = rule.order
    }
    const ids = new Array<Id>(matched.count)
    const rules = isInOrder ? matched.items : inOrder(matched)
    for (let at = 0; at < matched.count; at++) ids[at] = (rules[at] as Rule<Id>).id
    return ids
  }

  #unhang(id: Id): void {
    const last = this.#rules.get(id)?.branch
    for (let branch = last; branch !== undefined; branch = branch.before)
      unhang(this.#hanging, branch)
    for (let branch = last; branch !== undefined; branch = branch.before)
      for (const field of branch.fields) {
        leaveField(this.#fields, field)
        forgetEmpty(this.#hanging, field.place)
      }
  }
}

function inOrder<Id>({ items, count }: Found<Rule<Id>>): Rule<Id>[] {
  if (count > fewRules) return items.slice(0, count).sort((a, b) => a.order - b.order)
  for (let at = 1; at < count; at++) {
    const rule = items[at] as Rule<Id>
    let to = at
    for (; to > 0 && (items[to - 1] as Rule<Id>).order > rule.order; to--)
      items[to] = items[to - 1] as Rule<Id>
    items[to] = rule
  }
  return items
}

/** Up to here they are inserted one by one, three times as fast as `sort` does it. */
const fewRules = 40

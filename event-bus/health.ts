/** What a store tells of itself, where it does: for metrics and whoever looks after it. */

/** How a store is, for who runs it. What it cannot tell, or may not ask, is absent. */
export interface Health {
  /** What it consists of. Dead rows are deleted ones that take room until they are cleaned away. */
  readonly parts: readonly {
    readonly name: string
    /** On the disk, with what is free in it. */
    readonly bytes: number
    readonly rows?: number
    readonly deadRows?: number
  }[]
  /** The oldest event that a delivery waits for; null when none waits. */
  readonly oldestEvent: number | null
  /** Since when a delivery of a target is due that waits, of each that has one. */
  readonly overdue: readonly (readonly [target: string, due: number])[]
  /** The oldest transaction because of which dead rows are not cleaned away; null when there is none. */
  readonly oldestTransaction?: { readonly name: string; readonly ms: number } | null
  /** The processes that write to it, when they may be several. */
  readonly cluster?: {
    /** Its own time, in ms since 1970. */
    readonly now: number
    /** One that is silent for so long is taken for dead. */
    readonly deadMs: number
    readonly nodes: readonly {
      readonly number: number
      readonly epoch: number
      readonly address: string
      /** For how long this process has not heard it. */
      readonly silentMs: number
      readonly isThis: boolean
    }[]
  }
}

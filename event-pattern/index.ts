export { describe } from './describe.ts'
export { type EventPatternErrorCode, InvalidEvent, InvalidEventPattern } from './errors.ts'
export { compile, type EventPattern, type Match, type Matcher } from './event-pattern.ts'

/** What a mail carries besides its text, whoever brings it. */
import type { Mail } from './ports.ts'

/** RFC 2369 and RFC 8058: a mail program shows a button that ends the subscription by one POST. */
export const listHeaders = ({ unsubscribe }: Mail): Readonly<Record<string, string>> =>
  unsubscribe === undefined
    ? {}
    : {
        'List-Unsubscribe': `<${unsubscribe}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }

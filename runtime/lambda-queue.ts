/**
 * What a function that is called for the messages of a queue asks of SQS besides. An adapter in
 * `blog/adapters/aws` implements it; tests have it in memory.
 */
export interface FunctionQueue {
  /**
   * ChangeMessageVisibility: the message of this function's own queue is given again so many whole
   * seconds from now, 0 to 43,200.
   */
  retryIn(receiptHandle: string, seconds: number): Promise<void>
  /**
   * SendMessage to this function's dead-letter queue, with String attributes, of which SQS takes ten
   * and none that is empty. Resolves when the queue has it.
   */
  bury(body: string, attributes: Readonly<Record<string, string>>): Promise<void>
  /**
   * SendMessageBatch: puts messages on the queue of the target of that id, or on this function's own
   * for null, in as many calls as SQS's limits ask for (ten messages; so many bytes in all). Resolves
   * when all are taken; rejects when one is not, others may be there then.
   */
  send(target: string | null, bodies: readonly string[]): Promise<void>
}

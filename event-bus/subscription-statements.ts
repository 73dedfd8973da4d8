/** What is asked of subscriptions in SQLite and PostgreSQL in the same words. `?` is the next value. */
export const subscriptionStatements = {
  insert: `
    insert into subscription (id, topic, protocol, endpoint, filter_policy, status, requested_at,
      confirm_token, unsubscribe_token)
    values (?, ?, ?, ?, ?, 'pending', ?, ?, ?)`,
  renew: 'update subscription set requested_at = ?, confirm_token = ? where id = ?',
  byConfirmToken: 'select * from subscription where confirm_token = ?',
  byUnsubscribeToken: 'select * from subscription where unsubscribe_token = ?',
  byId: 'select * from subscription where id = ?',
  confirm: `update subscription set status = 'confirmed' where id = ?`,
  remove: 'delete from subscription where id = ?',
} as const

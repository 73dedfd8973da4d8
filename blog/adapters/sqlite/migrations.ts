/** The tables of the blog. Ids of posts sort by time, so the newest first is the index read backwards. */
export const migrations = [
  `
  create table post (
    id text primary key, created_at text not null, author text not null, title text not null,
    body text not null, topic text not null, entities text,
    revision integer not null, version integer not null
  ) strict;
  create index post_topic on post (topic, id);

  create table topic (topic text primary key, newest text not null) strict, without rowid;
  create index topic_newest on topic (newest);

  create table idempotency (
    key text primary key, fingerprint text not null, answer text not null, expires_at text not null
  ) strict;
  create index idempotency_expiry on idempotency (expires_at);

  create table mail (
    number integer primary key, message_id text not null unique, at text not null,
    sender text not null, recipient text not null, subject text not null, text text not null,
    headers text not null
  ) strict;
  `,
]

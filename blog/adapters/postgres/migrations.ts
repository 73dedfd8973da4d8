/**
 * The tables of the blog in PostgreSQL. There is none of topics as in SQLite: its row would be everybody's
 * who writes to that topic, and they would wait for each other.
 */
export const migrations = [
  `
  create table post (
    id text collate "C" primary key, created_at text collate "C" not null, author text not null,
    title text not null, body text not null, topic text collate "C" not null, entities text,
    revision integer not null, version integer not null
  );
  create index post_topic on post (topic, id);

  create table idempotency (
    key text collate "C" primary key, fingerprint text not null, answer text not null,
    expires_at text collate "C" not null
  );
  create index idempotency_expiry on idempotency (expires_at);

  create table mail (
    number bigint generated always as identity primary key,
    message_id text collate "C" not null unique, at text not null,
    sender text not null, recipient text not null, subject text not null, text text not null,
    headers text not null
  );
  `,
]

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
  `
  create table credential (
    hash text collate "C" primary key, kind text collate "C" not null, author text collate "C" not null, name text not null,
    hint text not null, created_at text collate "C" not null, expires_at text collate "C"
  );
  create index credential_author on credential (author, kind, created_at);
  create index credential_expiry on credential (expires_at);
  `,
  `
  create table draft (
    id text collate "C" primary key, place text collate "C", due text collate "C",
    published text collate "C", draft text not null
  );
  create index draft_place on draft (place) where place is not null;
  create index draft_due on draft (due) where due is not null;
  create index draft_published on draft (published) where published is not null;
  `,
  `
  create table post_words (id text collate "C" primary key, words tsvector not null);
  create index post_words_words on post_words using gin (words);
  create table mention (
    name text collate "C" not null, id text collate "C" not null, primary key (name, id)
  );
  create table removed_post (id text collate "C" primary key);
  `,
  'alter table mail add column html text',
  `
  create table announcement (
    post_id text collate "C" primary key, at text collate "C" not null, email integer not null,
    https integer not null
  );
  create index announcement_at on announcement (at);
  create table progress (
    post_id text collate "C", step text collate "C", subscription_id text collate "C", outcome text not null,
    attempts integer not null, reason text, at text collate "C" not null,
    primary key (post_id, step, subscription_id)
  );
  create index progress_at on progress (at);
  create index progress_failed on progress (post_id, at) where outcome in ('failed', 'dead');
  `,
]

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
  `
  create table credential (
    hash text primary key, kind text not null, author text not null, name text not null,
    hint text not null, created_at text not null, expires_at text
  ) strict;
  create index credential_author on credential (author, kind, created_at);
  create index credential_expiry on credential (expires_at);
  `,
  `
  create table draft (
    id text primary key, place text, due text, published text, draft text not null
  ) strict;
  create index draft_place on draft (place) where place is not null;
  create index draft_due on draft (due) where due is not null;
  create index draft_published on draft (published) where published is not null;
  `,
  `
  create table post_number (number integer primary key, id text not null unique) strict;
  create virtual table post_words using fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
  );
  create table mention (name text not null, id text not null, primary key (name, id)) strict, without rowid;
  create table removed_post (id text primary key) strict, without rowid;
  `,
  'alter table mail add column html text',
  `
  create table announcement (
    post_id text primary key, at text not null, email integer not null,
    https integer not null
  ) strict, without rowid;
  create index announcement_at on announcement (at);
  create table progress (
    post_id text, step text, subscription_id text, outcome text not null,
    attempts integer not null, reason text, at text not null,
    primary key (post_id, step, subscription_id)
  ) strict, without rowid;
  create index progress_at on progress (at);
  create index progress_failed on progress (post_id, at) where outcome in ('failed', 'dead');
  `,
]

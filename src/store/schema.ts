/** The tables on disk, and how those of an earlier format become today's. */
import type { DatabaseSync } from 'node:sqlite'
import { APPLICATION_ID, FORMAT_VERSION } from './data-folder.ts'

/** Rows of a spool name their partition by a number: its name is long, and every index holds it. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rows (
    sequence INTEGER PRIMARY KEY, tbl TEXT NOT NULL, part TEXT NOT NULL, key TEXT NOT NULL,
    row TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS partitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, spool TEXT NOT NULL, name TEXT NOT NULL,
    UNIQUE (spool, name));
  CREATE TABLE IF NOT EXISTS spooled (
    id INTEGER PRIMARY KEY AUTOINCREMENT, part INTEGER NOT NULL, ord INTEGER NOT NULL,
    row TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS spooled_order ON spooled (part, ord, id);
`

/** Format 1 had the names of spool and partition in each row. */
const FROM_FORMAT_1 = `
  DROP INDEX spooled_order;
  ALTER TABLE spooled RENAME TO spooled_1;
  ${SCHEMA}
  INSERT INTO partitions (spool, name) SELECT DISTINCT spool, part FROM spooled_1;
  INSERT INTO spooled (id, part, ord, row)
    SELECT old.id, partitions.id, old.ord, old.row FROM spooled_1 AS old
    JOIN partitions ON partitions.spool = old.spool AND partitions.name = old.part;
  DROP TABLE spooled_1;
`

/** Makes the tables that are missing; whole or not at all. */
export function makeSchema(database: DatabaseSync): void {
  const found = database.prepare('PRAGMA user_version').get()
  database.exec(`BEGIN EXCLUSIVE;
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION};
    ${found?.user_version === 1 ? FROM_FORMAT_1 : SCHEMA} COMMIT;`)
}

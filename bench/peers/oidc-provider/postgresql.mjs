// The adapter contract of oidc-provider on PostgreSQL: one table, prepared statements, eight connections a process.
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.PEER_DATABASE, max: 8 });
const run = (name, text, values) => pool.query({ name, text, values });

export const prepare = () => pool.query(`
  CREATE TABLE IF NOT EXISTS oidc (
    kind text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text, uid text, user_code text,
    expires_at timestamptz, consumed_at timestamptz, PRIMARY KEY (kind, id));
  CREATE INDEX IF NOT EXISTS oidc_grant ON oidc (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS oidc_uid ON oidc (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS oidc_user_code ON oidc (user_code) WHERE user_code IS NOT NULL;
`);

const found = ({ rows: [row] }) =>
  row ? { ...row.payload, ...(row.consumed_at && { consumed: Math.floor(row.consumed_at / 1000) }) } : undefined;
const COLUMNS = "payload, consumed_at FROM oidc WHERE (expires_at IS NULL OR expires_at > now())";

export default class PostgresqlAdapter {
  constructor(name) {
    this.name = name;
  }

  async upsert(id, payload, expiresIn) {
    await run(
      "upsert",
      `INSERT INTO oidc (kind, id, payload, grant_id, uid, user_code, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
       ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
         user_code = excluded.user_code, expires_at = excluded.expires_at`,
      [this.name, id, payload, payload.grantId, payload.uid, payload.userCode, expiresIn ?? null],
    );
  }

  async find(id) {
    return found(await run("find", `SELECT ${COLUMNS} AND kind = $1 AND id = $2`, [this.name, id]));
  }

  async findByUid(uid) {
    return found(await run("uid", `SELECT ${COLUMNS} AND kind = $1 AND uid = $2`, [this.name, uid]));
  }

  async findByUserCode(code) {
    return found(await run("code", `SELECT ${COLUMNS} AND kind = $1 AND user_code = $2`, [this.name, code]));
  }

  async consume(id) {
    await run("consume", "UPDATE oidc SET consumed_at = now() WHERE kind = $1 AND id = $2", [this.name, id]);
  }

  async destroy(id) {
    await run("destroy", "DELETE FROM oidc WHERE kind = $1 AND id = $2", [this.name, id]);
  }

  async revokeByGrantId(grantId) {
    await run("grant", "DELETE FROM oidc WHERE grant_id = $1", [grantId]);
  }
}
export const close = () => pool.end();

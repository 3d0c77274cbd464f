// The adapter contract of oidc-provider on Redis, as the package's documentation describes it.
import Redis from "ioredis";

const client = new Redis(process.env.PEER_REDIS, { enableAutoPipelining: true });
const CONSUMABLE = new Set(["AuthorizationCode", "RefreshToken", "DeviceCode", "BackchannelAuthenticationRequest"]);
const GRANTABLE = new Set(["AccessToken", ...CONSUMABLE]);

export default class RedisAdapter {
  constructor(name) {
    this.name = name;
  }

  key(id) {
    return `${this.name}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.key(id);
    const multi = client.multi();
    if (CONSUMABLE.has(this.name)) multi.hset(key, { payload: JSON.stringify(payload) });
    else multi.set(key, JSON.stringify(payload));
    if (expiresIn) multi.expire(key, expiresIn);
    if (GRANTABLE.has(this.name) && payload.grantId) {
      multi.rpush(`grant:${payload.grantId}`, key);
      multi.expire(`grant:${payload.grantId}`, Math.max(expiresIn || 0, 14 * 86400));
    }
    if (payload.userCode) multi.set(`userCode:${payload.userCode}`, id, "EX", expiresIn);
    if (payload.uid) multi.set(`uid:${payload.uid}`, id, "EX", expiresIn);
    await multi.exec();
  }

  async find(id) {
    if (CONSUMABLE.has(this.name)) {
      const { payload, consumed } = await client.hgetall(this.key(id));
      return payload ? { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) } : undefined;
    }
    const payload = await client.get(this.key(id));
    return payload ? JSON.parse(payload) : undefined;
  }

  async findByUid(uid) {
    const id = await client.get(`uid:${uid}`);
    return id ? this.find(id) : undefined;
  }

  async findByUserCode(userCode) {
    const id = await client.get(`userCode:${userCode}`);
    return id ? this.find(id) : undefined;
  }

  async consume(id) {
    await client.hset(this.key(id), "consumed", Math.floor(Date.now() / 1000));
  }

  async destroy(id) {
    await client.del(this.key(id));
  }

  async revokeByGrantId(grantId) {
    const keys = await client.lrange(`grant:${grantId}`, 0, -1);
    await client.del(`grant:${grantId}`, ...keys);
  }
}
export const close = () => client.quit();

-- Times are nanoseconds since the Unix epoch, 0 = never. Sets are JSON text: null = all, [] = none.
-- Only TEXT and BIGINT, so that SQLite and PostgreSQL read the same statements.
CREATE TABLE orgs (
    id BIGINT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE tenants (
    org BIGINT NOT NULL REFERENCES orgs (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    plan TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org, id)
);
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    org BIGINT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    tenants TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (org, name)
);
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    org BIGINT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    environment TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    bound_tenant TEXT NOT NULL,
    tenants TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX api_keys_by_org ON api_keys (org);
CREATE TABLE logins (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE TABLE writers (
    number BIGINT NOT NULL PRIMARY KEY,
    leased_until BIGINT NOT NULL
);
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

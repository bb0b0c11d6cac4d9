-- What provision adds to Asterisk's own tables (contrib/ast-db-manage). It can be run again, and after
-- an upgrade of theirs.

-- Where numbers, blocks and extensions lead; keys and values as the dialplan of the nodes asks for them.
CREATE TABLE IF NOT EXISTS pv_routes (
  key text COLLATE "C" PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);
CREATE INDEX IF NOT EXISTS pv_routes_value ON pv_routes (value);

-- Tenants, logins, our marks for routes. Logins hold digests of passwords: nodes do not read this one,
CREATE TABLE IF NOT EXISTS pv_rows (
  key text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);
-- but this view, in which ; and ^ are written as Asterisk wants them in a realtime value.
CREATE OR REPLACE VIEW pv_tenants WITH (security_barrier) AS
  SELECT key, replace(replace(value, '^', '^5E'), ';', '^3B') AS value
  FROM pv_rows WHERE key ~ '^prov/[^/]+/meta$';

-- Whose an object is, and what of it was declared. Asterisk leaves columns alone that it does not know.
ALTER TABLE ps_endpoints ADD COLUMN IF NOT EXISTS pv_marks jsonb;
ALTER TABLE ps_auths ADD COLUMN IF NOT EXISTS pv_marks jsonb;
ALTER TABLE ps_aors ADD COLUMN IF NOT EXISTS pv_marks jsonb;

-- 40 characters are too few for an id, or a name in a caller ID.
ALTER TABLE ps_auths ALTER COLUMN username TYPE text;
ALTER TABLE ps_endpoints
  ALTER COLUMN callerid TYPE text,
  ALTER COLUMN named_call_group TYPE text,
  ALTER COLUMN named_pickup_group TYPE text,
  ALTER COLUMN tenantid TYPE text,
  ALTER COLUMN accountcode TYPE text;

-- Asterisk knows auth_type = digest; the type of its own column does not.
DO $$
DECLARE
  kind regtype := (SELECT atttypid FROM pg_attribute
                   WHERE attrelid = 'ps_auths'::regclass AND attname = 'auth_type');
BEGIN
  IF (SELECT typtype FROM pg_type WHERE oid = kind) = 'e' THEN
    EXECUTE format('ALTER TYPE %s ADD VALUE IF NOT EXISTS ''digest''', kind);
  END IF;
END $$;

-- One customer's objects lie together.
CREATE INDEX IF NOT EXISTS pv_endpoints_id ON ps_endpoints (id COLLATE "C");
CREATE INDEX IF NOT EXISTS pv_auths_id ON ps_auths (id COLLATE "C");
CREATE INDEX IF NOT EXISTS pv_aors_id ON ps_aors (id COLLATE "C");
-- Asterisk asks for the contacts of an AOR by LIKE, at each REGISTER and each call.
CREATE INDEX IF NOT EXISTS pv_contacts_id ON ps_contacts (id text_pattern_ops);
